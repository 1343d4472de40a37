import Primitives
import RepositoryEngine
import Sealing

/// A stretch of the archive in memory. Headers are written into it at once, content is put in its place by several threads.
final class ExportSegment: @unchecked Sendable {
    // SAFETY: one thread plans it; then the crew's threads each write into stretches of `bytes` that no other has; then one reads it.
    static let byteCount = 16 << 20

    /// Part of a chunk, and where it goes.
    struct Piece {
        var chunk: Int
        /// In the plaintext; in a bundle from the first segment.
        var chunkOffset: UInt32
        var count: UInt32
        var target: Int
        var file: Int
    }

    /// What is hashed when everything is in place.
    enum Check {
        case begin(file: Int, digest: Digest32)
        case content(Range<Int>)
        case zeros(UInt64)
        case end
    }

    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    private(set) var filled = 0
    private(set) var pieces: [Piece] = []
    private(set) var chunks: [PlacedChunk] = []
    private(set) var checks: [Check] = []
    /// Paths of files, for messages.
    private(set) var files: [[UInt8]] = []
    private(set) var firstPiece: [Int] = []
    private(set) var runs: [Range<Int>] = []
    private var ordinals: [ChunkID: Int] = [:]

    deinit { bytes.deallocate() }

    var room: Int { Self.byteCount - filled }
    var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<filled]) }

    func clear() {
        filled = 0
        (pieces, chunks, checks, files, firstPiece, runs) = ([], [], [], [], [], [])
        ordinals.removeAll(keepingCapacity: true)
    }

    /// There must be room.
    func append(_ some: some Collection<UInt8>) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<filled + some.count]).copyBytes(from: some)
        filled += some.count
    }

    func begin(_ path: [UInt8], _ digest: Digest32) {
        files.append(path)
        checks.append(.begin(file: files.count - 1, digest: digest))
    }

    /// A file that began in the segment before.
    func goOn(_ path: [UInt8]) { files.append(path) }

    func add(_ check: Check) { checks.append(check) }

    func ordinal(of id: ChunkID) -> Int? { ordinals[id] }

    func add(_ chunk: PlacedChunk) -> Int {
        chunks.append(chunk)
        ordinals[chunk.id] = chunks.count - 1
        return chunks.count - 1
    }

    /// Leaves room for part of a slice of the last file.
    func reserve(chunk: Int, at offset: UInt32, count: UInt32) {
        pieces.append(
            Piece(chunk: chunk, chunkOffset: offset, count: count, target: filled, file: files.count - 1))
        checks.append(.content(filled..<filled + Int(count)))
        filled += Int(count)
    }

    /// Sorts chunks by where they lie and pieces by their chunks, and joins neighbours to runs.
    func arrange(_ reach: ReadingReach) {
        let order = chunks.indices.sorted { chunks[$0].place < chunks[$1].place }
        var rank = [Int](repeating: 0, count: chunks.count)
        for (position, chunk) in order.enumerated() { rank[chunk] = position }
        chunks = order.map { chunks[$0] }
        for i in pieces.indices { pieces[i].chunk = rank[pieces[i].chunk] }
        pieces.sort { ($0.chunk, $0.target) < ($1.chunk, $1.target) }
        firstPiece = [Int](repeating: pieces.count, count: chunks.count + 1)
        for i in pieces.indices.reversed() { firstPiece[pieces[i].chunk] = i }
        runs = reach.runs(of: chunks)
    }
}
