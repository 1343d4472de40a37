import Primitives
import TestSupport
import Testing

@testable import Anomaly

/// Whole lives of components, as values. docs/anomalies.md has the rates of the full runs.
@Suite("Simulated work and attacks") struct SimulationTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let seeds: Range<UInt64> = Soak.isOn ? 0..<1000 : 0..<12

    /// A component from its first snapshot on.
    private struct Life {
        var work: OrdinaryWork
        var history = SignalHistory()
        var number: UInt64 = 0

        init(seed: UInt64) {
            work = OrdinaryWork(seed: seed)
            _ = take(SnapshotSignals(), at: 0)
        }

        mutating func take(_ signals: SnapshotSignals, at time: Int64) -> AnomalyVerdict {
            number += 1
            let verdict = history.take(signals, sequence: number, at: Timestamp(nanoseconds: time))
            history.name(Digest32(a: 0, b: number, c: 0, d: 0), sequence: number)
            return verdict
        }

        mutating func live(days: Int) -> Int {
            (0..<days).count { _ in
                let signals = work.nextDay()
                return take(signals, at: Int64(work.day) * day).level == .alarm
            }
        }
    }

    @Test("200 ordinary days raise no alarm")
    func ordinary() {
        var (alarms, lives) = (0, 0)
        for seed in Self.seeds {
            var life = Life(seed: seed)
            let count = life.live(days: 200)
            alarms += count
            lives += count > 0 ? 1 : 0
            #expect(count == 0, "seed \(seed): \(count) alarms")
        }
        if Soak.isOn {
            print(
                "ordinary days: \(alarms) alarms in \(Self.seeds.count * 200) days, \(lives) of \(Self.seeds.count) lives"
            )
        }
    }

    @Test("nor do backups every half hour of the working day")
    func oftenADay() {
        for seed in Self.seeds.prefix(Soak.isOn ? 200 : 3) {
            var life = Life(seed: seed)
            for step in 0..<Int64(20 * 60) {
                let signals = life.work.nextDay(working: 0.05)
                let verdict = life.take(signals, at: (step / 20) * Self.day + step % 20 * 1_800_000_000_000)
                #expect(verdict.level < .alarm, "seed \(seed), step \(step): \(verdict.sentences)")
            }
        }
    }

    @Test("an attack on a tenth of the files is seen in the first backup", arguments: Attack.allCases)
    func atOnce(_ attack: Attack) {
        var missed = 0
        for seed in Self.seeds {
            var life = Life(seed: seed)
            _ = life.live(days: 30 + Int(seed % 40))
            var signals = life.work.nextDay()
            attack.strike(life.work.files / 10, &signals)
            let clean = life.number
            let verdict = life.take(signals, at: Int64(life.work.day) * Self.day)
            if verdict.level != .alarm || (verdict.since ?? life.number) > clean + 1 { missed += 1 }
        }
        #expect(missed == 0, "\(attack): \(missed) of \(Self.seeds.count)")
        if Soak.isOn { print("\(attack), a tenth at once: \(missed) of \(Self.seeds.count) missed") }
    }

    /// How long it takes, and whether the last clean snapshot that is named is one.
    @Test(
        "an attack on a few files a day is seen before a fiftieth is lost, in 49 of 50 lives",
        arguments: [20, 50, 100] as [UInt64])
    func slowly(_ rate: UInt64) {
        for attack in [Attack.inPlace, .renamed, .partial, .replaced] {
            var (days, late, unclean, early) = ([Int](), 0, 0, 0)
            for seed in Self.seeds {
                var life = Life(seed: seed)
                _ = life.live(days: 40 + Int(seed % 30))
                let clean = life.number
                let most = Int(400 / rate) + 2
                var seen: (day: Int, since: UInt64)?
                for day in 1...most where seen == nil {
                    var signals = life.work.nextDay()
                    attack.strike(rate, &signals)
                    let verdict = life.take(signals, at: Int64(life.work.day) * Self.day)
                    if verdict.level == .alarm { seen = (day, verdict.since ?? life.number) }
                }
                guard let seen else {
                    late += 1
                    continue
                }
                days.append(seen.day)
                if seen.since > clean + 1 { unclean += 1 }
                if seen.since + 7 < clean { early += 1 }
            }
            #expect(late * 50 <= Self.seeds.count, "\(attack), \(rate) a day: \(late) not seen")
            #expect(unclean == 0, "\(attack), \(rate) a day: \(unclean) times a snapshot with damage was called clean")
            if Soak.isOn {
                let sorted = days.sorted()
                print(
                    "\(attack), \(rate) a day: seen after \(sorted[sorted.count / 2]) days (most \(sorted.last ?? 0)), \(late) late, \(unclean) unclean, \(early) more than a week too careful"
                )
            }
        }
    }
}
