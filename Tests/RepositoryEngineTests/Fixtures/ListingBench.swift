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
    private var packs: [FinishedPack] = []
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
        /// Of listing blocks, before sealing, and how deep each of them lies.
        var blockBytes: Int
        var depths: [UInt8]
        var pack: FinishedPack
        var path: String
    }

    /// Stores chunks in one metadata pack, those that are known already not again.
    private final class Chunks: MetadataChunks {
        let writer: PackWriter
        var known: Set<ChunkID>
        var stored = 0
        var blockBytes = 0
        var depths: [UInt8] = []
        init(_ writer: PackWriter, _ known: Set<ChunkID>) { (self.writer, self.known) = (writer, known) }

        func store(_ plaintext: [UInt8], _ type: ChunkType, _ id: ChunkID) throws {
            guard known.insert(id).inserted else { return }
            stored += 1
            try writer.append(plaintext, type, id: id)
        }

        func store(_ block: ListingBlockFrame, _ id: ChunkID) throws {
            known.insert(id)
            stored += 1
            blockBytes += block.bytes.count
            depths.append(block.depth)
            try writer.append(frame: block.bytes, .listingBlock, id: id, plaintextCount: block.plaintextCount)
        }
    }

    private final class Owners: OwnerNames {
        func name(isGroup: Bool, _ id: UInt32) -> String? { id == 0 ? (isGroup ? "wheel" : "root") : nil }
    }

    /// Writes a listing with `body`, which gets the writer, and keeps it as the host does.
    func write(
        beside previous: PreviousListing? = nil, storing other: (PackWriter) throws -> Void = { _ in },
        _ body: (ListingWriter) throws -> Void
    ) throws -> Written {
        generation += 1
        let path = folder.path + "/listing-\(generation)"
        let keep = try SealedFile.Writer(path: path, cacheKey: key)
        let chunks = Chunks(try PackWriter(kind: .metadata, session: world.session, store: world.store), known)
        let writer = ListingWriter(
            identity: world.identity, seed: 42, chunks: chunks, keep: keep, ownerNames: Owners(), previous: previous)
        try other(chunks.writer)
        try body(writer)
        let root = try writer.finish()
        let head = PreviousListing.Head(
            sequence: UInt64(generation), snapshot: .zero, root: root.id, rootTwin: root.twin,
            records: writer.recordCount, nodes: writer.nodes)
        try keep.finish(tail: head.encoded())
        let pack = try chunks.writer.finish(in: world.store)
        packs.append(pack)
        runs.append(try IndexRunWriter.write([pack], session: world.session, store: world.store).name)
        known = chunks.known
        return Written(
            root: root, newBlocks: writer.newBlocks, reusedBlocks: writer.reusedBlocks, records: writer.recordCount,
            chunksStored: chunks.stored, blockBytes: chunks.blockBytes, depths: chunks.depths, pack: pack, path: path)
    }

    func write(_ records: [ListingRecord]) throws -> Written {
        try write { writer in for record in records { try writer.append(record) } }
    }

    func previous(_ written: Written) -> PreviousListing? { PreviousListing(path: written.path, cacheKey: key) }

    /// Writes `records` beside the listing before, as a backup walks: what is equal is taken over.
    func write(_ records: [ListingRecord], after before: Written) throws -> Written {
        guard let previous = previous(before) else { throw EncodingError("the kept listing cannot be read") }
        return try write(beside: previous) { writer in
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

    /// A chunk's plaintext.
    func chunk(_ id: ChunkID, _ type: ChunkType) throws -> [UInt8] {
        var reader = try world.reader(of: runs)
        return try reader.bytes(id, type)
    }

    /// A listing block's plaintext, by a reader that can find only it and `others`.
    func block(_ id: ChunkID, with others: [ChunkID]) throws -> [UInt8] {
        let wanted = Set([id] + others)
        let few = packs.map { pack in
            var pack = pack
            pack.entries.removeAll { !wanted.contains($0.id) }
            return pack
        }
        var reader = try world.reader(of: [
            try IndexRunWriter.write(few, session: world.session, store: world.store).name
        ])
        return try reader.bytes(id, .listingBlock)
    }

    /// What a check of the listing says; `hidden` is a pack whose listing blocks it cannot find.
    func findings(_ root: ListingReference, without hidden: FinishedPack? = nil) throws -> [String] {
        let seen = packs.map { pack in
            var pack = pack
            if pack.name == hidden?.name { pack.entries.removeAll { $0.type == .listingBlock } }
            return pack
        }
        let run = try IndexRunWriter.write(seen, session: world.session, store: world.store).name
        let opened = try IndexRun(name: Names.indexRun(world.domain, run), store: world.store, opener: world.opener)
        let sizes = Dictionary(packs.map { ($0.name, $0.size) }, uniquingKeysWith: { first, _ in first })
        var check = ListingCheck(
            locator: ChunkLocator(runs: [opened], store: world.store), packs: sizes,
            listing: try world.reader(of: [run]), chunks: try world.reader(of: [run]), checkpoint: {})
        try check.check(root: root.id, references: root.twin)
        return check.findings.map(\.problem)
    }

    /// What a check of what pieces lean on says.
    func findings(_ root: ListingReference, deltas: [(piece: ChunkID, bases: [ChunkID])]) throws -> [String] {
        let folder = try TemporaryFolder()
        let all = try DeltaBases(folder: folder.path)
        for delta in deltas { try all.add(delta.piece.prefix, delta.bases.map(\.prefix)) }
        var check = DeltaCheck(
            deltas: all, listing: try world.reader(of: runs), contents: try world.reader(of: runs),
            chunks: try world.reader(of: runs))
        try check.check(root: root.id) {}
        return check.findings.map(\.problem)
    }

    func reader() throws -> ListingReader { ListingReader(chunks: try world.reader(of: runs)) }

    /// The blocks of a listing, whatever their twins: those tell how each block is stored.
    func blocks(_ root: ListingReference) throws -> [ListingReference] {
        var reader = try reader()
        func below(_ id: ChunkID) throws -> [ListingReference] {
            let node = try reader.node(id)
            if node.level > 0 { return try node.children.flatMap { try below($0.id) } }
            return node.children.map { child in
                var block = child
                block.twin = .zero
                return block
            }
        }
        return try below(root.id)
    }

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
