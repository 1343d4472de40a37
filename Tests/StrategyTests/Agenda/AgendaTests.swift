import Primitives
import Strategy
import Testing

@Suite("The agenda")
struct AgendaTests {
    typealias World = AgendaWorld

    static func component(_ name: String = "docs") throws -> [AgendaJob] {
        [
            try World.job("\(name)/full", "daily at 00:00", subject: name, rank: 3),
            try World.job("\(name)/incremental", "every 4h", subject: name, rank: 2),
        ]
    }

    @Test("what was never backed up is backed up at once, by the fullest of its jobs")
    func first() throws {
        var world = World(try Self.component())
        #expect(world.decide() == ["docs/full"])
        #expect(world.covered.map(\.job) == ["docs/incremental"])
        world.end("docs/full")
        #expect(world.decide() == [])
    }

    @Test("a full backup is the incremental one of its moment too")
    func covered() throws {
        var world = World(try Self.component())
        world.live(86_400)
        let midnight = Timestamp(description: "2026-01-02T00:00:00Z")
        #expect(world.starts.filter { $0.due == midnight }.map(\.job) == ["docs/full"])
        #expect(world.covered.contains { $0.due == midnight })
        #expect(world.missed.isEmpty)
    }

    @Test("jobs of one due time are one set, stamped with that time")
    func sets() throws {
        var world = World(try Self.component("docs") + Self.component("src"))
        world.live(5 * 3600)
        let later = world.starts.filter { $0.at > Timestamp(description: "2026-01-01T13:00:00Z")! }
        #expect(later.map(\.job) == ["docs/incremental", "src/incremental"])
        #expect(Set(later.map(\.moment)) == [Timestamp(description: "2026-01-01T16:00:00Z")])
    }

    @Test("after a long absence the newest is made up for, once, and the others are missed")
    func absence() throws {
        var world = World(try Self.component())
        world.live(60)
        world.pass(3 * 86_400)
        #expect(world.decide() == ["docs/full"])
        #expect(world.missed.count(where: { $0.job == "docs/full" }) == 2)
        #expect(world.missed.count(where: { $0.job == "docs/incremental" }) == 17)
        #expect(world.starts.last?.moment == world.now)
        world.end("docs/full")
        #expect(world.decide() == [])
    }

    @Test("two jobs of one subject never run at once, and what came due meanwhile is one run")
    func oneAtATime() throws {
        var world = World(try Self.component())
        world.decide()
        world.end("docs/full")
        world.pass(4 * 3600)
        #expect(world.decide() == ["docs/incremental"])
        world.pass(9 * 3600)
        #expect(world.decide() == [])
        world.end("docs/incremental")
        #expect(world.decide() == ["docs/full"])
        #expect(world.missed.map(\.job) == ["docs/incremental"])
    }

    @Test("what fails for now is tried again, later each time, and not beyond its next due time")
    func retries() throws {
        var world = World([try World.job("db", "every 6h")])
        world.decide()
        var pauses: [Int64] = []
        for _ in 0..<5 {
            world.end("db", .failedForNow)
            #expect(world.decide() == [])
            let next = try #require(world.agenda.nextWake(after: world.now))
            pauses.append((next.nanoseconds - world.now.nanoseconds) / 1_000_000_000)
            world.now = next
            #expect(world.decide() == ["db"])
        }
        #expect(pauses == [60, 120, 240, 480, 960])
        #expect(world.starts.last?.attempt == 6)
        world.end("db", .failed)
        #expect(world.agenda.nextWake(after: world.now) == Timestamp(description: "2026-01-01T18:00:00Z"))
    }

    @Test("what was interrupted is gone on with after a restart, for the same due time")
    func interrupted() throws {
        var world = World([try World.job("db", "every 6h")])
        world.live(6 * 3600)
        world.pass(6 * 3600)
        world.decide()
        let due = world.starts.last?.due
        world.restart()
        world.end("db", .interrupted)
        #expect(world.decide() == ["db"])
        #expect(world.starts.last?.due == due)
        world.end("db")
        #expect(world.decide() == [])
    }

    @Test("a restart at any moment neither repeats nor skips", arguments: 0..<40)
    func restarts(seed: UInt64) throws {
        var world = World(try Self.component("docs") + [World.job("db", "every 6h")])
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            world.live(Int64.random(in: 1...7200, using: &random))
            if Bool.random(using: &random) { world.restart() }
        }
        for job in ["docs/full", "docs/incremental", "db"] {
            let dealt =
                world.starts.filter { $0.job == job }.compactMap(\.due)
                + world.covered.filter { $0.job == job }.map(\.due)
                + world.missed.filter { $0.job == job }.map(\.due)
            #expect(Set(dealt).count == dealt.count, "\(job) was dealt with twice")
            let schedule = try #require(world.agenda.jobs.first { $0.name == job }).schedule
            let all = schedule.due(after: dealt.min()!, through: world.now, in: .utc, limit: 100_000)
            #expect(Set(all).subtracting(dealt).isEmpty, "\(job) was skipped")
            #expect(world.missed.isEmpty)
        }
    }

    @Test("a clock that jumps ahead brings one run")
    func ahead() throws {
        var world = World([try World.job("db", "every 6h")])
        world.live(3600)
        world.pass(400 * 86_400)
        #expect(world.decide() == ["db"])
        world.end("db")
        #expect(world.decide() == [])
    }

    @Test("a clock that was ahead and is put right repeats nothing, says so, and schedules go on")
    func back() throws {
        var world = World([try World.job("db", "every 6h")])
        world.live(3600)
        world.pass(10 * 86_400)
        world.decide()
        world.end("db")
        world.pass(-10 * 86_400)
        #expect(world.decide() == [])
        #expect(world.clockNotices == [.seconds(10 * 86_400)])
        let next = try #require(world.agenda.nextWake(after: world.now))
        #expect(next == Timestamp(description: "2026-01-01T18:00:00Z"))
        world.now = next
        #expect(world.decide() == ["db"])
    }

    @Test("a clock that was put right while nothing ran does not stop schedules for as long as it was ahead")
    func backWhileNothingRan() throws {
        var world = World([try World.job("db", "every 6h")])
        world.pass(400 * 86_400)
        world.decide()
        world.end("db")
        world.pass(-400 * 86_400)
        world.restart()
        #expect(world.decide() == [])
        #expect(world.clockNotices.count == 1)
        let next = try #require(world.agenda.nextWake(after: world.now))
        #expect(next == Timestamp(description: "2026-01-01T18:00:00Z"))
        world.now = next
        #expect(world.decide() == ["db"])
    }

    @Test("a clock that is corrected by a little says nothing, and repeats nothing")
    func little() throws {
        var world = World([try World.job("db", "every 6h")])
        world.live(6 * 3600 + 5)
        let count = world.starts.count
        world.pass(-30)
        #expect(world.decide() == [])
        world.live(120)
        #expect(world.starts.count == count)
        #expect(world.clockNotices.isEmpty)
    }

    @Test("a change is backed up once, and again when something changed meanwhile")
    func changes() throws {
        var world = World([
            try World.job("conf/change", "on-change", subject: "conf", rank: 1),
            try World.job("conf/full", "daily at 00:00", subject: "conf", rank: 3),
        ])
        world.decide()
        world.end("conf/full")
        for _ in 0..<10 { world.agenda.changed("conf", at: world.now) }
        #expect(world.decide() == ["conf/change"])
        world.agenda.changed("conf", at: world.now)
        #expect(world.decide() == [])
        world.end("conf/change")
        #expect(world.decide() == ["conf/change"])
        world.end("conf/change", .failed)
        #expect(world.decide() == [])
        world.pass(60)
        #expect(world.decide() == ["conf/change"])
    }

    @Test("upkeep and reminders wait for their time when they are new")
    func reminders() throws {
        var world = World([
            AgendaJob(
                name: "review", subject: "review", schedule: try Schedule(parsing: "monthly on 1 at 08:00"),
                nature: .reminder),
            AgendaJob(name: "verify", subject: "store", schedule: try Schedule(parsing: "every 1d"), nature: .upkeep),
        ])
        #expect(world.decide() == [])
        world.live(40 * 86_400)
        #expect(world.starts.count(where: { $0.job == "review" }) == 1)
        #expect(world.starts.count(where: { $0.job == "verify" }) == 40)
    }

    @Test("hosts do not all begin at once, and each always waits the same")
    func spread() throws {
        let due = Timestamp(description: "2026-01-02T00:00:00Z")!
        let hosts = try (0..<50).map { number in
            AgendaJob(
                name: "copy/\(number)", subject: "\(number)", schedule: try Schedule(parsing: "every 6h"),
                nature: .upkeep, spread: .seconds(120))
        }
        var world = World(hosts)
        world.live(86_400)
        let delays = world.starts.filter { $0.due == due }.map { $0.at.nanoseconds - due.nanoseconds }
        #expect(delays.count == 50)
        #expect(delays.allSatisfy { (0...120_000_000_000).contains($0) })
        #expect(Set(delays).count > 20)
    }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
