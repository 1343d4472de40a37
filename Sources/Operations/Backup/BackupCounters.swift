import Primitives
import Synchronization

/// What several threads count while a backup runs.
final class BackupCounters: Sendable {
    let entries = Atomic<UInt64>(0)
    let readBytes = Atomic<UInt64>(0)
    let newBytes = Atomic<UInt64>(0)
    /// What `newBytes` became when they were compressed; differences are not counted.
    let packedBytes = Atomic<UInt64>(0)
    let takenOverBytes = Atomic<UInt64>(0)
    /// Readings of large files whose chunks were stored and then not used.
    let abandonedReadings = Atomic<UInt64>(0)
    private let problems = Monitor<(first: [EntryProblem], count: UInt64)>(([], 0))
    private static let kept = 1000

    func note(_ problem: EntryProblem) {
        problems.withLock { problems in
            problems.count += 1
            if problems.first.count < Self.kept { problems.first.append(problem) }
        }
    }

    var problemCount: UInt64 { problems.withLock { $0.count } }
    var firstProblems: [EntryProblem] { problems.withLock { $0.first } }

    func progress(total: UInt64, storedBytes: UInt64) -> OperationProgress {
        var progress = OperationProgress()
        progress.entries = entries.load(ordering: .relaxed)
        progress.totalEntries = total
        let read = readBytes.load(ordering: .relaxed)
        progress.bytes = read + takenOverBytes.load(ordering: .relaxed)
        progress.newBytes = newBytes.load(ordering: .relaxed)
        progress.deduplicatedBytes = progress.bytes - min(progress.bytes, progress.newBytes)
        progress.storedBytes = storedBytes
        progress.problems = problemCount
        return progress
    }
}

extension Atomic where Value == UInt64 {
    borrowing func add(_ amount: Int) { _ = wrappingAdd(UInt64(amount), ordering: .relaxed) }
    var now: UInt64 { load(ordering: .relaxed) }
}
