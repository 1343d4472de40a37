import Catalog
import Identity
import Operations
import Primitives
import Strategy

/// What came to an end.
struct FinishedWork: Sendable {
    var runs: [RunRecord]
    /// The jobs that were begun together.
    var jobs: [String]
    /// The catalog could not be written: what became of the runs is in nobody's book.
    var failure: Failure?
}

/// Carries out orders: backups one after the other on one thread, upkeep on another.
final class WorkDesk: Sendable {
    private let backups = Lane()
    private let upkeep = Lane()
    private let finished = Monitor<[FinishedWork]>([])
    private let observer: DaemonObserver
    /// Called from the threads when something is to be collected.
    private let wake: @Sendable () -> Void

    init(isCancelled: @escaping @Sendable () -> Bool, wake: @escaping @Sendable () -> Void) {
        observer = DaemonObserver(cancelled: isCancelled)
        self.wake = wake
    }

    func backUp(
        _ runs: [PlannedRun], _ stamp: SetStamp, at place: StrategyPlace, willRead: @escaping @Sendable () -> Void
    ) {
        backups.begin { [self] in
            end(runs.map(\.job)) {
                try SetRun.carryOut(
                    runs, stamp: stamp, at: place, observer: observer, willRead: willRead,
                    permit: { try place.surroundings.door.permit(for: BackupAction.self) })
            }
        }
    }

    func keepUp(_ task: UpkeepTask, due: Timestamp, attempt: Int, at place: StrategyPlace) {
        upkeep.begin { [self] in
            end([task.job]) {
                [try UpkeepRun(task, at: place).carryOut(due: due, attempt: attempt, observer: observer)]
            }
        }
    }

    private func end(_ jobs: [String], _ work: () throws -> [RunRecord]) {
        var done = FinishedWork(runs: [], jobs: jobs)
        do { done.runs = try work() } catch { done.failure = error.asFailure }
        finished.withLock { $0.append(done) }
        wake()
    }

    func takeFinished() -> [FinishedWork] {
        finished.withLock { list in
            defer { list = [] }
            return list
        }
    }

    /// What is under way comes to its end, or to a point from which the next run goes on.
    func end() {
        backups.end()
        upkeep.end()
    }
}

/// Progress is for terminals; what matters stands in the run's log.
struct DaemonObserver: OperationObserver {
    let cancelled: @Sendable () -> Bool
    func progress(_ progress: OperationProgress) {}
    func problem(_ problem: EntryProblem) {}
    func warning(_ message: String) {}
    var isCancelled: Bool { cancelled() }
}
