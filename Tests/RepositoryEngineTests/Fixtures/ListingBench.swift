import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport

/// Writes listings into a store the way a backup does, and reads them back the way a restore does.
final class ListingBench {
    let world: SealedWorld
    let folder: TemporaryFolder
    private let key = SecretBytes.random(count: 32)
    private var known: Set<ChunkID> = []
    private var runs: [Digest32] = []
    private var generation = 0

    init() throws {
        world = try SealedWorld()
        folder = try TemporaryFolder()
    }

    struct Written {
        var root: ListingReference
        var newBlocks: Int
        var reusedBlocks: Int
        var records: UInt64
        var chunksStored: Int
        var path: String
    }

    /// Stores chunks in one metadata pack, those that are known already not again.
    private final class Chunks: MetadataChunks {
        let writer: PackWriter
        var known: Set<ChunkID>
        var stored = 0
        init(_ writer: PackWriter, _ known: Set<ChunkID>) { (self.writer, self.known) = (writer, known) }

        func store(_ plaintext: [UInt8], _ type: ChunkType, _ id: ChunkID) throws {
            guard known.insert(id).inserted else { return }
            stored += 1
            try writer.append(plaintext, type, id: id)
        }
    }

    private final class Names: OwnerNames {
        func name(isGroup: Bool, _ id: UInt32) -> String? { id == 0 ? (isGroup ? "wheel" : "root") : nil }
    }

    /// Writes a listing with `body`, which gets the writer, and keeps it as the host does.
    func write(_ body: (ListingWriter) throws -> Void) throws -> Written {
        generation += 1
        let path = folder.path + "/listing-\(generation)"
        let keep = try SealedFile.Writer(path: path, cacheKey: key)
        let chunks = Chunks(try PackWriter(kind: .metadata, session: world.session, store: world.store), known)
        let writer = ListingWriter(identity: world.identity, seed: 42, chunks: chunks, keep: keep, ownerNames: Names())
        try body(writer)
        let root = try writer.finish()
        let head = PreviousListing.Head(
            sequence: UInt64(generation), snapshot: .zero, root: root.id, rootTwin: root.twin,
            records: writer.recordCount, nodes: writer.nodes)
        try keep.finish(tail: head.encoded())
        let pack = try chunks.writer.finish(in: world.store)
        runs.append(try IndexRunWriter.write([pack], session: world.session, store: world.store).name)
        known = chunks.known
        return Written(
            root: root, newBlocks: writer.newBlocks, reusedBlocks: writer.reusedBlocks, records: writer.recordCount,
            chunksStored: chunks.stored, path: path)
    }

    func write(_ records: [ListingRecord]) throws -> Written {
        try write { writer in for record in records { try writer.append(record) } }
    }

    func previous(_ written: Written) -> PreviousListing? { PreviousListing(path: written.path, cacheKey: key) }

    /// Writes `records` beside the listing before, as a backup walks: what is equal is taken over.
    func write(_ records: [ListingRecord], after before: Written) throws -> Written {
        guard let previous = previous(before) else { throw EncodingError("the kept listing cannot be read") }
        return try write { writer in
            for record in records {
                _ = record.path.withUnsafeBytes { previous.advance(to: $0) }
                if !previous.isAtEnd, previous.record == record {
                    try writer.takeOver(from: previous)
                    previous.advance()
                } else {
                    try writer.append(record)
                }
            }
        }
    }

    func reader() throws -> ListingReader { ListingReader(chunks: try world.reader(of: runs)) }

    func records(_ root: ListingReference) throws -> [ListingRecord] {
        var reader = try reader()
        var records: [ListingRecord] = []
        try reader.forEachRecord(below: root.id) { record, _ in
            records.append(record)
            return true
        }
        return records
    }
}
