import Primitives
import RepositoryEngine
import Sealing

/// Names a chunk, and stores it if nobody has it yet. One per processor, with its own buffers.
struct ChunkWorker: ~Copyable {
    let pipeline: ContentPipeline
    let session: BackupSession
    private let compressor: Compressor
    /// For what is kept on this host.
    private let quickCompressor = Compressor(level: .fast)
    let encoder: DeltaEncoder
    private let frame: UnsafeMutableRawBufferPointer
    private let quickFrame: UnsafeMutableRawBufferPointer

    init(pipeline: ContentPipeline) {
        self.pipeline = pipeline
        session = pipeline.session
        compressor = Compressor(level: session.options.compression)
        encoder = DeltaEncoder(level: session.options.compression)
        let capacity = BlobFrame.bound(ContentPipeline.bufferCapacity)
        frame = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
        quickFrame = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    }

    deinit {
        frame.deallocate()
        quickFrame.deallocate()
    }

    mutating func store(_ chunk: ContentPipeline.Chunk) throws {
        let plaintext = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk.buffer.bytes)[chunk.range])
        let id = session.identity.id(of: chunk.type, digest: chunk.digest ?? SHA256Digest.of(plaintext))
        switch chunk.owner {
        case .large(let content, let place):
            let bases = try storeIfNew(plaintext, id, of: content, at: place)
            if content.complete(place.ordinal, id, bases: bases) { try pipeline.conclude(content) }
        case .bundle(let files):
            let pack = try storeIfNew(plaintext, chunk.type, id)
            try settle(files, bundle: id, pack: pack)
        }
    }

    /// Returns the ordinal of the pack that the chunk went into, or nil when it was known.
    mutating func storeIfNew(_ plaintext: UnsafeRawBufferPointer, _ type: ChunkType, _ id: ChunkID) throws -> UInt32? {
        guard try !session.memory.content().claim(id) else { return nil }
        return try storeClaimed(plaintext, type, id).pack
    }

    /// The piece as it is kept for the next backup, until the next one is asked for.
    mutating func frameToKeep(_ plaintext: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let count = BlobFrame.encode(plaintext, with: quickCompressor, into: quickFrame)
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(quickFrame)[..<count])
    }

    /// Returns the ordinal of the pack, and what was put there: valid until the next is stored.
    mutating func storeClaimed(
        _ plaintext: UnsafeRawBufferPointer, _ type: ChunkType, _ id: ChunkID
    ) throws -> (pack: UInt32, frame: UnsafeRawBufferPointer) {
        let known = try session.memory.content()
        let count = BlobFrame.encode(plaintext, with: compressor, into: frame)
        let frame = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(frame)[..<count])
        let pack = try session.packs.append(frame, type: type, id: id, plaintextCount: plaintext.count)
        try known.set(id, pack: pack)
        pipeline.counters.newBytes.add(plaintext.count)
        pipeline.counters.packedBytes.add(count)
        return (pack, frame)
    }

    private func settle(_ files: [(entry: PendingEntry, content: Prefix16)], bundle: ChunkID, pack: UInt32?) throws {
        let known = try session.memory.content()
        var offset: UInt32 = 0
        var line = SessionJournal.BundleLine(bundle: bundle, files: [])
        line.files.reserveCapacity(files.count)
        for (entry, content) in files {
            let count = UInt32(entry.record.size)
            let slice = Slice(type: .bundle, id: bundle, offset: offset, count: count)
            line.files.append(SessionJournal.BundleLine.File(content: content, count: count))
            entry.record.slices = [slice]
            offset += count
        }
        try known.remember(line)
        if let pack { session.ledger.note(line, pack: pack) }
        for (entry, _) in files { pipeline.resolve(entry) }
    }
}
