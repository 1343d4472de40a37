import Testing
import WriteAheadLog

@Suite struct TimelineHistoryTests {
    private static let text = """
        1\t0/3000110\tno recovery target specified

        # a comment
        2\t0/5000000\tbefore 2026-11-25 12:00:00+00

        """

    @Test func tellsWhichTimelineAPositionIsOn() throws {
        let history = try #require(TimelineHistory(timeline: 3, text: Self.text))
        #expect(history.turns.map(\.timeline) == [1, 2])
        #expect(history.turns[1].reason == "before 2026-11-25 12:00:00+00")
        #expect(history.parent == 2)
        #expect(history.timeline(at: LogSequenceNumber(0x300_010F)) == 1)
        #expect(history.timeline(at: LogSequenceNumber(0x300_0110)) == 2)
        #expect(history.timeline(at: LogSequenceNumber(0x500_0000)) == 3)
        #expect(history.beginning(of: 1) == LogSequenceNumber(0))
        #expect(history.beginning(of: 2) == history.end(of: 1))
        #expect(history.beginning(of: 3) == history.end(of: 2))
        #expect(history.end(of: 3) == nil && history.beginning(of: 9) == nil)
    }

    @Test(arguments: ["x", "1", "1\tnowhere", "2\t0/1\n1\t0/2", "3\t0/1", "1\t0/1\tok\nx"])
    func otherTextsAreNone(text: String) {
        #expect(TimelineHistory(timeline: 3, text: text) == nil)
    }

    @Test func theFirstTimelineHasNoParent() {
        #expect(TimelineHistory(timeline: 1, text: "")?.parent == nil)
    }
}
