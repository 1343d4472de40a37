import Primitives
import Strategy
import TestSupport
import Testing

@Suite("Retention") struct RetentionTests {
    private static let day: Int64 = 86_400_000_000_000

    private func snapshot(
        _ number: Int, at time: Int64, host: String = "h", _ component: String = "c", complete: Bool = true
    )
        -> RetentionCandidate
    {
        RetentionCandidate(
            id: Digest32(a: 0, b: 0, c: 0, d: UInt64(number)), host: host, component: component,
            time: Timestamp(nanoseconds: time), isComplete: complete)
    }

    private func random(_ seed: UInt64) -> [RetentionCandidate] {
        var generator = SeededGenerator(seed: seed)
        let (count, span) = (Int.random(in: 0...120, using: &generator), Int64.random(in: 1...2000, using: &generator))
        return (0..<count).map { number in
            snapshot(
                number, at: Int64.random(in: 0...span * Self.day, using: &generator),
                host: Bool.random(using: &generator) ? "a" : "b",
                Bool.random(using: &generator) ? "x" : "y", complete: Int.random(in: 0...4, using: &generator) > 0)
        }
    }

    private func policy(_ seed: UInt64) -> RetentionPolicy {
        var generator = SeededGenerator(seed: seed &+ 99)
        func count() -> Int { Int.random(in: 0...9, using: &generator) }
        return RetentionPolicy(last: count(), daily: count(), weekly: count(), monthly: count(), yearly: count())
    }

    @Test("never drops the newest snapshot of a component, nor its newest complete one", arguments: 0..<200)
    func newestStays(seed: Int) {
        let candidates = random(UInt64(seed))
        let plan = Retention.plan(candidates, policy: seed == 0 ? RetentionPolicy() : policy(UInt64(seed)))
        let dropped = Set(plan.dropped.map(\.id))
        for group in Dictionary(grouping: candidates, by: { $0.host + "/" + $0.component }).values {
            let ordered = group.sorted { ($0.time.nanoseconds, $0.id) < ($1.time.nanoseconds, $1.id) }
            if let newest = ordered.last { #expect(!dropped.contains(newest.id)) }
            if let complete = ordered.last(where: \.isComplete) { #expect(!dropped.contains(complete.id)) }
        }
        #expect(
            plan.entries.count == candidates.count && Set(plan.entries.map(\.snapshot.id)).count == candidates.count)
    }

    @Test("keeps what it kept when it is applied to what it kept", arguments: 0..<200) func stable(seed: Int) {
        let rules = policy(UInt64(seed))
        let first = Retention.plan(random(UInt64(seed)), policy: rules)
        let kept = first.entries.filter(\.isKept)
        let second = Retention.plan(kept.map(\.snapshot), policy: rules)
        #expect(second.dropped.isEmpty)
        #expect(second.entries == kept, "a snapshot is kept for another reason than before")
    }

    @Test("keeps at least as much when a number grows", arguments: 0..<100) func monotonous(seed: Int) {
        let candidates = random(UInt64(seed))
        let smaller = policy(UInt64(seed))
        var larger = smaller
        larger.last += seed % 3
        for period in RetentionPolicy.Period.allCases { larger.counts[period, default: 0] += seed % 4 }
        let dropped = Set(Retention.plan(candidates, policy: smaller).dropped.map(\.id))
        #expect(Set(Retention.plan(candidates, policy: larger).dropped.map(\.id)).isSubset(of: dropped))
    }

    @Test("does not depend on the order in which snapshots are listed", arguments: 0..<50) func order(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let candidates = random(UInt64(seed))
        let plan = Retention.plan(candidates, policy: .iqhis)
        let other = Retention.plan(candidates.shuffled(using: &generator), policy: .iqhis)
        #expect(plan == other && plan.encoded() == other.encoded())
    }

    @Test("gives another digest's bytes to every other plan") func encoding() {
        let two = [snapshot(1, at: 0), snapshot(2, at: Self.day)]
        let plans = [
            Retention.plan(two, policy: RetentionPolicy(daily: 1)),
            Retention.plan(two, policy: RetentionPolicy(daily: 2)),
            Retention.plan([two[0]], policy: RetentionPolicy(daily: 1)),
            Retention.plan(two, policy: RetentionPolicy(weekly: 1)),
        ]
        #expect(Set(plans.map { $0.encoded() }).count == plans.count)
    }

    @Test("prefers a complete snapshot to a newer partial one of the same day") func partial() {
        let plan = Retention.plan(
            [
                snapshot(1, at: 0), snapshot(2, at: 100, complete: false), snapshot(3, at: Self.day),
                snapshot(4, at: Self.day + 5, complete: false),
            ], policy: RetentionPolicy(daily: 2))
        let reasons = Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.snapshot.id.d, $0.reasons) })
        #expect(reasons == [1: [.daily], 2: [], 3: [.daily, .newestComplete], 4: [.newest]])
    }

    @Test("treats each host and component on its own") func groups() {
        let plan = Retention.plan(
            [
                snapshot(1, at: 0, host: "a"), snapshot(2, at: 9, host: "b"), snapshot(3, at: 5, host: "a", "other"),
                snapshot(4, at: 7, host: "a"),
            ], policy: RetentionPolicy(last: 1))
        #expect(plan.dropped.map(\.id.d) == [1])
    }

    /// Ten years of a backup every six hours, with the plan applied every day: what a person may ask for is always there.
    @Test("of years of backups leaves seven days, four weeks, twelve months and seven years") func years() {
        var kept: [RetentionCandidate] = []
        for day in Int64(0)..<3653 {
            for quarter in Int64(0)..<4 {
                kept.append(snapshot(Int(day * 4 + quarter), at: day * Self.day + quarter * Self.day / 4))
            }
            kept = Retention.plan(kept, policy: .iqhis).entries.filter(\.isKept).map(\.snapshot)
            #expect(kept.count <= 7 + 4 + 12 + 7)
            guard day.isMultiple(of: 97) || day > 3600 else { continue }
            let ages = kept.map { day - $0.time.nanoseconds / Self.day }
            #expect(Set(ages).isSuperset(of: 0...min(6, day)), "day \(day): not every day of the last week")
            for weeks in Int64(0)..<min(4, day / 7) {
                #expect(ages.contains { abs($0 - weeks * 7) <= 7 }, "day \(day): no snapshot \(weeks) weeks old")
            }
            for months in Int64(0)..<min(12, day / 31) {
                #expect(ages.contains { abs($0 - months * 30) <= 31 }, "day \(day): none \(months) months old")
            }
            for years in Int64(0)..<min(7, day / 366) {
                #expect(ages.contains { abs($0 - years * 365) <= 366 }, "day \(day): none \(years) years old")
            }
        }
    }
}
