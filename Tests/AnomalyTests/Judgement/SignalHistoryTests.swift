import Primitives
import TestSupport
import Testing

@testable import Anomaly

@Suite("The verdict on a snapshot") struct SignalHistoryTests {
    private static let day: Int64 = 86_400_000_000_000
    private var number: UInt64 = 0
    private var history = SignalHistory()

    private func id(_ number: UInt64) -> Digest32 { Digest32(a: 1, b: number, c: 0, d: 0) }

    private mutating func take(_ signals: SnapshotSignals) -> AnomalyVerdict {
        number += 1
        let verdict = history.take(signals, sequence: number, at: Timestamp(nanoseconds: Int64(number) * Self.day))
        history.name(id(number), sequence: number)
        return verdict
    }

    private func ordinary(_ files: UInt64 = 10_000) -> SnapshotSignals {
        var signals = SnapshotSignals()
        (signals.isCompared, signals.files) = (true, files)
        signals.changed = SnapshotSignals.Tally(files: 40, bytes: 400_000)
        signals.added = SnapshotSignals.Tally(files: 10, bytes: 100_000)
        (signals.bytesRead, signals.bytesNew, signals.bytesPacked) = (500_000, 450_000, 150_000)
        return signals
    }

    private func damaged(_ count: UInt64, of files: UInt64 = 10_000) -> SnapshotSignals {
        var signals = ordinary(files)
        signals.changed.files += count
        (signals.noise, signals.spoiled, signals.looked) = (count, count, count)
        return signals
    }

    private mutating func learn(_ count: Int = 10, files: UInt64 = 10_000) {
        for _ in 0..<count { _ = take(ordinary(files)) }
    }

    @Test("is none where there is nothing to compare with, and a careful one at first")
    mutating func beginning() {
        #expect(take(SnapshotSignals()).level == .unknown)
        #expect(take(ordinary()).level == .learning)
        learn()
        #expect(take(ordinary()).level == .calm)
    }

    @Test("is an alarm when many files are encrypted at once, and names the snapshot before as clean")
    mutating func atOnce() {
        learn()
        let verdict = take(damaged(5000))
        #expect(verdict.level == .alarm && verdict.since == nil)
        #expect(verdict.reasons.map(\.signal).contains(.noise))
        #expect(history.lastClean(before: verdict, of: number) == id(number - 1))
    }

    @Test("is an alarm when a fifth is encrypted before anything was learned")
    mutating func early() {
        #expect(take(SnapshotSignals()).level == .unknown)
        #expect(take(damaged(2000)).level == .alarm)
    }

    @Test("is an alarm in a small component too")
    mutating func small() {
        learn(files: 40)
        #expect(take(damaged(30, of: 40)).level == .alarm)
    }

    @Test(
        "is an alarm when a few files a day are encrypted, and names the snapshot before the first",
        arguments: [5, 20, 60])
    mutating func slowly(_ rate: UInt64) throws {
        learn(20)
        let before = number
        for day in 1...60 {
            let verdict = take(damaged(rate))
            guard verdict.level == .alarm else { continue }
            #expect(verdict.since == before + 1 || (verdict.since == nil && day == 1))
            #expect(history.lastClean(before: verdict, of: number) == id(before))
            return
        }
        Issue.record("not seen within 60 days")
    }

    @Test("is no alarm for as many files a day as there always were")
    mutating func habit() {
        for _ in 0..<10 { _ = take(damaged(8)) }
        for _ in 0..<200 { #expect(take(damaged(8)).level < .alarm) }
    }

    @Test("is no alarm for much that changes, comes or goes, as long as content stays content")
    mutating func muchWork() {
        learn()
        var refactoring = ordinary()
        refactoring.changed.files = 4000
        #expect(take(refactoring).level == .unusual)
        var photographs = ordinary(14_000)
        photographs.added = SnapshotSignals.Tally(files: 4000, bytes: 8 << 30)
        (photographs.bytesRead, photographs.bytesNew, photographs.bytesPacked) = (8 << 30, 8 << 30, 8 << 30)
        #expect(take(photographs).level == .unusual)
        var tidy = ordinary(12_000)
        tidy.removed.files = 2000
        #expect(take(tidy).level == .unusual)
        var move = ordinary(12_000)
        (move.removed.files, move.added.files, move.moved) = (6000, 6000, 6000)
        #expect(take(move).level == .calm)
    }

    @Test("takes content that never compressed for usual")
    mutating func packed() {
        for _ in 0..<12 {
            var signals = ordinary()
            (signals.bytesRead, signals.bytesNew, signals.bytesPacked) = (8 << 20, 8 << 20, 7 << 20)
            #expect(take(signals).level < .unusual)
        }
    }

    @Test("is an alarm when most files are gone, and when a tenth got the same new ending")
    mutating func goneAndRenamed() {
        learn()
        var wiped = ordinary(1000)
        wiped.removed.files = 9000
        #expect(take(wiped).level == .alarm)
        var renamed = ordinary()
        (renamed.removed.files, renamed.added.files, renamed.renamed) = (2000, 2000, 2000)
        (renamed.endingFiles, renamed.ending) = (2000, Array("lockfile".utf8))
        #expect(take(renamed).level == .alarm)
    }

    @Test("is an alarm when files give way to others with content like noise")
    mutating func replaced() {
        learn()
        var signals = ordinary()
        (signals.removed.files, signals.added.files, signals.addedNoise) = (3000, 3000, 3000)
        #expect(take(signals).level < .alarm)
        signals.replacing = 3000
        #expect(take(signals).level == .alarm)
    }

    @Test("counts as usual once somebody has looked, and no sooner")
    mutating func cleared() {
        learn()
        _ = take(damaged(5000))
        #expect(history.alarms == [id(number)])
        history.clear([id(1)])
        #expect(history.alarms.count == 1)
        history.clear([id(number)])
        #expect(history.alarms.isEmpty)
        #expect(take(ordinary()).level == .calm)
    }

    @Test("is the same after what the host remembers was written and read")
    mutating func kept() throws {
        learn()
        for _ in 0..<3 { _ = take(damaged(60)) }
        let again = try SignalHistory(decoding: history.encoded())
        #expect(again == history)
        let verdict = take(damaged(300))
        #expect(try AnomalyVerdict(fields: Fields(decoding: verdict.fields.encoded())) == verdict)
        let signals = damaged(300)
        #expect(try SnapshotSignals(fields: Fields(decoding: signals.fields.encoded())) == signals)
    }

    @Test("damaged memories are refused, and nothing stops")
    mutating func mutated() throws {
        learn(3)
        let bytes = history.encoded()
        for seed in 0..<300 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var broken = bytes
            broken[Int.random(in: 0..<broken.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            guard var read = try? SignalHistory(decoding: broken) else { continue }
            _ = read.take(damaged(100), sequence: .max, at: Timestamp(nanoseconds: .min))
        }
    }

    @Test("sentences name counts and thresholds, and every signal has a name of its own")
    func wording() {
        let reason = AnomalyVerdict.Reason(.noise, observed: 120, threshold: 50)
        #expect(reason.sentence == "120 files became like random bytes; up to 50 would be usual")
        #expect(Set(AnomalySignal.allCases.map(\.name)).count == AnomalySignal.allCases.count)
        #expect(AnomalyVerdict.Level.allCases.map(\.name) == ["unknown", "learning", "calm", "unusual", "alarm"])
    }
}
