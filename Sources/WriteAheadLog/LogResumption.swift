/// Where the log of a server is taken up: what is archived, as far as this host remembers, and what the server keeps.
package struct LogResumption: Sendable, Equatable {
    /// The first segment that the slot keeps and that is not archived. Segments are counted from 0.
    package var first: UInt64
    /// What is neither archived nor kept by the slot, though log before it is archived. The server may have it all the same.
    package var hole: ClosedRange<UInt64>?
    private let history: TimelineHistory
    private let size: SegmentSize

    /// `history` is that of the server's own timeline. `restart`: where the slot's log begins; nil where it keeps none yet, and the server's log
    /// is taken from its `position` on.
    package init(
        archived: Set<SegmentName>, history: TimelineHistory, restart: LogSequenceNumber?,
        position: LogSequenceNumber, size: SegmentSize
    ) {
        (self.history, self.size) = (history, size)
        let kept = (restart ?? position).value / size.bytes
        first = kept
        while archived.contains(Self.name(first, history, size)) { first += 1 }
        let before = archived.compactMap { name -> UInt64? in
            guard let number = name.number(size), number < kept, Self.name(number, history, size) == name else {
                return nil
            }
            return number
        }
        if let last = before.max(), last + 1 < kept { hole = last + 1...kept - 1 }
    }

    /// The first of these segments that the server still has; their end where it has none. A server removes its oldest log first, so a few
    /// questions do.
    package static func firstKept(in numbers: Range<UInt64>, _ has: (UInt64) throws -> Bool) rethrows -> UInt64 {
        var (low, high) = (numbers.lowerBound, numbers.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if try has(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// As it is called on the timeline that its end lies on: a timeline's first segment has what the one before had there, too.
    package func name(_ number: UInt64) -> SegmentName { Self.name(number, history, size) }

    private static func name(_ number: UInt64, _ history: TimelineHistory, _ size: SegmentSize) -> SegmentName {
        let end = LogSequenceNumber((number + 1) * size.bytes - 1)
        return SegmentName(timeline: history.timeline(at: end), number: number, size: size)
    }

    /// Where a segment begins, and the timeline that the server is to send it from.
    package func beginning(_ number: UInt64) -> (position: LogSequenceNumber, timeline: UInt32) {
        let position = LogSequenceNumber(number * size.bytes)
        return (position, history.timeline(at: position))
    }
}
