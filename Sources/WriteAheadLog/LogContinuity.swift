/// Whether what is archived of a log has no gaps, as numbers of segments tell.
package struct LogContinuity: Sendable, Equatable {
    /// A base backup that recovery may begin with.
    package struct Base: Sendable, Equatable {
        package var timeline: UInt32
        /// The segments without which it is not consistent.
        package var first: UInt64
        package var last: UInt64
        /// Whether it has those itself.
        package var hasLog: Bool

        package init(timeline: UInt32, first: UInt64, last: UInt64, hasLog: Bool) {
            (self.timeline, self.first, self.last, self.hasLog) = (timeline, first, last, hasLog)
        }

        /// The first that has to come from the archive: also one that a backup has may have gone on after its end.
        fileprivate var needed: UInt64 { hasLog ? last : first }
    }

    package struct Gap: Sendable, Equatable {
        package var timeline: UInt32
        package var first: UInt64
        package var last: UInt64
        /// Whether recovery from some base backup ends before it, though the log goes on. Without known base backups nobody can tell, and it is.
        package var isHarmful: Bool

        package var count: UInt64 { last - first + 1 }

        package init(timeline: UInt32, first: UInt64, last: UInt64, isHarmful: Bool) {
            (self.timeline, self.first, self.last, self.isHarmful) = (timeline, first, last, isHarmful)
        }
    }

    package struct Line: Sendable, Equatable {
        package var timeline: UInt32
        package var first: UInt64
        package var last: UInt64
        package var count: UInt64

        package init(timeline: UInt32, first: UInt64, last: UInt64, count: UInt64) {
            (self.timeline, self.first, self.last, self.count) = (timeline, first, last, count)
        }
    }

    /// By timeline.
    package private(set) var lines: [Line] = []
    package private(set) var gaps: [Gap] = []
    /// Timelines whose history file is not archived: recovery cannot come to them.
    package private(set) var missingHistories: [UInt32] = []

    /// `segments` by timeline; `histories` those that are archived.
    package init(
        _ segments: [UInt32: Set<UInt64>], histories: [UInt32: TimelineHistory], bases: [Base], size: SegmentSize
    ) {
        for (timeline, numbers) in segments.sorted(by: { $0.key < $1.key }) {
            let sorted = numbers.sorted()
            guard let first = sorted.first, let last = sorted.last else { continue }
            lines.append(Line(timeline: timeline, first: first, last: last, count: UInt64(sorted.count)))
            for (number, next) in zip(sorted, sorted.dropFirst()) where next > number + 1 {
                add(timeline, number + 1, next - 1, bases)
            }
            if timeline > 1, histories[timeline] == nil { missingHistories.append(timeline) }
        }
        for history in histories.values.sorted(by: { $0.timeline < $1.timeline }) {
            close(history, segments, bases, size)
        }
        for base in bases where !base.hasLog { cover(base, segments) }
        gaps.sort { ($0.timeline, $0.first) < ($1.timeline, $1.first) }
    }

    /// Whether every base backup can be followed to the end of the log.
    package var isWhole: Bool { missingHistories.isEmpty && !gaps.contains(where: \.isHarmful) }

    private mutating func add(_ timeline: UInt32, _ first: UInt64, _ last: UInt64, _ bases: [Base]) {
        let isHarmful = bases.isEmpty || bases.contains { $0.timeline <= timeline && $0.needed <= last }
        gaps.append(Gap(timeline: timeline, first: first, last: last, isHarmful: isHarmful))
    }

    /// The end of the timeline that another one left: the segment of the turn itself is in the new one, too.
    private mutating func close(
        _ history: TimelineHistory, _ segments: [UInt32: Set<UInt64>], _ bases: [Base], _ size: SegmentSize
    ) {
        guard let turn = history.turns.last, let numbers = segments[history.timeline], let first = numbers.min(),
            let last = segments[turn.timeline]?.max()
        else { return }
        let turning = turn.end.value / size.bytes
        if last + 1 < turning { add(turn.timeline, last + 1, turning - 1, bases) }
        if first > turning { add(history.timeline, turning, first - 1, bases) }
    }

    /// What a base backup needs and no gap between archived segments names.
    private mutating func cover(_ base: Base, _ segments: [UInt32: Set<UInt64>]) {
        let last = max(base.first, base.last)
        let named = gaps.filter { $0.timeline == base.timeline }.map { $0.first...$0.last }
        let known = ((segments[base.timeline] ?? []).map { $0...$0 } + named).sorted { $0.lowerBound < $1.lowerBound }
        var next = base.first
        for range in known where range.upperBound >= next && range.lowerBound <= last {
            if range.lowerBound > next { lack(base, next, range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= last { lack(base, next, last) }
    }

    private mutating func lack(_ base: Base, _ first: UInt64, _ last: UInt64) {
        gaps.append(Gap(timeline: base.timeline, first: first, last: last, isHarmful: true))
    }
}
