import Capture
import TestSupport
import Testing

@Suite struct DebounceTests {
    private func second(_ value: Double) -> Duration { .milliseconds(Int64(value * 1000)) }

    @Test("One change is due when it has been quiet for a while") func oneChange() {
        var debounce = Debounce()
        #expect(debounce.due == nil)
        debounce.noteChange(at: second(5))
        #expect(debounce.due == second(6))
        debounce.noteChange(at: second(5.5))
        #expect(debounce.due == second(6.5))
    }

    @Test("What never becomes quiet is due some time after it began") func neverQuiet() {
        var debounce = Debounce(quiet: second(1), maximumDelay: second(10))
        for tenth in 0...200 { debounce.noteChange(at: second(Double(tenth) / 10)) }
        #expect(debounce.due == second(10))
    }

    @Test("Changes during a backup make exactly one more") func duringBackup() {
        var debounce = Debounce()
        debounce.noteChange(at: second(0))
        debounce.backupBegan(at: second(1))
        #expect(debounce.due == nil)
        for tenth in 11...20 { debounce.noteChange(at: second(Double(tenth) / 10)) }
        #expect(debounce.due == nil, "one runs")
        debounce.backupEnded(at: second(60))
        #expect(debounce.due == second(3), "it is overdue")
        debounce.backupBegan(at: second(60))
        debounce.backupEnded(at: second(61))
        #expect(debounce.due == nil)
    }

    @Test("What was seen before a backup began and is noted later is in it") func notedLate() {
        var debounce = Debounce()
        debounce.backupBegan(at: second(10))
        debounce.noteChange(at: second(9.9))
        debounce.noteChange(at: second(10))
        debounce.backupEnded(at: second(11))
        debounce.noteChange(at: second(8))
        #expect(debounce.due == nil)
        debounce.noteChange(at: second(10.1))
        #expect(debounce.due == second(11.1))
    }

    @Test("Backups of what never becomes quiet do not follow each other without a pause") func restBetween() {
        var debounce = Debounce(quiet: second(1), maximumDelay: second(10))
        debounce.backupBegan(at: .zero)
        for tenth in 1...300 { debounce.noteChange(at: second(Double(tenth) / 10)) }
        debounce.backupEnded(at: second(30))
        debounce.noteChange(at: second(30.05))
        #expect(debounce.due == second(31.05))
        for tenth in 301...600 { debounce.noteChange(at: second(Double(tenth) / 10)) }
        #expect(debounce.due == second(40))
    }

    /// Changes at `times`, backups of random length whenever one is due: when each began.
    private func backups(
        of times: [Int], _ debounce: Debounce, length: (inout SeededGenerator) -> Int,
        _ generator: inout SeededGenerator
    ) -> [Range<Int>] {
        var (debounce, rest, runs, now): (Debounce, ArraySlice<Int>, [Range<Int>], Int) = (debounce, times[...], [], 0)
        func noteChanges(until time: Int) {
            while let next = rest.first, next <= time { debounce.noteChange(at: .milliseconds(rest.removeFirst())) }
        }
        while true {
            noteChanges(until: now)
            let due = debounce.due.map { max(now, Int($0 / .milliseconds(1))) }
            guard let next = [due, rest.first].compactMap(\.self).min() else { return runs }
            now = next
            noteChanges(until: now)
            guard let due = debounce.due, Int(due / .milliseconds(1)) <= now else { continue }
            debounce.backupBegan(at: .milliseconds(now))
            let end = now + length(&generator)
            noteChanges(until: end)
            debounce.backupEnded(at: .milliseconds(end))
            runs.append(now..<end)
            now = end
        }
    }

    @Test("Every change is in a backup, soon, and no backup is in vain", arguments: 0..<300) func covered(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var times: [Int] = []
        for _ in 0..<Int.random(in: 1...200, using: &generator) {
            let gap = [0, 50, 900, 1100, 20_000].randomElement(using: &generator) ?? 0
            times.append((times.last ?? 0) + Int.random(in: 0...gap, using: &generator))
        }
        let runs = backups(
            of: times, Debounce(quiet: .seconds(1), maximumDelay: .seconds(10)),
            length: { .random(in: 0...15_000, using: &$0) }, &generator)
        for time in times {
            guard let run = runs.first(where: { $0.lowerBound >= time }) else {
                Issue.record("seed \(seed): the change at \(time) ms is in no backup")
                continue
            }
            // Either at once after the backup that ran meanwhile, or within the longest delay after that or after the change.
            let free = runs.filter { $0.lowerBound < time }.map(\.upperBound).max() ?? 0
            #expect(run.lowerBound <= max(free, time) + 10_000, "seed \(seed), the change at \(time) ms")
        }
        for (run, previous) in zip(runs, [-1..<0] + runs) {
            let isNeeded = times.contains { $0 > previous.lowerBound && $0 <= run.lowerBound }
            #expect(isNeeded, "seed \(seed): nothing had changed before the backup at \(run.lowerBound) ms")
        }
    }

    @Test("Each burst is one backup", arguments: 0..<100) func bursts(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var (times, time): ([Int], Int) = ([], 0)
        let count = Int.random(in: 1...10, using: &generator)
        for _ in 0..<count {
            let end = time + 8000
            while time < end, Int.random(in: 0..<30, using: &generator) > 0 {
                times.append(time)
                time += Int.random(in: 0...999, using: &generator)
            }
            if times.last.map({ $0 < end - 8000 }) ?? true { times.append(end - 8000) }
            time = end + 5000
        }
        let runs = backups(of: times, Debounce(), length: { .random(in: 0...2000, using: &$0) }, &generator)
        #expect(runs.count == count, "seed \(seed)")
    }
}
