import Primitives
import Testing
import WriteAheadLog

@testable import Strategy

@Suite("The plan of a recovery") struct RecoveryPlanTests {
    private static let size: UInt64 = 16 << 20

    private static func time(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }
    private static func position(_ segment: UInt64, _ offset: UInt64 = 0) -> LogSequenceNumber {
        LogSequenceNumber(segment * size + offset)
    }

    /// Segment N was last written in second 10 N + 9.
    private static func archive(_ segments: [ClosedRange<UInt64>], _ more: [UInt32: [UInt64]] = [:]) -> RecoveryArchive
    {
        var all: [UInt32: [UInt64: Timestamp]] = [:]
        for number in segments.joined() { all[1, default: [:]][number] = time(Int64(number) * 10 + 9) }
        for (timeline, numbers) in more {
            for number in numbers { all[timeline, default: [:]][number] = time(Int64(number) * 10 + 9) }
        }
        return RecoveryArchive(segmentSize: .usual, segments: all)
    }

    /// Taken in the middle of a segment.
    private static func base(_ segment: UInt64, on timeline: UInt32 = 1, hasLog: Bool = false) -> RecoveryBase {
        RecoveryBase(
            timeline: timeline, start: position(segment, 40), stop: position(segment, 400),
            ended: time(Int64(segment) * 10 + 5), hasLog: hasLog)
    }

    private static let bases = [base(3), base(6), base(9)]

    private func plan(
        _ target: RecoveryTarget, _ timeline: RecoveryTimeline = .latest, _ bases: [RecoveryBase] = Self.bases,
        _ archive: RecoveryArchive = Self.archive([2...12])
    ) throws -> RecoveryPlan {
        try RecoveryPlan(to: target, along: timeline, from: bases, in: archive)
    }

    @Test("takes the newest base backup that had ended at the target") func choosing() throws {
        #expect(try plan(.end).base == 2)
        #expect(try plan(.time(Self.time(95))).base == 2)
        #expect(try plan(.time(Self.time(94))).base == 1)
        #expect(try plan(.time(Self.time(35))).base == 0)
        #expect(try plan(.position(Self.position(6, 400))).base == 1)
        #expect(try plan(.position(Self.position(6, 399))).base == 0)
        #expect(try plan(.transaction(900), .latest, Self.bases.reversed()).base == 0)
    }

    @Test("says where the target may lie behind all that is archived") func lastTouched() throws {
        // The last segment, 12, was written in second 129, the one before in second 119.
        #expect(try plan(.time(Self.time(125))).isLastTouched)
        #expect(try !plan(.time(Self.time(119))).isLastTouched)
        #expect(try plan(.position(Self.position(12, 7))).isLastTouched)
        #expect(try !plan(.position(Self.position(11, 7))).isLastTouched)
        // All there is is the segment that the base backup is in.
        #expect(try plan(.time(Self.time(38)), .latest, [Self.base(3)], Self.archive([3...3])).isLastTouched)
        for target in [RecoveryTarget.end, .immediate, .transaction(7), .name("here")] {
            #expect(try !plan(target).isLastTouched)
        }
    }

    @Test("names the log that is read") func segments() throws {
        let end = try plan(.end)
        #expect(
            (end.first, end.last, end.segments, end.gap) == (
                "000000010000000000000009", "00000001000000000000000C", 4, nil
            ))
        #expect(end.timeline == 1)
        let far = RecoveryArchive(segmentSize: try #require(SegmentSize(64 << 20)))
        #expect(far.name(64, on: 0x1F) == "0000001F0000000100000000")
        #expect(far.name(63, on: 1) == "00000001000000000000003F")
    }

    @Test("is refused where no base backup is early enough, and the earliest is named") func tooEarly() {
        #expect(throws: RecoveryPlan.Refusal.tooEarly(earliest: Self.base(3))) { try plan(.time(Self.time(34))) }
        #expect(throws: RecoveryPlan.Refusal.tooEarly(earliest: Self.base(3))) {
            try plan(.position(Self.position(3, 399)))
        }
        #expect(throws: RecoveryPlan.Refusal.noBase) { try plan(.end, .latest, []) }
    }

    @Test("is refused where the archive ends before the target") func tooLate() throws {
        let last = RecoveryPlan.Refusal.tooLate(last: "00000001000000000000000C", written: Self.time(129))
        #expect(throws: last) { try plan(.time(Self.time(130))) }
        #expect(throws: last) { try plan(.position(Self.position(13))) }
        #expect(try plan(.time(Self.time(129))).base == 2)
        #expect(try plan(.position(Self.position(12, Self.size - 1))).base == 2)
    }

    @Test("is refused where a segment before the target is missing") func gaps() throws {
        let torn = Self.archive([2...10, 12...14])
        let gap = RecoveryPlan.Refusal.gap(missing: "00000001000000000000000B", before: Self.time(109))
        for target in [
            RecoveryTarget.end, .time(Self.time(110)), .position(Self.position(11)), .position(Self.position(14)),
        ] {
            #expect(throws: gap) { try plan(target, .latest, Self.bases, torn) }
        }
        #expect(try plan(.time(Self.time(109)), .latest, Self.bases, torn).last == "00000001000000000000000A")
        #expect(try plan(.position(Self.position(10, 9)), .latest, Self.bases, torn).segments == 2)
        // Nobody knows where these are: it is tried, and said.
        #expect(try plan(.name("x"), .latest, Self.bases, torn).gap == "00000001000000000000000B")
        // The base backup's own log.
        let headless = RecoveryPlan.Refusal.gap(missing: "000000010000000000000009", before: nil)
        #expect(throws: headless) { try plan(.immediate, .latest, Self.bases, Self.archive([2...8, 10...12])) }
        #expect(try plan(.immediate, .latest, [Self.base(9, hasLog: true)], Self.archive([])).segments == 1)
        // However much it has, nothing of it is looked for.
        var whole = Self.base(0, hasLog: true)
        whole.stop = LogSequenceNumber(.max)
        #expect(try plan(.immediate, .latest, [whole], Self.archive([])).segments == 1 << 40)
    }

    @Test("follows timelines, and leaves those that do not come after the base backup") func timelines() throws {
        var forked = Self.archive([2...12], [2: [8, 9, 10], 3: [10, 11]])
        let first = TimelineHistory.Turn(timeline: 1, end: Self.position(8, 100), reason: "")
        let second = TimelineHistory.Turn(timeline: 2, end: Self.position(10, 7), reason: "")
        forked.histories = [
            2: TimelineHistory(timeline: 2, turns: [first]), 3: TimelineHistory(timeline: 3, turns: [first, second]),
        ]
        // The newest base backup is of what was left behind.
        let latest = try plan(.end, .latest, Self.bases, forked)
        #expect((latest.base, latest.timeline, latest.first) == (1, 3, "000000010000000000000006"))
        #expect((latest.last, latest.segments) == ("00000003000000000000000B", 6))
        let middle = try plan(.end, .number(2), Self.bases, forked)
        #expect((middle.base, middle.last) == (1, "00000002000000000000000A"))
        let current = try plan(.end, .current, Self.bases, forked)
        #expect((current.base, current.last) == (2, "00000001000000000000000C"))
        // One of the new timeline.
        let late = try plan(.end, .latest, Self.bases + [Self.base(9, on: 2)], forked)
        #expect((late.base, late.first, late.last) == (3, "000000020000000000000009", "00000003000000000000000B"))
        #expect(throws: RecoveryPlan.Refusal.foreignTimeline(7)) { try plan(.end, .number(7), Self.bases, forked) }
        // A segment that was begun on the old timeline only.
        forked.segments[2]?[8] = nil
        #expect(try plan(.end, .number(2), Self.bases, forked).segments == 5)
    }

    @Test("is refused where a segment that it needs has two contents") func conflicts() throws {
        var torn = Self.archive([2...12])
        torn.conflicts = [1: [11]]
        let refusal = RecoveryPlan.Refusal.conflict("00000001000000000000000B")
        for target in [RecoveryTarget.end, .time(Self.time(110)), .position(Self.position(11))] {
            #expect(throws: refusal) { try plan(target, .latest, Self.bases, torn) }
        }
        #expect(try plan(.time(Self.time(109)), .latest, Self.bases, torn).last == "00000001000000000000000A")
        #expect(try plan(.name("x"), .latest, Self.bases, torn).gap == "00000001000000000000000B")
        torn.conflicts = [1: [12]]
        #expect(throws: RecoveryPlan.Refusal.conflict("00000001000000000000000C")) {
            try plan(.end, .latest, Self.bases, torn)
        }
        // A server asks for what it has itself, too.
        torn.conflicts = [1: [9]]
        for hasLog in [true, false] {
            #expect(throws: RecoveryPlan.Refusal.conflict("000000010000000000000009")) {
                try plan(.immediate, .latest, [Self.base(9, hasLog: hasLog)], torn)
            }
        }
        #expect(try plan(.end, .latest, [Self.base(10)], torn).last == "00000001000000000000000C")
    }

    @Test("goes by the histories that its line needs, and by no others") func histories() throws {
        var forked = Self.archive([2...12], [2: [8, 9, 10], 3: [10, 11]])
        let first = TimelineHistory.Turn(timeline: 1, end: Self.position(8, 100), reason: "")
        forked.histories = [2: TimelineHistory(timeline: 2, turns: [first])]
        forked.unreadHistories = [3]
        #expect(try plan(.end, .current, Self.bases, forked).last == "00000001000000000000000C")
        #expect(try plan(.end, .number(2), Self.bases, forked).last == "00000002000000000000000A")
        for timeline in [RecoveryTimeline.latest, .number(3)] {
            #expect(throws: RecoveryPlan.Refusal.unreadHistory(3)) { try plan(.end, timeline, Self.bases, forked) }
        }
    }
}
