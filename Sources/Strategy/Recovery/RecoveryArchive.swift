import Primitives
import WriteAheadLog

/// What an archive of write-ahead log has, as far as planning a recovery goes.
package struct RecoveryArchive: Sendable, Equatable {
    package var segmentSize: SegmentSize
    /// By timeline: the segments by their numbers, and when the server wrote each last.
    package var segments: [UInt32: [UInt64: Timestamp]]
    /// By timeline: segments that were archived with different content, of which nobody gets any.
    package var conflicts: [UInt32: Set<UInt64>] = [:]
    /// By timeline. The first one has none.
    package var histories: [UInt32: TimelineHistory]
    /// Timelines whose history is there, and cannot be read.
    package var unreadHistories: Set<UInt32> = []

    package init(
        segmentSize: SegmentSize, segments: [UInt32: [UInt64: Timestamp]] = [:],
        histories: [UInt32: TimelineHistory] = [:]
    ) {
        (self.segmentSize, self.segments, self.histories) = (segmentSize, segments, histories)
    }

    package func number(of position: LogSequenceNumber) -> UInt64 { position.value / segmentSize.bytes }

    /// The segment that has the byte before `position`, which is an end.
    package func number(endingAt position: LogSequenceNumber) -> UInt64 {
        position.value == 0 ? 0 : (position.value - 1) / segmentSize.bytes
    }

    /// As the server calls its file.
    package func name(_ number: UInt64, on timeline: UInt32) -> String {
        SegmentName(timeline: timeline, number: number, size: segmentSize).description
    }

    /// The newest timeline that comes after `timeline`, as a server looks for it: one number after the other, as long as there is a history.
    package func latest(after timeline: UInt32) -> UInt32 {
        var newest = timeline
        while newest < .max, histories[newest + 1] != nil || unreadHistories.contains(newest + 1) { newest += 1 }
        return newest
    }

    /// The way to `timeline`, oldest first: each timeline, where it begins, and where it is left. Nil where nothing says how it came about.
    package func line(to timeline: UInt32, from start: UInt32) -> RecoveryLine? {
        guard let history = histories[timeline] else {
            return timeline == start || timeline == 1
                ? RecoveryLine(steps: [.init(timeline: timeline, begin: LogSequenceNumber(0), end: nil)]) : nil
        }
        var (steps, begin): ([RecoveryLine.Step], LogSequenceNumber) = ([], LogSequenceNumber(0))
        for turn in history.turns {
            steps.append(.init(timeline: turn.timeline, begin: begin, end: turn.end))
            begin = turn.end
        }
        return RecoveryLine(steps: steps + [.init(timeline: timeline, begin: begin, end: nil)])
    }

    /// When a segment that a recovery along `line` reads was last written, and on which timeline it is; nil where it is not there. A server takes
    /// the newest timeline that had begun by then, or else the one before.
    package func find(_ number: UInt64, along line: RecoveryLine) -> (timeline: UInt32, written: Timestamp)? {
        for step in line.steps.reversed() where self.number(of: step.begin) <= number {
            // What the old timeline went on with is not on the way.
            if let end = step.end, number > self.number(of: end) { continue }
            if let written = segments[step.timeline]?[number] { return (step.timeline, written) }
        }
        return nil
    }

    /// Whether a recovery along `line` asks for a segment that has two contents.
    package func isConflict(_ number: UInt64, along line: RecoveryLine) -> Bool {
        guard !conflicts.isEmpty, let found = find(number, along: line) else { return false }
        return conflicts[found.timeline]?.contains(number) ?? false
    }

    /// The first of them among `numbers`.
    package func firstConflict(in numbers: ClosedRange<UInt64>, along line: RecoveryLine) -> UInt64? {
        Set(conflicts.values.joined()).filter { numbers.contains($0) && isConflict($0, along: line) }.min()
    }

    /// The last segment along `line`, whatever is missing before.
    package func last(along line: RecoveryLine) -> UInt64? {
        line.steps.compactMap { step in
            let end = step.end.map { number(of: $0) } ?? .max
            return segments[step.timeline]?.keys.filter { $0 >= number(of: step.begin) && $0 <= end }.max()
        }.max()
    }
}

/// Timelines that follow from one another, oldest first.
package struct RecoveryLine: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        package var timeline: UInt32
        package var begin: LogSequenceNumber
        /// Nil for the last.
        package var end: LogSequenceNumber?

        package init(timeline: UInt32, begin: LogSequenceNumber, end: LogSequenceNumber?) {
            (self.timeline, self.begin, self.end) = (timeline, begin, end)
        }
    }

    package var steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    package var timeline: UInt32 { steps.last?.timeline ?? 0 }

    /// Whether what happened up to `position` on `timeline` is on the way.
    package func holds(_ position: LogSequenceNumber, on timeline: UInt32) -> Bool {
        steps.contains { $0.timeline == timeline && ($0.end.map { position.value <= $0.value } ?? true) }
    }
}
