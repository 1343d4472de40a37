import Testing
import WriteAheadLog

@Suite struct LogResumptionTests {
    private static let size = SegmentSize.usual
    private static let one = TimelineHistory(timeline: 1)

    private static func position(_ segment: UInt64, _ offset: UInt64 = 0) -> LogSequenceNumber {
        LogSequenceNumber(segment * size.bytes + offset)
    }

    private static func plan(
        _ archived: [UInt32: [UInt64]], history: TimelineHistory = one, restart: LogSequenceNumber?,
        at position: LogSequenceNumber = position(100, 7)
    ) -> LogResumption {
        let names = archived.flatMap { timeline, numbers in
            numbers.map { SegmentName(timeline: timeline, number: $0, size: size) }
        }
        return LogResumption(
            archived: Set(names), history: history, restart: restart, position: position, size: size)
    }

    @Test func aNewArchiveBeginsWithTheSegmentThatTheSlotKeeps() {
        let plan = Self.plan([:], restart: Self.position(5, 40))
        #expect(plan.first == 5 && plan.hole == nil)
        #expect(plan.beginning(5) == (Self.position(5), 1))
        // A slot that keeps nothing yet keeps what is written from now on.
        #expect(Self.plan([:], restart: nil).first == 100)
    }

    @Test func whatIsArchivedNeedNotCome() {
        #expect(Self.plan([1: [3, 4, 5, 6, 8]], restart: Self.position(5)).first == 7)
        #expect(Self.plan([1: [3, 4]], restart: Self.position(5)) == Self.plan([1: [4]], restart: Self.position(5)))
    }

    @Test func whatIsBetweenTheArchiveAndTheSlotIsAHole() {
        let plan = Self.plan([1: [1, 2, 3]], restart: Self.position(6, 1))
        #expect(plan.first == 6 && plan.hole == 4...5)
        #expect(plan.name(4).description == "000000010000000000000004")
        // Somebody else archived what the slot keeps.
        #expect(Self.plan([1: [1, 6, 7]], restart: Self.position(6)).first == 8)
        #expect(Self.plan([1: [1, 6, 7]], restart: Self.position(6)).hole == 2...5)
        // What is behind the slot says nothing of what is before it.
        #expect(Self.plan([1: [9]], restart: Self.position(6)).hole == nil)
    }

    @Test func whatTheServerStillHasOfAHoleIsFoundWithFewQuestions() {
        for kept in UInt64(100)...1000 {
            var questions = 0
            let found = LogResumption.firstKept(in: 100..<1000) { number in
                questions += 1
                #expect((100..<1000).contains(number))
                return number >= kept
            }
            #expect(found == kept && questions <= 10)
        }
        #expect(LogResumption.firstKept(in: 7..<7) { _ in true } == 7)
    }

    @Test func aTimelineIsFollowedThroughItsTurn() {
        let turn = TimelineHistory.Turn(timeline: 1, end: Self.position(7, 100), reason: "promoted")
        let history = TimelineHistory(timeline: 2, turns: [turn])
        // The segment of the turn begins on the old timeline, and is called after the new one.
        let before = Self.plan([1: [5, 6]], history: history, restart: Self.position(6))
        #expect(before.first == 7 && before.hole == nil)
        #expect(before.beginning(7) == (Self.position(7), 1))
        #expect(before.name(6).timeline == 1 && before.name(7).timeline == 2)
        // The old timeline's own segment is not the one that goes on.
        #expect(Self.plan([1: [5, 6, 7, 8]], history: history, restart: Self.position(6)).first == 7)
        let behind = Self.plan([1: [6], 2: [7, 8]], history: history, restart: Self.position(6))
        #expect(behind.first == 9 && behind.beginning(9) == (Self.position(9), 2))
        #expect(Self.plan([1: [4], 2: [8]], history: history, restart: Self.position(8)).hole == 5...7)
    }

    @Test func aTurnBetweenTwoSegmentsLeavesNothingBehind() {
        let turn = TimelineHistory.Turn(timeline: 1, end: Self.position(7), reason: "promoted")
        let history = TimelineHistory(timeline: 2, turns: [turn])
        let plan = Self.plan([1: [5, 6]], history: history, restart: Self.position(7))
        #expect(plan.first == 7 && plan.beginning(7) == (Self.position(7), 2))
    }
}
