import Primitives
import WriteAheadLog

/// A base backup, as far as choosing one goes.
package struct RecoveryBase: Sendable, Equatable {
    package var timeline: UInt32
    package var start: LogSequenceNumber
    /// From here on it is consistent.
    package var stop: LogSequenceNumber
    package var ended: Timestamp
    /// Whether it has the log from its start to its stop itself.
    package var hasLog: Bool

    package init(
        timeline: UInt32, start: LogSequenceNumber, stop: LogSequenceNumber, ended: Timestamp, hasLog: Bool = false
    ) {
        (self.timeline, self.start, self.stop) = (timeline, start, stop)
        (self.ended, self.hasLog) = (ended, hasLog)
    }
}

/// From which base backup, and through which log, a server comes to a target.
package struct RecoveryPlan: Sendable, Equatable {
    /// Why it cannot be.
    package enum Refusal: Error, Equatable {
        case noBase
        /// Every base backup ended later than the target is.
        case tooEarly(earliest: RecoveryBase)
        /// What is archived ends before: there, and then.
        case tooLate(last: String, written: Timestamp)
        /// A segment is missing, and the target comes behind it. `before` is when the last one before it was written.
        case gap(missing: String, before: Timestamp?)
        /// A segment on the way was archived with different content.
        case conflict(String)
        /// The history of a timeline that the way leads over is there, and cannot be read.
        case unreadHistory(UInt32)
        /// No base backup leads there.
        case foreignTimeline(UInt32)
    }

    /// Position among the bases.
    package var base: Int
    /// That the recovery follows.
    package var timeline: UInt32
    /// Names of the first and of the last segment that it may read.
    package var first: String
    package var last: String
    package var segments: UInt64
    /// A segment that is not to be had behind `last`, where others come after it.
    package var gap: String?
    /// Whether the target lies in the last segment, as far as anybody knows before. A server has come to a time or a position when it reads
    /// something later: if nothing of the kind was archived, its recovery ends before the target and fails.
    package var isLastTouched = false

    /// `bases` in any order. Without a base that was named, the newest that ended at or before the target.
    package init(
        to target: RecoveryTarget, along timeline: RecoveryTimeline, from bases: [RecoveryBase],
        in archive: RecoveryArchive
    ) throws(Refusal) {
        guard let earliest = bases.min(by: { $0.ended < $1.ended }) else { throw .noBase }
        var foreign: UInt32?
        for index in bases.indices.sorted(by: { bases[$0].ended > bases[$1].ended }) {
            let base = bases[index]
            guard base.isOver(at: target) else { continue }
            let number = timeline.number(from: base, archive)
            if archive.unreadHistories.contains(number) { throw .unreadHistory(number) }
            guard let line = archive.line(to: number, from: base.timeline), line.holds(base.stop, on: base.timeline)
            else {
                foreign = number
                continue
            }
            self = try Self.along(line, from: base, index, to: target, archive)
            return
        }
        if let foreign { throw .foreignTimeline(foreign) }
        throw .tooEarly(earliest: earliest)
    }

    private init(base: Int, timeline: UInt32, first: String, last: String, segments: UInt64, gap: String?) {
        (self.base, self.timeline, self.first, self.last) = (base, timeline, first, last)
        (self.segments, self.gap) = (segments, gap)
    }

    private static func along(
        _ line: RecoveryLine, from base: RecoveryBase, _ index: Int, to target: RecoveryTarget,
        _ archive: RecoveryArchive
    ) throws(Refusal) -> RecoveryPlan {
        let first = archive.number(of: base.start)
        let consistent = archive.number(endingAt: base.stop)
        func written(_ number: UInt64) -> Timestamp? {
            if let found = archive.find(number, along: line) { return found.written }
            return base.hasLog && number <= consistent ? base.ended : nil
        }
        // A server asks for what it has itself, too, and takes its own where there is none.
        if let conflict = archive.firstConflict(in: first...max(first, consistent), along: line) {
            throw .conflict(name(conflict, line, archive))
        }
        var next = base.hasLog ? max(first, consistent + 1) : first
        while written(next) != nil, !archive.isConflict(next, along: line) { next += 1 }
        let missing = Self.name(next, line, archive)
        let isConflict = archive.isConflict(next, along: line)
        let isGap = isConflict || archive.last(along: line).map { $0 > next } ?? false
        func obstacle(behind written: Timestamp?) -> Refusal {
            isConflict ? .conflict(missing) : .gap(missing: missing, before: written)
        }
        guard next > consistent else { throw obstacle(behind: next > first ? written(next - 1) : nil) }
        let last = next - 1
        if let needed = target.number(consistent, archive), needed > last {
            if isGap { throw obstacle(behind: written(last)) }
            throw .tooLate(last: Self.name(last, line, archive), written: written(last) ?? base.ended)
        }
        if case .time(let time) = target, let end = written(last), end < time {
            if isGap { throw obstacle(behind: end) }
            throw .tooLate(last: Self.name(last, line, archive), written: end)
        }
        if target == .end, isGap { throw obstacle(behind: written(last)) }
        var plan = RecoveryPlan(
            base: index, timeline: line.timeline, first: Self.name(first, line, archive),
            last: Self.name(last, line, archive), segments: last - first + 1, gap: isGap ? missing : nil)
        plan.isLastTouched =
            switch target {
            case .time(let time): last <= first || (written(last - 1) ?? base.ended) < time
            case .position(let position): archive.number(of: position) == last
            case .end, .immediate, .transaction, .name: false
            }
        return plan
    }

    private static func name(_ number: UInt64, _ line: RecoveryLine, _ archive: RecoveryArchive) -> String {
        let timeline =
            archive.find(number, along: line)?.timeline
            ?? line.steps.last { archive.number(of: $0.begin) <= number }?.timeline ?? line.timeline
        return archive.name(number, on: timeline)
    }
}

extension RecoveryBase {
    /// Whether it had ended when the target came, as far as anybody can tell.
    fileprivate func isOver(at target: RecoveryTarget) -> Bool {
        switch target {
        case .time(let time): ended <= time
        case .position(let position): stop.value <= position.value
        case .end, .immediate, .transaction, .name: true
        }
    }
}

extension RecoveryTarget {
    /// The segment without which it cannot be reached; nil where nobody knows before.
    fileprivate func number(_ consistent: UInt64, _ archive: RecoveryArchive) -> UInt64? {
        switch self {
        // The server stops at the first record there or behind, and has to read it.
        case .position(let position): archive.number(of: position)
        case .immediate: consistent
        case .end, .time, .transaction, .name: nil
        }
    }
}

extension RecoveryTimeline {
    fileprivate func number(from base: RecoveryBase, _ archive: RecoveryArchive) -> UInt32 {
        switch self {
        case .latest: archive.latest(after: base.timeline)
        case .current: base.timeline
        case .number(let number): number
        }
    }
}
