import Primitives
import Sealing
import Storage

/// Walks listings once more and sees that each file names all that its pieces lean on: what is stored as a delta is read with nothing but what
/// the file's reference blocks name, and so it stays readable when everything else is collected.
package struct DeltaCheck: ~Copyable {
    private let deltas: [Prefix16: [[ChunkID]]]
    private var listing: ListingReader
    private var contents: ListingReader
    private var chunks: ChunkReader
    private var visited: Set<ChunkID> = []
    package private(set) var findings: [ListingCheck.Finding] = []

    /// `deltas` are all pieces that are stored as deltas, with the bases of each of their copies.
    package init(
        deltas: [Prefix16: [[ChunkID]]], listing: consuming ChunkReader, contents: consuming ChunkReader,
        chunks: consuming ChunkReader
    ) {
        self.deltas = deltas
        self.listing = ListingReader(chunks: listing)
        self.contents = ListingReader(chunks: contents)
        self.chunks = chunks
    }

    /// What cannot be read is passed over: others have told of it.
    package mutating func check(root: ChunkID, checkpoint: () throws -> Void) throws {
        var records: [ListingRecord] = []
        var walk = visited
        try listing.forEachRecord(
            below: root, where: { walk.insert($0.id).inserted }, damaged: { _, _ in }
        ) { [deltas] record, _ in
            if record.kind == .file, !record.slices.isEmpty,
                record.flags.contains(.contentList) || record.slices.contains(where: { deltas[$0.id.prefix] != nil })
            {
                records.append(record)
            }
            return true
        }
        visited = walk
        for record in records {
            try checkpoint()
            try check(record)
        }
    }

    private mutating func check(_ record: ListingRecord) throws {
        var named = Set(record.slices.map(\.id))
        do {
            for twin in record.listTwins {
                let bytes = try chunks.read(twin, .referenceBlock) { Array($0) }
                for chunk in try ReferenceEncoding.decodeBlock(bytes) { named.insert(chunk.id) }
            }
            var confirmed: Set<Prefix16> = []
            var doubtful: Slice?
            try contents.forEachSlice(of: record) { [deltas] slice in
                if doubtful == nil, !Self.isNamed(slice.id, named, deltas, &confirmed, depth: 0) { doubtful = slice }
            }
            guard let doubtful, !isReadable(doubtful, with: named) else { return }
            findings.append(
                ListingCheck.Finding(
                    object: "Content of /\(String(decoding: record.path, as: UTF8.self))",
                    problem: "leans on chunks that its reference block does not name: a collection may take them",
                    chunk: doubtful.id))
        } catch let failure as Failure where failure.code.class == .integrity {
            return
        } catch is EncodingError {
            return
        }
    }

    private static func isNamed(
        _ id: ChunkID, _ named: Set<ChunkID>, _ deltas: [Prefix16: [[ChunkID]]], _ confirmed: inout Set<Prefix16>,
        depth: Int
    ) -> Bool {
        guard let forms = deltas[id.prefix], !confirmed.contains(id.prefix) else { return true }
        guard depth <= DeltaBase.maximumDepth else { return false }
        for bases in forms {
            var isWhole = true
            for base in bases where isWhole {
                isWhole = named.contains(base) && isNamed(base, named, deltas, &confirmed, depth: depth + 1)
            }
            if isWhole {
                confirmed.insert(id.prefix)
                return true
            }
        }
        return false
    }

    /// It may stand in another place, as it is.
    private mutating func isReadable(_ slice: Slice, with named: Set<ChunkID>) -> Bool {
        let log = BaseLog()
        log.allowed = named
        chunks.baseLog = log
        defer { chunks.baseLog = nil }
        return (try? chunks.read(slice.id, slice.type) { _ in }) != nil
    }
}
