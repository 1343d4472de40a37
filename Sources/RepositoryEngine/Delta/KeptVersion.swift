import Glibc
import Primitives
import Sealing

/// The plaintext of a large file as an earlier backup read it, on the host's own disk: what changed since is stored as the difference to it.
///
/// A sealed file of pieces, each compressed, then of indexes, then of the places of the indexes. It can be lost, torn or foreign without harm:
/// what is not found in it is stored whole.
package final class KeptVersion: @unchecked Sendable {
    // SAFETY: everything is set by `init`, but for what is decoded, which is touched under `decoded`.
    struct Piece: Sendable {
        var id: ChunkID
        var start: UInt64
        var count: Int
        var place: SealedFile.Place
    }

    static let version: UInt8 = 1
    static let piecesPerIndex = 4096
    /// Neighbours on their way share what lies around their borders.
    private static let mostDecodedBytes = 4 << 20

    private struct Decoded {
        var pieces: [Int: [UInt8]] = [:]
        var order: [Int] = []
        var bytes = 0
    }

    let pieces: [Piece]
    /// What all pieces take here, compressed.
    private let storedBytes: UInt64
    private let anchors: AnchorTable
    private let reader: SealedFile.Reader
    private let decoded = Monitor(Decoded())

    /// Nil when there is none that is whole.
    package init?(path: String, cacheKey: borrowing SecretBytes) {
        guard let reader = SealedFile.Reader(path: path, cacheKey: cacheKey), let tail = reader.tail(),
            let places = try? Self.places(tail)
        else { return nil }
        var pieces: [Piece] = []
        var anchors: [Anchor] = []
        for place in places {
            guard let index = reader.record(at: place), (try? Self.decode(index, &pieces, &anchors)) != nil else {
                return nil
            }
        }
        self.pieces = pieces
        storedBytes = pieces.reduce(0) { $0 + UInt64($1.place.count) }
        self.anchors = AnchorTable(anchors)
        self.reader = reader
    }

    private static func places(_ tail: [UInt8]) throws(EncodingError) -> [SealedFile.Place] {
        try ByteReader.reading(tail) { (reader) throws(EncodingError) in
            guard try reader.u8() == version else { throw EncodingError("is kept in an unknown way") }
            var places: [SealedFile.Place] = []
            for _ in 0..<(try reader.count(ofAtLeast: 3)) { places.append(try SealedFile.Place(&reader)) }
            return places
        }
    }

    private static func decode(
        _ index: [UInt8], _ pieces: inout [Piece], _ anchors: inout [Anchor]
    ) throws(EncodingError) {
        let (newPieces, newAnchors) = try ByteReader.reading(index) {
            [start = pieces.last?.end ?? 0] (reader) throws(EncodingError) in
            var (pieces, anchors): ([Piece], [Anchor]) = ([], [])
            var start = start
            for _ in 0..<(try reader.count(ofAtLeast: 37)) {
                let id = try reader.digest()
                let count = try reader.varint()
                guard count <= UInt64(BlobFrame.maximumPlaintext) else { throw EncodingError("has too long a piece") }
                let place = try SealedFile.Place(&reader)
                for _ in 0..<(try reader.count(ofAtLeast: 9)) {
                    anchors.append(Anchor(mark: try reader.u64(), offset: start &+ (try reader.varint())))
                }
                pieces.append(Piece(id: id, start: start, count: Int(count), place: place))
                start += count
            }
            return (pieces, anchors)
        }
        pieces += newPieces
        anchors += newAnchors
    }

    /// How much so many bytes would take as a whole piece, as far as this version tells.
    package func storedCount(ofWhole count: Int) -> Int {
        guard let end = pieces.last?.end, end > 0 else { return count }
        return Int(Double(count) * Double(storedBytes) / Double(end))
    }

    // MARK: Looking up

    private static let margin: Int64 = 64 << 10

    /// The stretch of this version that a piece of the next one, read at `start`, most likely was made of; without anchors what is at the same place.
    func window(of anchors: [Anchor]?, at start: UInt64, count: Int) -> Range<UInt64> {
        guard let anchors else {
            return min(start, pieces.last?.end ?? 0)..<min(start + UInt64(count), pieces.last?.end ?? 0)
        }
        let beginnings = self.anchors.beginnings(of: anchors) ?? Int64(start)...Int64(start)
        let end = Int64(pieces.last?.end ?? 0)
        let most = Int64(BlobFrame.maximumPlaintext) - 1
        let from = min(max(0, beginnings.lowerBound - Self.margin), end)
        let to = min(max(from, beginnings.upperBound + Int64(count) + Self.margin), end, from + most)
        return UInt64(from)..<UInt64(to)
    }

    /// The pieces that lie in a stretch, by their ordinals.
    func ordinals(in window: Range<UInt64>) -> Range<Int> {
        guard !window.isEmpty else { return 0..<0 }
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].end <= window.lowerBound { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < pieces.count, pieces[end].start < window.upperBound { end += 1 }
        return low..<end
    }

    /// The plaintext of a piece; nil where it is not whole. With `isShared` it is kept for a while, for others want it, too.
    func plaintext(_ ordinal: Int, isShared: Bool, with decompressor: borrowing Decompressor) -> [UInt8]? {
        if let known = decoded.withLock({ $0.pieces[ordinal] }) { return known }
        let piece = pieces[ordinal]
        guard let frame = reader.record(at: piece.place),
            let plaintext = try? BlobFrame.decode(frame, with: decompressor), plaintext.count == piece.count
        else { return nil }
        guard isShared else { return plaintext }
        decoded.withLock { decoded in
            guard decoded.pieces.updateValue(plaintext, forKey: ordinal) == nil else { return }
            decoded.order.append(ordinal)
            decoded.bytes += plaintext.count
            while decoded.bytes > Self.mostDecodedBytes, decoded.order.count > 1 {
                decoded.bytes -= decoded.pieces.removeValue(forKey: decoded.order.removeFirst())?.count ?? 0
            }
        }
        return plaintext
    }
}

extension KeptVersion.Piece {
    var end: UInt64 { start + UInt64(count) }
}

extension SealedFile.Place {
    init(_ reader: inout ByteReader) throws(EncodingError) {
        let (number, offset, count) = (try reader.varint(), try reader.varint(), try reader.varint())
        guard let count = UInt32(exactly: count) else { throw EncodingError("has too long a record") }
        self.init(number: number, offset: offset, count: count)
    }

    func write(to writer: inout ByteWriter) {
        writer.varint(number)
        writer.varint(offset)
        writer.varint(UInt64(count))
    }
}

/// Writes a version for the next backup while a file is read. Pieces come from several threads, in any order. Whatever goes wrong, a full
/// disk among it, makes it useless and nothing else; one that is not finished removes its file.
package final class KeptVersionWriter: Sendable {
    private struct Item {
        var ordinal: Int
        var id: ChunkID
        var count: Int
        var place: SealedFile.Place
        var anchors: [Anchor]
    }

    private struct State {
        var writer: SealedFile.Writer?
        var items: [Item] = []
        var isFinished = false
    }

    package let path: String
    private let mostBytes: UInt64
    private let state: Monitor<State>

    /// Nil when `path`, which must not exist, cannot be created.
    package init?(path: String, cacheKey: borrowing SecretBytes, mostBytes: UInt64) {
        guard let writer = try? SealedFile.Writer(path: path, cacheKey: cacheKey) else { return nil }
        self.path = path
        self.mostBytes = mostBytes
        var state = State()
        state.writer = writer
        self.state = Monitor(state)
    }

    deinit {
        if !state.withLock({ $0.isFinished }) { unlink(path) }
    }

    /// `frame` is the piece as `BlobFrame` has it, not a delta.
    package func add(_ ordinal: Int, _ id: ChunkID, count: Int, frame: UnsafeRawBufferPointer, anchors: [Anchor]) {
        state.withLock { state in
            guard let writer = state.writer else { return }
            if writer.size + UInt64(frame.count) <= mostBytes, let place = try? writer.append(Array(frame)) {
                state.items.append(Item(ordinal: ordinal, id: id, count: count, place: place, anchors: anchors))
            } else {
                (state.writer, state.items) = (nil, [])
            }
        }
    }

    /// Ends the file and returns its size; nil when it is not whole. It stays where it is.
    package func finish() -> UInt64? {
        state.withLock { state in
            guard let writer = state.writer else { return nil }
            state.writer = nil
            let items = state.items.sorted { $0.ordinal < $1.ordinal }
            state.items = []
            guard zip(items, items.indices).allSatisfy({ $0.ordinal == $1 }) else { return nil }
            do { try Self.finish(writer, items) } catch { return nil }
            state.isFinished = true
            return writer.size
        }
    }

    /// The file is somebody else's now, or no more.
    package func remove() { unlink(path) }

    private static func finish(_ writer: SealedFile.Writer, _ items: [Item]) throws {
        var places: [SealedFile.Place] = []
        for start in stride(from: 0, to: items.count, by: KeptVersion.piecesPerIndex) {
            let part = items[start..<min(items.count, start + KeptVersion.piecesPerIndex)]
            var index = ByteWriter()
            index.varint(part.count)
            for item in part {
                index.digest(item.id)
                index.varint(item.count)
                item.place.write(to: &index)
                index.varint(item.anchors.count)
                for anchor in item.anchors {
                    index.u64(anchor.mark)
                    index.varint(anchor.offset)
                }
            }
            places.append(try writer.append(index.bytes))
        }
        var tail = ByteWriter()
        tail.u8(KeptVersion.version)
        tail.varint(places.count)
        for place in places { place.write(to: &tail) }
        // Torn by a crash of the machine it is of no use, and does no harm.
        try writer.finish(tail: tail.bytes, durably: false)
    }
}
