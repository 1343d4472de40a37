/// Names a segment of the log: 24 hexadecimal digits, in upper case as the server writes them.
package struct SegmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var timeline: UInt32
    /// The second and the third eight digits. What position they stand for depends on the size of segments.
    package var log: UInt32
    package var segment: UInt32

    package init(timeline: UInt32, log: UInt32, segment: UInt32) {
        (self.timeline, self.log, self.segment) = (timeline, log, segment)
    }

    /// The segment that a position lies in.
    package init(timeline: UInt32, at position: LogSequenceNumber, size: SegmentSize) {
        self.init(timeline: timeline, number: position.value / size.bytes, size: size)
    }

    /// `number` counts the segments of all logs from 0.
    package init(timeline: UInt32, number: UInt64, size: SegmentSize) {
        self.init(
            timeline: timeline, log: UInt32(truncatingIfNeeded: number / size.perLog),
            segment: UInt32(truncatingIfNeeded: number % size.perLog))
    }

    /// Nil for anything but 24 digits as the server writes them.
    package init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 24, let timeline = Self.number(digits[..<8]), timeline > 0,
            let log = Self.number(digits[8..<16]), let segment = Self.number(digits[16...])
        else { return nil }
        self.init(timeline: timeline, log: log, segment: segment)
    }

    package var description: String { [timeline, log, segment].map(Self.digits).joined() }

    /// Nil when segments of this size are never called so.
    package func number(_ size: SegmentSize) -> UInt64? {
        guard UInt64(segment) < size.perLog else { return nil }
        return UInt64(log) * size.perLog + UInt64(segment)
    }

    /// Where it begins; nil as `number` is.
    package func start(_ size: SegmentSize) -> LogSequenceNumber? {
        number(size).map { LogSequenceNumber($0 * size.bytes) }
    }

    /// The one after it on the same timeline; nil as `number` is.
    package func next(_ size: SegmentSize) -> SegmentName? {
        number(size).map { SegmentName(timeline: timeline, number: $0 + 1, size: size) }
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.timeline, left.log, left.segment) < (right.timeline, right.log, right.segment)
    }

    static func digits(_ number: UInt32) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Nil for other than eight digits; lower case is none of the server's.
    static func number(_ digits: some Collection<UInt8>) -> UInt32? {
        guard digits.count == 8 else { return nil }
        var number: UInt32 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: number = number << 4 | UInt32(digit - 0x30)
            case 0x41...0x46: number = number << 4 | UInt32(digit - 0x41 + 10)
            default: return nil
            }
        }
        return number
    }
}
