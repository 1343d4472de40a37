import Audit
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
    /// How it ended could not be written into the audit log, or the log's checkpoint not into the repository.
    var unwritten: Failure?
}

/// Carries out orders: backups one after the other on one thread, upkeep on another.
final class WorkDesk: Sendable {
    private let backups = Lane()
    private let upkeep = Lane()
    private let checkpoints = CheckpointDesk()
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
            let act = RecordedAct(
                place.act("run", .add, on: runs.map { ActObject(.component, $0.component.name) }), place.surroundings)
            let stores = runs.compactMap { place.strategy.store($0.component.store) }
            end(runs.map(\.job), act, on: stores, at: place) {
                var inside = place
                inside.surroundings = act.watching(place.surroundings)
                return try SetRun.carryOut(
                    runs, stamp: stamp, at: inside, observer: observer, willRead: willRead, admit: act.begin,
                    permit: { try act.permit(for: BackupAction.self, on: $0) })
            }
        }
    }

    func keepUp(_ task: UpkeepTask, due: Timestamp, attempt: Int, at place: StrategyPlace) {
        upkeep.begin { [self] in
            let act = RecordedAct(place.act(of: task), place.surroundings)
            end([task.job], act, on: [task.store], at: place) {
                var inside = place
                inside.surroundings = act.watching(place.surroundings)
                inside.surroundings.door = act
                return [
                    try UpkeepRun(task, at: inside).carryOut(
                        due: due, attempt: attempt, observer: observer, admit: act.begin)
                ]
            }
        }
    }

    func hold(_ drill: DrillPlan, job: String, due: Timestamp, attempt: Int, at place: StrategyPlace) {
        upkeep.begin { [self] in
            let objects = drill.components.map { ActObject(.component, $0) }
            let act = RecordedAct(place.act("drill-" + drill.kind.rawValue, .view, on: objects), place.surroundings)
            end([job], act, on: [], at: place) {
                var inside = place
                inside.surroundings = act.watching(place.surroundings)
                inside.surroundings.door = act
                let (run, evidence) = try DrillRun(drill, job: job, at: inside, intent: { act.intent }).carryOut(
                    due: due, attempt: attempt, observer: observer, admit: act.begin)
                act.note(evidence.map { ActObject(.evidence, EvidenceVerification.name($0)) })
                return [run]
            }
        }
    }

    private func end(
        _ jobs: [String], _ act: RecordedAct, on stores: [StorePlan], at place: StrategyPlace,
        _ work: () throws -> [RunRecord]
    ) {
        var done = FinishedWork(runs: [], jobs: jobs)
        do { done.runs = try work() } catch { done.failure = error.asFailure }
        act.note(done.runs.flatMap(\.auditObjects))
        do {
            try act.end(done.failure.map { ActEnding($0) } ?? ActEnding(done.runs))
        } catch {
            done.unwritten = error.asFailure
        }
        if done.unwritten == nil, done.runs.contains(where: \.isGood) {
            done.unwritten = checkpoints.publish(into: Set(stores.map(\.location)), place.surroundings)
        }
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
