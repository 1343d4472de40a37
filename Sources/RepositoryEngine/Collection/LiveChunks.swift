import Primitives
import Sealing
import Storage

/// The ids of all chunks that snapshots need, found through the twins of their listings: with the structure key alone, no content and
/// no name is opened.
package struct LiveChunks {
    private var ids: Set<Prefix16> = []
    private var followed: Set<ChunkID> = []

    package init() {}
    package func contains(_ id: Prefix16) -> Bool { ids.contains(id) }
    package var count: Int { ids.count }

    /// Adds everything that a listing needs. A twin that is in no pack of `census` is an error, unless `isConfirmed` is false: then nobody
    /// can confirm the snapshot any more either.
    package mutating func mark(
        root: ChunkID, references: ChunkID, isConfirmed: Bool, reader: borrowing TwinReader
    ) throws {
        ids.insert(root.prefix)
        try followNode(references, level: nil, isConfirmed, reader)
    }

    /// Whether the twin is to be looked into; one that was looked into before is not.
    private mutating func begins(_ twin: ChunkID) -> Bool {
        ids.insert(twin.prefix)
        return followed.insert(twin).inserted
    }

    private mutating func followNode(
        _ twin: ChunkID, level: UInt8?, _ isConfirmed: Bool, _ reader: borrowing TwinReader
    ) throws {
        guard begins(twin), let bytes = try reader.read(twin, .referenceNode, mayBeMissing: !isConfirmed) else {
            return
        }
        let node = try Self.decoding(twin) { () throws(EncodingError) in try ReferenceEncoding.decodeNode(bytes) }
        if let level, node.level >= level { throw Failure.damaged(Self.name(twin), "is above its parent") }
        for child in node.children {
            ids.insert(child.id.prefix)
            if node.level == 0 {
                try followBlock(child.twin, isConfirmed, reader)
            } else {
                try followNode(child.twin, level: node.level, isConfirmed, reader)
            }
        }
    }

    private mutating func followBlock(_ twin: ChunkID, _ isConfirmed: Bool, _ reader: borrowing TwinReader) throws {
        var open = [twin]
        while let next = open.popLast() {
            guard begins(next), let bytes = try reader.read(next, .referenceBlock, mayBeMissing: !isConfirmed) else {
                continue
            }
            let chunks = try Self.decoding(next) { () throws(EncodingError) in try ReferenceEncoding.decodeBlock(bytes)
            }
            for chunk in chunks {
                ids.insert(chunk.id.prefix)
                if chunk.type == .referenceBlock { open.append(chunk.id) }
            }
        }
    }

    private static func name(_ twin: ChunkID) -> String { "Reference \(twin.hex.prefix(16))" }

    private static func decoding<R>(_ twin: ChunkID, _ body: () throws(EncodingError) -> R) throws -> R {
        do throws(EncodingError) { return try body() } catch { throw Failure.damaged(name(twin), error.problem) }
    }
}

/// Reads reference nodes and blocks from wherever the census saw them.
package struct TwinReader: ~Copyable {
    private let store: any ObjectStore
    private let opener: SealOpener
    private let packs: [PackCensus.Pack]
    private let twins: [ChunkID: [PackCensus.TwinPlace]]

    package init(_ census: PackCensus, store: any ObjectStore, opener: SealOpener) {
        self.store = store
        self.opener = opener
        packs = census.packs
        twins = census.twins
    }

    /// The plaintext; nil where it is in no pack and that may be.
    func read(_ twin: ChunkID, _ type: ChunkType, mayBeMissing: Bool) throws -> [UInt8]? {
        var last: Failure?
        for place in twins[twin] ?? [] where place.entry.type == type {
            do {
                return try read(twin, place)
            } catch let failure as Failure where failure.code.class == .integrity {
                last = failure
            } catch let error as EncodingError {
                last = Failure.damaged("Reference \(twin.hex.prefix(16))", error.problem)
            }
        }
        if last?.code == .objectMissing || last == nil, mayBeMissing { return nil }
        throw last
            ?? Failure(
                .chunkMissing, "Reference \(twin.hex.prefix(16)), which a snapshot needs, is in no pack.",
                advice: "Nothing was removed. Run 'safehold verify', and copy missing packs back from another copy.")
    }

    private func read(_ twin: ChunkID, _ place: PackCensus.TwinPlace) throws -> [UInt8] {
        let pack = packs[Int(place.pack)]
        let name = Names.pack(pack.name, pack.kind)
        let header: SealHeader
        if let origin = place.origin {
            header = origin
        } else {
            header = try PackReader.open(pack.name, pack.kind, store: store, opener: opener, needing: [.structure])
                .header
        }
        let keys = try opener.keys(for: header, needing: .structure)
        guard place.entry.storedCount <= UInt32(BlobFrame.bound(BlobFrame.maximumPlaintext) + 16) else {
            throw EncodingError("claims too many bytes")
        }
        let sealed = try store.readRange(name, at: Int64(place.entry.offset), count: Int(place.entry.storedCount))
        let offset = place.origin == nil ? UInt64(place.entry.offset) : place.entry.originOffset
        var decoder = BlobDecoder()
        return try sealed.withUnsafeBytes {
            try decoder.open($0, seal: BlobDecoder.Seal(keys: keys, offset: offset), type: place.entry.type, id: twin) {
                Array($0)
            }
        }
    }
}
