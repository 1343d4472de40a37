import Testing
import WriteAheadLog

@Suite struct LogContinuityTests {
    private static func history(_ timeline: UInt32, from parent: UInt32, at segment: UInt64) -> TimelineHistory {
        let end = LogSequenceNumber(segment * SegmentSize.usual.bytes + 100)
        return TimelineHistory(timeline: timeline, turns: [.init(timeline: parent, end: end, reason: "")])
    }

    private static func base(_ first: UInt64, _ last: UInt64, timeline: UInt32 = 1, hasLog: Bool = false)
        -> LogContinuity.Base
    {
        LogContinuity.Base(timeline: timeline, first: first, last: last, hasLog: hasLog)
    }

    private func check(
        _ segments: [UInt32: Set<UInt64>], _ histories: [TimelineHistory] = [], _ bases: [LogContinuity.Base] = []
    ) -> LogContinuity {
        LogContinuity(
            segments, histories: Dictionary(uniqueKeysWithValues: histories.map { ($0.timeline, $0) }), bases: bases,
            size: .usual)
    }

    @Test func aLogWithoutGapsIsWhole() {
        let found = check([1: [3, 4, 5]], [], [Self.base(3, 3)])
        #expect(found.isWhole && found.gaps.isEmpty)
        #expect(found.lines == [.init(timeline: 1, first: 3, last: 5, count: 3)])
    }

    @Test func aGapHarmsWhereABaseBackupIsBeforeIt() {
        let segments: [UInt32: Set<UInt64>] = [1: [1, 2, 5, 6, 9]]
        let found = check(segments, [], [Self.base(6, 6)])
        #expect(
            found.gaps == [
                .init(timeline: 1, first: 3, last: 4, isHarmful: false),
                .init(timeline: 1, first: 7, last: 8, isHarmful: true),
            ])
        #expect(!found.isWhole)
        #expect(check(segments, [], [Self.base(9, 9)]).isWhole)
        // Nobody knows of base backups: every gap may harm.
        #expect(check(segments).gaps.allSatisfy { $0.isHarmful })
    }

    @Test func aBaseBackupNeedsWhatItDoesNotHave() {
        #expect(
            check([1: [1, 2]], [], [Self.base(2, 4)]).gaps == [.init(timeline: 1, first: 3, last: 4, isHarmful: true)])
        #expect(check([1: [1, 2]], [], [Self.base(2, 4, hasLog: true)]).isWhole)
        #expect(check([1: [5]], [], [Self.base(3, 5, hasLog: true)]).isWhole)
        #expect(check([1: [2, 4]], [], [Self.base(2, 4)]).gaps.map(\.first) == [3])
        let needy = check([1: [4, 8]], [], [Self.base(2, 1 << 40)])
        #expect(needy.gaps.map(\.first) == [2, 5, 9] && needy.gaps.map(\.last) == [3, 7, 1 << 40])
    }

    @Test func aTimelineGoesOnWhereItsParentWasLeft() {
        let turn = Self.history(2, from: 1, at: 5)
        // The segment of the turn is the new timeline's; the old one may never have finished it.
        #expect(check([1: [3, 4], 2: [5, 6]], [turn], [Self.base(3, 3)]).isWhole)
        #expect(check([1: [3, 4, 5, 6], 2: [5, 6]], [turn], [Self.base(3, 3)]).isWhole)
        #expect(check([1: [3], 2: [5, 6]], [turn], [Self.base(3, 3)]).gaps.map(\.first) == [4])
        #expect(check([1: [3, 4], 2: [7]], [turn], [Self.base(3, 3)]).gaps.map(\.first) == [5])
        #expect(check([1: [3, 4], 2: [5]], [], [Self.base(3, 3)]).missingHistories == [2])
    }
}
