import Chunking
import Primitives
import RepositoryEngine
import Sealing

/// A stream of bytes on its way into chunks: buffers are filled, cut, and handed on; what is left of a buffer behind the last cut moves
/// to the next one.
struct ChunkStream: ~Copyable {
    private let pipeline: ContentPipeline
    private let content: LargeContent
    /// Nil where the digest of the whole is not that of the chunks one after the other: a file with holes.
    private let hasher: ContentHasher?
    private var buffer: SharedBuffer?
    private var filled = 0
    private var carried: [UInt8] = []

    init(pipeline: ContentPipeline, content: LargeContent, hasher: ContentHasher?) {
        self.pipeline = pipeline
        self.content = content
        self.hasher = hasher
    }

    /// Where the next bytes go.
    mutating func room() throws -> UnsafeMutableRawBufferPointer {
        if buffer == nil {
            let taken = try pipeline.takeBuffer()
            taken.bytes.copyBytes(from: carried)
            filled = carried.count
            carried.removeAll(keepingCapacity: true)
            buffer = taken
        }
        guard let buffer else { preconditionFailure("a buffer was just taken") }
        return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled...])
    }

    mutating func advance(_ count: Int) {
        filled += count
        if let buffer, filled == buffer.bytes.count { cut(buffer, isLast: false) }
    }

    /// Gives the buffer back without cutting what is in it. Harmless after `finish`.
    mutating func abandon() {
        if let buffer { pipeline.buffers.release(buffer) }
        buffer = nil
    }

    /// Hands on what is left.
    mutating func finish() throws {
        if buffer == nil, !carried.isEmpty { _ = try room() }
        if let buffer { cut(buffer, isLast: true) }
    }

    private mutating func cut(_ buffer: SharedBuffer, isLast: Bool) {
        let chunker = pipeline.session.chunker
        var start = 0
        var pieces: [ContentHasher.Piece] = []
        while start < filled {
            let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer.bytes)[start..<filled])
            let most = content.isPaged ? LargeContent.pagedChunk : chunker.parameters.maximum
            let length = content.isPaged ? min(most, rest.count) : chunker.firstCut(in: rest)
            // A cut at the end of what is there may be one for want of bytes.
            if !isLast, length == rest.count, length < most { break }
            pieces.append(.init(place: content.addChunk(count: length), range: start..<start + length))
            start += length
        }
        carried.append(contentsOf: UnsafeRawBufferPointer(buffer.bytes)[start..<filled])
        if let hasher {
            hasher.take(buffer, pieces)
        } else {
            for piece in pieces { pipeline.submit(piece, of: content, in: buffer, digest: nil) }
        }
        pipeline.buffers.release(buffer)
        self.buffer = nil
    }
}
