import Primitives
import Strategy
import TestSupport
import Testing

@Suite("What retention explains") struct RetentionExplanationTests {
    private static let day: Int64 = 86_400

    private func snapshot(_ number: Int, _ text: String, complete: Bool = true) throws -> RetentionCandidate {
        RetentionCandidate(
            id: Digest32(a: UInt64(number) << 56, b: 0, c: 0, d: UInt64(number)), host: "h", component: "c",
            time: try #require(Timestamp(description: text)), isComplete: complete)
    }

    @Test("names each rule with its period, and what stands in a dropped one's place") func lines() throws {
        let snapshots = [
            try snapshot(1, "2026-10-30T00:00:00Z"), try snapshot(2, "2026-11-20T00:00:00Z"),
            try snapshot(3, "2026-11-24T00:00:00Z"), try snapshot(4, "2026-11-24T12:00:00Z"),
            try snapshot(5, "2026-11-25T00:00:00Z"),
        ]
        let plan = Retention.plan(snapshots, policy: RetentionPolicy(last: 1, daily: 2, weekly: 2, monthly: 1))
        let explained = RetentionExplanation.of(plan, now: try #require(Timestamp(description: "2026-11-25T10:00:00Z")))
        func lines(_ number: Int) -> [String]? { explained[snapshots[number - 1].id]?.lines }
        #expect(
            lines(5) == [
                "last: 1 of 1", "daily: day 2026-11-25, 1 of 2", "weekly: week of 2026-11-23, 1 of 2",
                "monthly: month 2026-11, 1 of 1", "newest of all, which always stays",
                "newest complete one, which always stays",
            ])
        #expect(lines(4) == ["daily: day 2026-11-24, 2 of 2"])
        #expect(
            lines(3) == [
                "last: 3, and 1 are kept", "daily: 04000000 stands for day 2026-11-24",
                "weekly: 05000000 stands for week of 2026-11-23", "monthly: 05000000 stands for month 2026-11",
            ])
        #expect(lines(2) == ["weekly: week of 2026-11-16, 2 of 2"])
        #expect(
            lines(1) == [
                "last: 5, and 1 are kept", "daily: day 2026-10-30 is number 4, and 2 are kept",
                "weekly: week of 2026-10-26 is number 3, and 2 are kept",
                "monthly: month 2026-10 is number 2, and 1 are kept",
            ])
        // 24 November at noon is one of two days until the 26th has its backup.
        #expect(explained[snapshots[3].id]?.keptUntil?.description == "2026-11-26T00:00:00Z")
        #expect(explained[snapshots[1].id]?.keptUntil?.description == "2026-11-30T00:00:00Z")
        #expect(explained[snapshots[0].id]?.keptUntil == nil)
    }

    @Test("of the end comes true when a backup is made every day", arguments: 0..<12) func prediction(seed: Int) throws
    {
        var generator = SeededGenerator(seed: UInt64(seed))
        let policy = RetentionPolicy(
            last: Int.random(in: 0...3, using: &generator), daily: Int.random(in: 0...7, using: &generator),
            weekly: Int.random(in: 0...4, using: &generator), monthly: Int.random(in: 0...5, using: &generator),
            yearly: Int.random(in: 0...1, using: &generator))
        let begin: Int64 = 20_000
        var kept = Retention.plan(
            (1...60).map { number in
                RetentionCandidate(
                    id: Digest32(a: 1, b: 0, c: 0, d: UInt64(number)), host: "h", component: "c",
                    time: .at((begin - Int64(number) * 3) * Self.day), isComplete: number % 5 > 0)
            }, policy: policy
        ).entries.filter(\.isKept).map(\.snapshot)
        let explained = RetentionExplanation.of(Retention.plan(kept, policy: policy), now: .at(begin * Self.day - 1))
        var ends: [Digest32: Timestamp] = [:]
        let known = Set(kept.map(\.id))
        for number in Int64(0)..<1000 {
            let time = Timestamp.at((begin + number) * Self.day)
            kept.append(
                RetentionCandidate(
                    id: Digest32(a: 2, b: 0, c: 0, d: UInt64(number)), host: "h", component: "c", time: time,
                    isComplete: true))
            let plan = Retention.plan(kept, policy: policy)
            for dropped in plan.dropped where known.contains(dropped.id) { ends[dropped.id] = time }
            kept = plan.entries.filter(\.isKept).map(\.snapshot)
        }
        #expect(!ends.isEmpty)
        for id in known { #expect(explained[id]?.keptUntil == ends[id]) }
    }

    @Test("has a word for every snapshot, whatever the rules", arguments: 0..<40) func complete(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 77)
        let candidates = (0..<50).map { number in
            RetentionCandidate(
                id: Digest32(a: 0, b: 0, c: 0, d: UInt64(number)), host: "h", component: number % 2 == 0 ? "a" : "b",
                time: .at(Int64.random(in: 0...100_000_000, using: &generator)),
                isComplete: Bool.random(using: &generator))
        }
        let rules = RetentionRules(
            ["a": RetentionPolicy(daily: 3, weekly: 2, monthly: 1)], other: seed % 2 == 0 ? .iqhis : nil)
        let plan = Retention.plan(candidates, rules: rules)
        let explained = RetentionExplanation.of(plan, now: .at(100_000_000))
        #expect(explained.count == 50)
        for entry in plan.entries {
            #expect(explained[entry.snapshot.id]?.lines.isEmpty == false)
            if !entry.isKept { #expect(explained[entry.snapshot.id]?.keptUntil == nil) }
            if entry.snapshot.component == "b", seed % 2 == 1 { #expect(entry.isKept) }
        }
    }
}
