import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Stores listing blocks, nodes, content lists and their twins in metadata packs, each chunk once.
final class MetadataPacks: MetadataChunks, Sendable {
    private static let packSize = 16 << 20

    private final class State {
        var writer: (pack: PackWriter, ordinal: UInt32)?
        let compressor = Compressor(level: .standard)
    }

    private let sealing: SealingSession
    private let store: any ObjectStore
    private let memory: WriterMemory
    private let ledger: SessionLedger
    /// The nodes of the previous listing: where nothing changed they come again, and nobody has to look further.
    private let previousNodes: Set<ChunkID>
    private let declaration: SessionDeclaration
    private let state = Monitor(State())

    init(
        sealing: SealingSession, store: any ObjectStore, memory: WriterMemory, ledger: SessionLedger,
        previousNodes: Set<ChunkID>, declaration: SessionDeclaration
    ) {
        self.sealing = sealing
        self.store = store
        self.memory = memory
        self.ledger = ledger
        self.previousNodes = previousNodes
        self.declaration = declaration
    }

    func store(_ plaintext: [UInt8], _ type: ChunkType, _ id: ChunkID) throws {
        if previousNodes.contains(id) { return }
        guard try !memory.content().claim(id) else { return }
        try state.withLock { state in
            var frame = [UInt8](repeating: 0, count: BlobFrame.bound(plaintext.count))
            try frame.withUnsafeMutableBytes { frame in
                let count = plaintext.withUnsafeBytes { BlobFrame.encode($0, with: state.compressor, into: frame) }
                let used = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(frame)[..<count])
                try append(used, type, id, plaintextCount: plaintext.count, state)
            }
        }
    }

    func store(_ block: ListingBlockFrame, _ id: ChunkID) throws {
        try state.withLock { state in
            try block.bytes.withUnsafeBytes {
                try append($0, .listingBlock, id, plaintextCount: block.plaintextCount, state)
            }
        }
    }

    private func append(
        _ frame: UnsafeRawBufferPointer, _ type: ChunkType, _ id: ChunkID, plaintextCount: Int, _ state: State
    ) throws {
        let known = try memory.content()
        let (pack, ordinal) = try writer(&state.writer, known)
        try pack.append(frame, type: type, id: id, plaintextCount: plaintextCount)
        try known.set(id, pack: ordinal)
        if pack.count >= Self.packSize { try finish(&state.writer) }
    }

    private func writer(_ writer: inout (pack: PackWriter, ordinal: UInt32)?, _ known: KnownContent) throws -> (
        PackWriter, UInt32
    ) {
        if let writer { return writer }
        let made = (try PackWriter(kind: .metadata, session: sealing, store: store), known.reservePack())
        writer = made
        return made
    }

    private func finish(_ writer: inout (pack: PackWriter, ordinal: UInt32)?) throws {
        guard let open = writer else { return }
        writer = nil
        try declaration.wait()
        let finished = try open.pack.finish(in: store)
        try memory.content().name(open.ordinal, KnownPack(name: finished.name, size: finished.size))
        try ledger.packFinished(finished, ordinal: open.ordinal)
    }

    func finish() throws { try state.withLock { try finish(&$0.writer) } }

    func abandon() {
        state.withLock { state in
            state.writer?.pack.abandon()
            state.writer = nil
        }
    }
}
