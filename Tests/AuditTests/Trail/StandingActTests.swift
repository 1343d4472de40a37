import Primitives
import Testing

@testable import Audit

/// What a server asks for with every segment: one pair of entries an hour, and whatever is new.
@Suite struct StandingActTests {
    let world: TrailWorld
    let act: Act

    init() throws {
        world = try TrailWorld()
        var act = Act("wal-push", .add, on: [ActObject(.component, "cluster")])
        act.isStanding = true
        self.act = act
    }

    private func perform(_ ending: ActEnding = ActEnding(.ok), _ act: Act? = nil) throws {
        let trail = world.trail()
        try trail.end(try trail.admit(act ?? self.act), ending)
    }

    private var outcomes: [[String]] {
        get throws {
            try world.acts().map { act in
                act.ends.map { $0.outcome.ending.code?.rawValue ?? $0.outcome.ending.result.rawValue }
            }
        }
    }

    @Test("An hour of it is one pair; that a file is not there is nothing new") func hour() throws {
        for result: ActEnding.Result in [.ok, .ok, .absent, .ok] {
            try perform(ActEnding(result))
            world.pass(seconds: 600)
        }
        #expect(try outcomes == [["ok"]])
        world.pass(seconds: 1200)
        try perform()
        #expect(try outcomes == [["ok"], ["ok"]])
    }

    @Test("A failure is written when it comes, when it becomes another, and when it goes") func changes() throws {
        let (away, denied) = (ActEnding(.failed, .storageFailed), ActEnding(.refused, .storageDenied))
        for ending in [ActEnding(.ok), away, away, denied, ActEnding(.ok), ActEnding(.ok)] { try perform(ending) }
        #expect(try outcomes == [["ok", "storage-failed", "storage-denied", "ok"]])
        #expect(try AuditBook(world.place).verify(against: []).findings.isEmpty)
    }

    @Test(
        "Another component has an hour of its own, and so has another start of the host; a clock that is set back has not"
    )
    func others() throws {
        try perform()
        try perform(
            ActEnding(.ok),
            {
                var other = act
                other.objects = [ActObject(.component, "other")]
                return other
            }())
        world.setClock(back: 86_400)
        try perform()
        #expect(try outcomes.count == 2)
        world.restartHost()
        try perform()
        #expect(try outcomes.count == 3)
    }

    @Test("Who was killed at the first one leaves the next one a pair of its own") func killed() throws {
        do { _ = try world.trail().admit(act) }
        try perform()
        #expect(try outcomes == [["interrupted"], ["ok"]])
    }
}
