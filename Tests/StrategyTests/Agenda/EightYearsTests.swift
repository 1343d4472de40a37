import Foundation
import Primitives
import Strategy
import Testing

/// Eight years of a daemon's life with the strategy's schedules (SCHED-1 to SCHED-4) and retention (RET-1 to RET-4), in seconds.
@Suite("Eight years")
struct EightYearsTests {
    static let years: Int64 = 8
    static let day: Int64 = 86_400

    struct Life {
        var world: AgendaWorld
        var kept: [String: [RetentionCandidate]] = [:]
        /// Which rule-worthy days, weeks, months, years had a backup at all.
        var made = 0
        private var seen = 0

        init() throws {
            world = AgendaWorld(
                try AgendaTests.component("docs") + [
                    AgendaWorld.job("database/full", "every 6h", subject: "database", rank: 3),
                    AgendaWorld.job("config/change", "on-change", subject: "config", rank: 1),
                    AgendaWorld.job("config/full", "daily at 00:00", subject: "config", rank: 3),
                ], at: "2026-01-01T00:00:00Z")
        }

        /// Snapshots of what was begun since, and what retention leaves of them.
        mutating func keep() {
            for start in world.starts[seen...] {
                let component = String(start.job.prefix { $0 != "/" })
                made += 1
                kept[component, default: []].append(
                    RetentionCandidate(
                        id: Digest32(a: 0, b: 0, c: 0, d: UInt64(made)), host: "h", component: component,
                        time: start.due ?? start.at, isComplete: true))
            }
            seen = world.starts.count
            for (component, candidates) in kept {
                let plan = Retention.plan(candidates, policy: .iqhis)
                kept[component] = plan.entries.filter(\.isKept).map(\.snapshot)
            }
        }
    }

    static let lived = Result { () throws -> Life in
        var life = try Life()
        var random = SeededGenerator(seed: 8)
        var second: Int64 = 0
        let end = years * 365 * day + 2 * day
        while second < end {
            let rest = min(Int64.random(in: 3600...day, using: &random), end - second)
            life.world.live(rest)
            second += rest
            if Int.random(in: 0..<4, using: &random) == 0 { life.world.agenda.changed("config", at: life.world.now) }
            if Int.random(in: 0..<30, using: &random) == 0 { life.world.restart() }
            life.keep()
        }
        return life
    }

    @Test(
        "every run that was due happened once",
        arguments: ["docs/full", "docs/incremental", "database/full", "config/full"])
    func everyRun(job: String) throws {
        let world = try Self.lived.get().world
        let schedule = try #require(world.agenda.jobs.first { $0.name == job }).schedule
        let done =
            (world.starts.filter { $0.job == job }.compactMap(\.due))
            + world.covered.filter { $0.job == job }.map(\.due)
        let from = try #require(Timestamp(description: "2025-12-31T23:59:59Z"))
        let due = schedule.due(after: from, through: world.now, in: .utc, limit: 100_000)
        #expect(due.count > 2900)
        #expect(done.sorted() == due)
        #expect(world.missed.isEmpty)
    }

    /// Tests/StrategyTests/Agenda/eight-years.txt; SAFEHOLD_REWRITE=1 writes it anew.
    @Test("what is left is what the golden table says")
    func golden() throws {
        let life = try Self.lived.get()
        let lines = life.kept.sorted { $0.key < $1.key }.flatMap { component, candidates in
            Retention.plan(candidates, policy: .iqhis).entries.map { entry in
                "\(component) \(entry.snapshot.time) \(entry.reasons.map(\.rawValue).joined(separator: ","))"
            }
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "eight-years.txt")
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["SAFEHOLD_REWRITE"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test("7 days, 4 weeks, 12 months and 7 years are there to be restored", arguments: ["docs", "database"])
    func rules(component: String) throws {
        let life = try Self.lived.get()
        let kept = Set(try #require(life.kept[component]).map(\.time))
        let end = life.world.now
        /// The newest backup of the stretch that begins so long ago and lasts so long.
        func newest(in period: RetentionPolicy.Period, _ back: Int64) -> Timestamp? {
            let all = life.world.starts.filter { $0.job.hasPrefix(component + "/") }.map { $0.due ?? $0.at }
            let number = CalendarPlace(end).number(of: period) - back
            return all.filter { CalendarPlace($0).number(of: period) == number }.max()
        }
        for (period, count) in [(RetentionPolicy.Period.daily, Int64(7)), (.weekly, 4), (.monthly, 12), (.yearly, 7)] {
            for back in 0..<count {
                let expected = try #require(newest(in: period, back), "\(period) \(back)")
                #expect(kept.contains(expected), "\(period) \(back): \(expected)")
            }
        }
        #expect(kept.count <= 7 + 4 + 12 + 7)
    }
}
