import Primitives
import Sealing
import Storage
import TestSupport

@testable import RepositoryEngine

/// A host that backs up again and again, and what it remembers. It commits with the code that backups commit with; its tree is a handful
/// of chunks, its listing one block. What only says how long somebody waits (the marks of a session) and signatures that nobody here
/// looks at are left out.
final class SimulatedHost: Sendable {
    struct Chunk: Sendable, Hashable {
        var id: ChunkID
        var plaintext: [UInt8]
    }

    struct Block: Sendable {
        var id: ChunkID
        var twin: ChunkID
        var plaintext: [UInt8]
        var depth: Int
        /// With their plaintexts' lengths.
        var bases: [ChunkID]
    }

    private struct Memory {
        /// The pack that a chunk is known to lie in.
        var known: [ChunkID: Digest32] = [:]
        /// Of packs that no index run names yet.
        var unindexed: [FinishedPack] = []
        /// The newest listing, its chunks, and the generation that it has outlived.
        var previous: (block: Block, chunks: [Chunk], settled: UInt64)?
        var tip = SnapshotCommitter.Tip.none
    }

    /// Keys are dear to make: all schedules have the same.
    final class Keys: Sendable {
        let writer: WriterIdentity
        init(_ writer: consuming WriterIdentity) { self.writer = writer }
    }

    private let keys: Keys
    private let world: SimulatedWorld
    private let memory = Monitor(Memory())

    init(_ keys: Keys, in world: SimulatedWorld) { (self.keys, self.world) = (keys, world) }

    /// One backup of `chunks`, begun again where a collection overtakes it.
    func backup(_ chunks: [Chunk], on store: any ObjectStore, forgetful: Bool, looksAgain: Bool) throws {
        if forgetful {
            memory.withLock { state in
                for id in state.known.keys.sorted() where world.schedule.number(below: 2) == 0 { state.known[id] = nil }
            }
        }
        for _ in 0..<4 {
            if try attempt(chunks, on: store, looksAgain: looksAgain) { return }
        }
    }

    private func attempt(_ chunks: [Chunk], on store: any ObjectStore, looksAgain: Bool) throws -> Bool {
        let session = world.session
        var committer = SnapshotCommitter(
            repository: world.repository.id, store: store, writer: keys.writer.id, session: session, clock: world.clock)
        committer.looksAgain = looksAgain
        committer.checked = world.repository.checked
        let sweeps = try Sweeps(store: store)
        let previous = memory.withLock { $0.previous }
        let checksEverything = try forgetCondemned(sweeps, previous?.settled ?? 0, store)
        let pinned = memory.withLock { $0.tip }
        let tip = try committer.tip(pinned: pinned, key: keys.writer.signing.publicKey)
        let block = try self.store(chunks, previous.map { ($0.block, $0.chunks) }, checksEverything, session, store)
        let packs = memory.withLock { Set($0.known.values) }
        var description = SnapshotDescription()
        description.root = block.root.id
        let outcome = try committer.commit(
            after: tip, pinned: pinned, mode: .full, software: "test", description: description,
            referenceRoot: block.root.twin,
            relying: Reliance(sweeps: sweeps, packs: packs, isComplete: checksEverything || previous == nil),
            manifest: .zero, key: keys.writer.signing.publicKey
        ) { try world.signed($0, $1, keys.writer.signing.publicKey) }
        guard case .committed(let newTip) = outcome else { return false }
        memory.withLock { state in
            state.previous = (block.block, chunks, sweeps.settled)
            state.tip = newTip
        }
        return true
    }

    /// What `WriterMemory` does: packs that are condemned or gone hold nothing any more.
    private func forgetCondemned(_ sweeps: Sweeps, _ settled: UInt64, _ store: any ObjectStore) throws -> Bool {
        var gone = sweeps.condemned
        var isAnyGone = false
        for pack in memory.withLock({ Set($0.known.values) }).sorted() {
            if try store.size(of: Names.pack(pack, .metadata)) == nil { gone.insert(pack) }
        }
        memory.withLock { state in
            let before = state.known.count
            state.known = state.known.filter { !gone.contains($0.value) }
            state.unindexed.removeAll { gone.contains($0.name) }
            isAnyGone = state.known.count < before
        }
        return isAnyGone || sweeps.condemnsAnything(after: settled)
    }

    // MARK: Storing

    private typealias Previous = (block: Block, chunks: [Chunk])

    /// Stores what is not known. What came again from the previous listing counts as stored, unless everything is checked.
    private func store(
        _ chunks: [Chunk], _ previous: Previous?, _ checksEverything: Bool, _ session: SealingSession,
        _ store: any ObjectStore
    ) throws -> (root: (id: ChunkID, twin: ChunkID), block: Block) {
        let pack = try PackWriter(kind: .metadata, session: session, store: store)
        let takenOver = checksEverything ? [] : Set(previous?.chunks.map(\.id) ?? [])
        var stored: Set<ChunkID> = []
        func isKnown(_ id: ChunkID) -> Bool { stored.contains(id) || memory.withLock { $0.known[id] } != nil }
        func put(_ plaintext: [UInt8], _ type: ChunkType, _ id: ChunkID) throws {
            if isKnown(id) { return }
            try pack.append(plaintext, type, id: id)
            stored.insert(id)
        }
        for chunk in chunks where !takenOver.contains(chunk.id) { try put(chunk.plaintext, .data, chunk.id) }
        let isBaseThere =
            previous.map { old in
                old.block.depth < 3
                    && (!checksEverything
                        || ([old.block.id, old.block.twin] + old.block.bases).allSatisfy(isKnown))
            } ?? false
        let block = try block(of: chunks, isBaseThere ? previous?.block : nil, pack)
        stored.formUnion([block.id])
        let references = chunks.map { (type: ChunkType.data, id: $0.id) } + block.bases.map { (.listingBlock, $0) }
        try put(ReferenceEncoding.block(references), .referenceBlock, block.twin)
        let child = ListingReference(
            id: block.id, twin: block.twin, firstPath: [1], lastPath: [2], records: 1, files: 1, bytes: 1,
            newestMtime: 0)
        let node = ListingNode(level: 0, children: [child])
        let root = (
            id: world.id(node.encoded(), .listingNode), twin: world.id(ReferenceEncoding.node(node), .referenceNode)
        )
        try put(node.encoded(), .listingNode, root.id)
        try put(ReferenceEncoding.node(node), .referenceNode, root.twin)
        try finish(pack, session, store)
        return (root, block)
    }

    /// A block of 2,000 bytes, stored as the difference to the one before where that is there.
    private func block(of chunks: [Chunk], _ base: Block?, _ pack: PackWriter) throws -> Block {
        var plaintext = chunks.flatMap(\.id.bytes)
        plaintext += world.filling.prefix(2_000 - plaintext.count)
        let id = world.id(plaintext, .listingBlock)
        var frame: [UInt8]?
        if let base, base.id != id {
            frame = plaintext.withUnsafeBytes { plaintext in
                BlobFrame.encode(
                    plaintext,
                    asDifferenceTo: [DeltaBase(type: .listingBlock, id: base.id, count: base.plaintext.count)],
                    prefix: base.plaintext, with: Compressor(level: .standard), below: 1_500)
            }
        }
        let bases = frame == nil ? [] : base.map { [$0.id] + $0.bases } ?? []
        let references = chunks.map { (type: ChunkType.data, id: $0.id) } + bases.map { (.listingBlock, $0) }
        if let frame {
            try pack.append(frame: frame, .listingBlock, id: id, plaintextCount: plaintext.count)
        } else {
            try pack.append(plaintext, .listingBlock, id: id)
        }
        return Block(
            id: id, twin: world.id(ReferenceEncoding.block(references), .referenceBlock), plaintext: plaintext,
            depth: frame == nil ? 0 : (base?.depth ?? 0) + 1, bases: bases)
    }

    /// A pack that is finished is known, whatever becomes of the session: that is what journals are for.
    private func finish(_ pack: PackWriter, _ session: SealingSession, _ store: any ObjectStore) throws {
        let finished = try pack.finish(in: store)
        let unindexed = memory.withLock { state in
            for entry in finished.entries { state.known[entry.id] = finished.name }
            state.unindexed.append(finished)
            return state.unindexed
        }
        _ = try IndexRunWriter.write(unindexed, session: session, store: store)
        memory.withLock { $0.unindexed = [] }
    }
}
