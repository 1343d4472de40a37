import Primitives
import WriteAheadLog

/// Makes segments out of the log as it comes.
struct SegmentAssembly {
    let timeline: UInt32
    let size: SegmentSize
    private let folder: String
    /// Up to here it came; the beginning of a segment at first.
    private(set) var position: LogSequenceNumber
    private var open: ReceivedFile?

    init(timeline: UInt32, at position: LogSequenceNumber, size: SegmentSize, folder: String) {
        (self.timeline, self.position, self.size, self.folder) = (timeline, position, size, folder)
    }

    /// Returns the segments that became whole. Throws for a piece that does not join on to what came before.
    mutating func take(_ bytes: UnsafeRawBufferPointer, at begin: LogSequenceNumber) throws -> [ReceivedFile] {
        guard begin == position else {
            throw Failure(
                .streamFailed, "The server sent its log from \(begin) on, where \(position) had to come.",
                advice: "It is tried again from the last segment that is archived.")
        }
        var (rest, whole): (UnsafeRawBufferPointer, [ReceivedFile]) = (bytes, [])
        while !rest.isEmpty {
            let offset = position.value % size.bytes
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(clamping: size.bytes - offset)))
            let file = try open ?? ReceivedFile(.segment(name), folder: folder)
            open = file
            try file.write(piece, at: offset)
            position.value += UInt64(piece.count)
            rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
            if position.value % size.bytes == 0 {
                whole.append(file)
                open = nil
            }
        }
        return whole
    }

    private var name: SegmentName { SegmentName(timeline: timeline, at: position, size: size) }

    /// What there is of the last segment of a timeline that ended, as a server archives it; nil where nothing is.
    mutating func end() throws -> ReceivedFile? {
        guard let open else { return nil }
        self.open = nil
        let partial = try ReceivedFile(.partial(name), folder: folder)
        try partial.copy(open, count: position.value % size.bytes)
        try partial.fill(to: size.bytes)
        return partial
    }
}
