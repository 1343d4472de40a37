import Primitives
import Sealing
import Storage

/// Walks listings once more and sees that each file names all that its pieces lean on: what is stored as a delta is read with nothing but what
/// the file's reference blocks name, and so it stays readable when everything else is collected.
package struct DeltaCheck: ~Copyable {
    private var listing: ListingReader
    private let files: DeltaFileCheck
    private var visited: Set<ChunkID> = []
    package var findings: [ListingCheck.Finding] { files.findings }

    /// `deltas` are all pieces that are stored as deltas, with the bases of each of their copies.
    package init(
        deltas: DeltaBases, listing: consuming ChunkReader, contents: consuming ChunkReader,
        chunks: consuming ChunkReader
    ) {
        self.listing = ListingReader(chunks: listing)
        files = DeltaFileCheck(deltas, contents: contents, chunks: chunks)
    }

    /// What cannot be read is passed over: others have told of it.
    package mutating func check(root: ChunkID, checkpoint: () throws -> Void) throws {
        var walk = visited
        try listing.forEachRecord(
            below: root, where: { walk.insert($0.id).inserted }, damaged: { _, _ in }
        ) { [files] record, _ in
            if record.kind == .file, files.concerns(record) {
                try checkpoint()
                try files.check(record)
            }
            return true
        }
        visited = walk
    }
}

/// Sees that one file after the other names all that its pieces lean on.
private final class DeltaFileCheck {
    private let deltas: DeltaBases
    private var contents: ListingReader
    private var chunks: ChunkReader
    private(set) var findings: [ListingCheck.Finding] = []

    init(_ deltas: DeltaBases, contents: consuming ChunkReader, chunks: consuming ChunkReader) {
        self.deltas = deltas
        self.contents = ListingReader(chunks: contents)
        self.chunks = chunks
    }

    func concerns(_ record: ListingRecord) -> Bool {
        record.flags.contains(.contentList) || record.slices.contains { deltas.holds($0.id.prefix) }
    }

    func check(_ record: ListingRecord) throws {
        do {
            // Each part of a content list has a reference block that names all that it needs: so memory does not grow with the file.
            if record.listTwins.count > 1, record.listTwins.count == record.slices.count,
                try record.listTwins.indices.allSatisfy({ try doubt(in: record.part($0)) == nil })
            {
                return
            }
            guard let (doubtful, named) = try doubt(in: record), !isReadable(doubtful, with: named) else { return }
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

    /// The first piece that leans on what the file does not name, and what it names.
    private func doubt(in record: ListingRecord) throws -> (Slice, Set<ChunkID>)? {
        var named = Set(record.slices.map(\.id))
        for twin in record.listTwins {
            let bytes = try chunks.read(twin, .referenceBlock) { Array($0) }
            for chunk in try ReferenceEncoding.decodeBlock(bytes) { named.insert(chunk.id) }
        }
        let known = Set(named.map(\.prefix))
        var confirmed: Set<Prefix16> = []
        var doubtful: Slice?
        try contents.forEachSlice(of: record) { slice in
            if doubtful == nil, !isNamed(slice.id.prefix, known, &confirmed, depth: 0) { doubtful = slice }
        }
        return doubtful.map { ($0, named) }
    }

    private func isNamed(_ id: Prefix16, _ named: Set<Prefix16>, _ confirmed: inout Set<Prefix16>, depth: Int) -> Bool {
        if !deltas.holds(id) || confirmed.contains(id) { return true }
        guard depth <= DeltaBase.maximumDepth else { return false }
        let isWhole = deltas.hasForm(id) { bases in
            bases.allSatisfy { named.contains($0) && isNamed($0, named, &confirmed, depth: depth + 1) }
        }
        if isWhole { confirmed.insert(id) }
        return isWhole
    }

    /// It may stand in another place, as it is.
    private func isReadable(_ slice: Slice, with named: Set<ChunkID>) -> Bool {
        let log = BaseLog()
        log.allowed = named
        chunks.baseLog = log
        defer { chunks.baseLog = nil }
        return (try? chunks.read(slice.id, slice.type) { _ in }) != nil
    }
}

extension ListingRecord {
    /// The same file with nothing but one part of its content list.
    fileprivate func part(_ index: Int) -> ListingRecord {
        var part = self
        (part.slices, part.listTwins) = ([slices[index]], [listTwins[index]])
        return part
    }
}
