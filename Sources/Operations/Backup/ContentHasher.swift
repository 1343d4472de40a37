import Primitives
import RepositoryEngine
import Sealing

/// Hashes the content of a large file as a whole and chunk by chunk, both at once, and hands the chunks on. A long file gets a
/// thread of its own for it, so that its next buffer is read and cut meanwhile.
final class ContentHasher {
    struct Piece: Sendable {
        var place: LargeContent.Place
        var range: Range<Int>
    }

    private struct Job: Sendable {
        var buffer: SharedBuffer
        var pieces: [Piece]
        /// Of the pieces, where they are known.
        var digests: [Digest32]?
    }

    private let work: ContentHashing
    private let queue: BoundedQueue<Job>?
    private let thread = WorkerThreads()

    init(pipeline: ContentPipeline, content: LargeContent, size: UInt64) {
        let work = ContentHashing(pipeline: pipeline, content: content)
        self.work = work
        guard size > UInt64(ContentPipeline.bufferCapacity) else {
            queue = nil
            return
        }
        let queue = BoundedQueue<Job>(capacity: 1)
        self.queue = queue
        thread.start {
            while let job = queue.pop() {
                work.hash(job.pieces, of: job.buffer, job.digests)
                pipeline.buffers.release(job.buffer)
            }
        }
    }

    /// The pieces follow those that were taken before without a gap. The caller stays a user of the buffer.
    func take(_ buffer: SharedBuffer, _ pieces: [Piece]) {
        guard let queue else { return work.hash(pieces, of: buffer, nil) }
        // Hashing is behind reading: then whoever reads does the half of it that needs no order.
        let digests = queue.isFull ? SHA256Lane.digests(of: pieces.lazy.map { buffer.bytes(of: $0) }) : nil
        work.pipeline.buffers.retain(buffer)
        queue.push(Job(buffer: buffer, pieces: pieces, digests: digests))
    }

    /// The digest of all that was taken. Must be called, also when nobody wants it: it ends the thread.
    @discardableResult
    func finish() -> Digest32 {
        queue?.close()
        thread.joinAll()
        return work.digest
    }
}

/// The two digests on their way.
private final class ContentHashing: @unchecked Sendable {
    // SAFETY: `hash` is called by one thread only, and `digest` after that thread was joined, or by itself.
    let pipeline: ContentPipeline
    private let content: LargeContent
    private var whole = SHA256Lane()
    private var isFirst = true

    init(pipeline: ContentPipeline, content: LargeContent) {
        self.pipeline = pipeline
        self.content = content
    }

    var digest: Digest32 { whole.value() }

    func hash(_ pieces: [ContentHasher.Piece], of buffer: SharedBuffer, _ digests: [Digest32]?) {
        guard !pipeline.isBroken else { return }
        for (number, piece) in pieces.enumerated() {
            let bytes = buffer.bytes(of: piece)
            var known = digests?[number]
            if known == nil {
                known = digest(of: bytes)
            } else {
                whole.update(bytes)
                isFirst = false
            }
            pipeline.submit(piece, of: content, in: buffer, digest: known)
        }
    }

    /// Goes on with the whole by one chunk, and returns the chunk's own digest.
    private func digest(of chunk: UnsafeRawBufferPointer) -> Digest32 {
        // The first chunk begins where the file does.
        if isFirst {
            isFirst = false
            whole.update(chunk)
            return whole.value()
        }
        var own = SHA256Lane()
        SHA256Lane.update(&whole, chunk, &own, chunk)
        return own.value()
    }
}

extension SharedBuffer {
    fileprivate func bytes(of piece: ContentHasher.Piece) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[piece.range])
    }
}
