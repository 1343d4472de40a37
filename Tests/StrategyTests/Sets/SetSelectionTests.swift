import Primitives
import Strategy
import Testing

/// Which snapshots belong together (SCHED-1, REC-1).
@Suite("Choosing a set") struct SetSelectionTests {
    private static let day: Int64 = 86_400_000_000_000
    private static func time(_ day: Int64, _ second: Int64 = 0) -> Timestamp {
        Timestamp(nanoseconds: (20_000 * 86_400 + day * 86_400 + second) * 1_000_000_000)
    }
    private static func stamp(_ day: Int64) -> SetStamp { SetStamp(time(day)) }

    private static func snapshot(
        _ component: String, day: Int64, set: Bool = true, whole: Bool = true, host: String = "ward", second: Int64 = 5
    ) -> SetCandidate {
        SetCandidate(
            component: component, host: host, time: time(day, second), isComplete: whole, stamp: set ? stamp(day) : nil)
    }

    private func choose(
        _ moment: SetSelection.Moment, _ candidates: [SetCandidate], _ components: [String] = []
    ) throws(SetSelection.Refusal) -> SetSelection {
        try SetSelection(moment, components: components, from: candidates)
    }

    @Test("The newest set that has most of the components complete; what it lacks is said") func newest() throws {
        let candidates = [
            Self.snapshot("docs", day: 1), Self.snapshot("src", day: 1), Self.snapshot("docs", day: 2),
            Self.snapshot("src", day: 2, whole: false),
        ]
        let chosen = try choose(.newestSet, candidates)
        #expect(chosen.stamp == Self.stamp(1) && chosen.members == [0, 1] && chosen.missing == [])
        let third = try choose(.newestSet, candidates + [Self.snapshot("docs", day: 3)])
        #expect(third.stamp == Self.stamp(1), "a set of one does not stand for all")
        #expect(try choose(.set(Self.stamp(3)), candidates + [Self.snapshot("docs", day: 3)]).missing == ["src"])
    }

    @Test("What was last in a set more than a week ago is not missed") func retired() throws {
        let candidates = [Self.snapshot("old", day: 1), Self.snapshot("docs", day: 1), Self.snapshot("docs", day: 9)]
        let chosen = try choose(.newestSet, candidates)
        #expect(chosen.members == [2] && chosen.missing == [])
        #expect(try choose(.newestSet, candidates, ["old", "docs"]).missing == ["old"], "unless it is asked for")
    }

    @Test("Of two snapshots of a component in a set the complete one, then the newer one") func twice() throws {
        let partial = Self.snapshot("docs", day: 1, whole: false, second: 9)
        #expect(try choose(.set(Self.stamp(1)), [Self.snapshot("docs", day: 1), partial]).members == [0])
        let newer = Self.snapshot("docs", day: 1, second: 8)
        #expect(try choose(.set(Self.stamp(1)), [Self.snapshot("docs", day: 1), newer]).members == [1])
    }

    @Test("Without sets the newest complete one of each, and as of a time none that is younger") func without() throws {
        let candidates = [
            Self.snapshot("docs", day: 1, set: false), Self.snapshot("docs", day: 3, set: false),
            Self.snapshot("src", day: 2, set: false), Self.snapshot("src", day: 4, set: false, whole: false),
        ]
        let latest = try choose(.newestSet, candidates)
        #expect(latest.members == [1, 2] && !latest.isSet && latest.stamp == SetStamp(Self.time(3, 5)))
        #expect(try choose(.at(Self.time(2, 5)), candidates).members == [0, 2])
        #expect(throws: SetSelection.Refusal.nothing) { try choose(.at(Self.time(1, 4)), candidates) }
    }

    @Test("What cannot be meant is refused, with what there is") func refused() {
        let candidates = [Self.snapshot("docs", day: 1), Self.snapshot("docs", day: 2)]
        #expect(throws: SetSelection.Refusal.nothing) { try choose(.latest, []) }
        #expect(throws: SetSelection.Refusal.unknown(components: ["a", "b"])) {
            try choose(.latest, candidates, ["b", "docs", "a"])
        }
        #expect(throws: SetSelection.Refusal.noSuchSet(Self.stamp(3), known: [Self.stamp(2), Self.stamp(1)])) {
            try choose(.set(Self.stamp(3)), candidates)
        }
        let elsewhere = Self.snapshot("docs", day: 1, host: "lab")
        #expect(throws: SetSelection.Refusal.severalHosts(["lab", "ward"])) {
            try choose(.set(Self.stamp(1)), [candidates[0], elsewhere])
        }
    }
}
