import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

/// Whoever owns a host signs snapshots with whatever time he likes (RET-4). What he cannot choose is when they reach the store.
@Suite("A compromised host") struct CompromisedHostTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let start: Int64 = 1_700_000_000_000_000_000 / day * day

    /// Time of the host's clock, and of the store's.
    private final class Times: Sendable {
        let host = Monitor(Timestamp(nanoseconds: CompromisedHostTests.start))
    }

    private let times = Times()
    private let trip: RoundTrip

    init() throws {
        let times = times
        let clock = WallClock { times.host.withLock { $0 } }
        trip = try RoundTrip(clock: clock)
        trip.write("one", [1])
    }

    private func backup(claiming claimed: Timestamp, at time: Timestamp) throws -> Digest32 {
        times.host.withLock { $0 = claimed }
        trip.store.time.withLock { $0 = time }
        let options = BackupOptions(
            paths: [Array(trip.source.utf8)], component: "tree", host: "elsewhere", user: "test", software: "test")
        return try Backup.run(
            permit: Permit(owner: "test"), repository: trip.repository, host: trip.host, options: options,
            observer: SilentObserver(), clock: trip.clock
        ).snapshot
    }

    private func plan(at now: Timestamp) throws -> ForgetPlan {
        times.host.withLock { $0 = now }
        return try Forget.plan(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, choice: .policy(.iqhis),
            clock: trip.clock)
    }

    private func time(day: Double) -> Timestamp {
        Timestamp(nanoseconds: Self.start + Int64(day * Double(Self.day)))
    }

    /// Good ones over two years, then a takeover, and four hundred forged ones within some hours.
    @Test("cannot age good snapshots out, whatever times it signs") func forged() throws {
        var good: [(id: Digest32, day: Double)] = []
        for day in [0.0, 40, 100, 200, 300, 365, 400, 450, 500, 550, 600, 650, 690] + (0..<31).map({ 700 + Double($0) })
        {
            good.append((try backup(claiming: time(day: day), at: time(day: day)), day))
        }
        let before = try plan(at: time(day: 730.5))
        #expect(before.warnings.isEmpty)
        let wanted = Set(before.lines.filter { !$0.reasons.isEmpty }.map(\.summary.id))
        #expect(wanted.count > 15)

        var generator = SeededGenerator(seed: 4)
        var fakes: Set<Digest32> = []
        for number in 0..<400 {
            let claimed = time(day: Double.random(in: -800...2000, using: &generator))
            fakes.insert(try backup(claiming: claimed, at: time(day: 731.2 + Double(number) / 1000)))
        }
        let after = try plan(at: time(day: 731.9))
        let kept = Set(after.lines.filter { !$0.reasons.isEmpty }.map(\.summary.id))
        // His are the days from that of the last good backup on: he has the newest of that one, and a next day pushes the oldest of
        // seven out, as it always does.
        let lost = wanted.subtracting(kept).compactMap { id in good.first { $0.id == id }?.day }
        #expect(Set(lost).isSubset(of: [724, 730]))
        #expect(kept.intersection(fakes).count <= 2)
        #expect(after.warnings.count == 1 && after.warnings.first?.contains("say a time that cannot be") == true)
        for line in after.lines where fakes.contains(line.summary.id) {
            #expect(line.trustedTime > time(day: 730) && line.trustedTime < time(day: 731.9))
        }

        // A month later, with good backups again, forged times of the future count for nothing.
        var newest: Digest32?
        for day in 732..<762 { newest = try backup(claiming: time(day: Double(day)), at: time(day: Double(day))) }
        let later = try plan(at: time(day: 762))
        #expect(later.lines.last { !$0.reasons.isEmpty }?.summary.id == newest)
        #expect(later.lines.last?.reasons.contains(.newestComplete) == true)
    }

    @Test("with a clock that is slow is told of, and its snapshots stay in their order") func slow() throws {
        let first = try backup(claiming: time(day: 10), at: time(day: 10))
        let second = try backup(claiming: time(day: -3000), at: time(day: 11))
        let plan = try plan(at: time(day: 12))
        #expect(plan.lines.map(\.summary.id) == [first, second])
        #expect(plan.warnings.first?.hasPrefix("A snapshot of elsewhere says a time that cannot be") == true)
    }

    @Test("gets each component's own rules, and keeps what no rule is for") func rules() throws {
        for day in 0..<10 { _ = try backup(claiming: time(day: Double(day)), at: time(day: Double(day))) }
        times.host.withLock { $0 = time(day: 10) }
        func dropped(_ rules: RetentionRules) throws -> Int {
            try Forget.plan(
                permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, choice: .rules(rules),
                clock: trip.clock
            ).dropped.count
        }
        #expect(try dropped(RetentionRules(["tree": RetentionPolicy(daily: 4)])) == 6)
        #expect(try dropped(RetentionRules(["other": RetentionPolicy(daily: 4)])) == 0)
        #expect(try dropped(RetentionRules(["other": .iqhis], other: RetentionPolicy(last: 1))) == 9)
    }

    @Test("is explained: each snapshot with its periods, or with what stands for them") func explained() throws {
        for day in 0..<10 { _ = try backup(claiming: time(day: Double(day)), at: time(day: Double(day))) }
        times.host.withLock { $0 = time(day: 9.5) }
        let report = try ExplainRetention.run(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener,
            rules: RetentionRules(other: RetentionPolicy(daily: 3, weekly: 1)), clock: trip.clock)
        #expect(report.lines.count == 10 && report.lines.count(where: \.isKept) == 3)
        let (oldest, newest) = (try #require(report.lines.first), try #require(report.lines.last))
        #expect(!oldest.isKept && oldest.explanation.lines.first?.hasSuffix("is number 10, and 3 are kept") == true)
        #expect(newest.explanation.lines.first?.hasSuffix(", 1 of 3") == true)
    }
}
