import Primitives
import RepositoryEngine
import Sealing

/// Names a chunk, and stores it if nobody has it yet. One per processor, with its own buffers.
struct ChunkWorker: ~Copyable {
    private let pipeline: ContentPipeline
    private let session: BackupSession
    private let compressor: Compressor
    private let frame: UnsafeMutableRawBufferPointer
    private let sealed: UnsafeMutableRawBufferPointer

    init(pipeline: ContentPipeline) {
        self.pipeline = pipeline
        session = pipeline.session
        compressor = Compressor(level: session.options.compression)
        let capacity = BlobFrame.bound(ContentPipeline.bufferCapacity)
        frame = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
        sealed = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity + 16, alignment: 64)
    }

    deinit {
        frame.deallocate()
        sealed.deallocate()
    }

    mutating func store(_ chunk: ContentPipeline.Chunk) throws {
        let plaintext = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk.buffer.bytes)[chunk.range])
        let id = session.identity.id(of: chunk.type, digest: chunk.digest ?? SHA256Digest.of(plaintext))
        switch chunk.owner {
        case .large(let content, let ordinal):
            _ = try storeIfNew(plaintext, chunk.type, id)
            if content.complete(ordinal, id) {
                content.settle()
                pipeline.resolve(content.entry)
            }
        case .bundle(let files):
            let pack = try storeIfNew(plaintext, chunk.type, id)
            try settle(files, bundle: id, pack: pack)
        }
    }

    /// Returns the ordinal of the pack that the chunk went into, or nil when it was known.
    private mutating func storeIfNew(_ plaintext: UnsafeRawBufferPointer, _ type: ChunkType, _ id: ChunkID) throws -> UInt32? {
        let known = try session.memory.content()
        guard try !known.claim(id) else { return nil }
        let count = BlobFrame.encode(plaintext, with: compressor, into: frame)
        let pack = try session.packs.append(
            UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(frame)[..<count]), type: type, id: id,
            plaintextCount: plaintext.count, scratch: sealed)
        try known.set(id, pack: pack)
        pipeline.counters.newBytes.add(plaintext.count)
        return pack
    }

    private func settle(_ files: [(entry: PendingEntry, content: ChunkID)], bundle: ChunkID, pack: UInt32?) throws {
        let known = try session.memory.content()
        var offset: UInt32 = 0
        var contents: [(content: ChunkID, slice: Slice)] = []
        contents.reserveCapacity(files.count)
        for (entry, content) in files {
            let count = UInt32(entry.record.size)
            let slice = Slice(type: .bundle, id: bundle, offset: offset, count: count)
            try known.remember(content, at: slice)
            contents.append((content, slice))
            entry.record.slices = [slice]
            offset += count
        }
        if let pack { session.noteContents(contents, pack: pack) }
        for (entry, _) in files { pipeline.resolve(entry) }
    }
}
