import Primitives

/// Collects what the threads of a restore report, and says when to stop.
final class RestoreLedger: Sendable {
    static let keptProblems = 1000

    private struct State {
        var summary = RestoreSummary()
        var progress = OperationProgress()
        var stop: Failure?
        var ownersRefused: UInt64 = 0
        var untold: UInt64 = 0
    }

    private let observer: any OperationObserver
    private let state: Monitor<State>

    init(observer: any OperationObserver, totalEntries: UInt64, totalBytes: UInt64) {
        self.observer = observer
        var state = State()
        state.progress.totalEntries = totalEntries
        state.progress.totalBytes = totalBytes
        self.state = Monitor(state)
    }

    /// Adds to the counts, and tells the observer now and then.
    func count(entries: UInt64 = 0, bytes: UInt64 = 0, _ change: (inout RestoreSummary) -> Void = { _ in }) {
        let told = state.withLock { state -> OperationProgress? in
            change(&state.summary)
            state.progress.entries += entries
            state.progress.bytes += bytes
            state.progress.problems = state.summary.problemCount
            state.untold += entries * 4096 + bytes
            guard state.untold >= 4 << 20 else { return nil }
            state.untold = 0
            return state.progress
        }
        if let told { observer.progress(told) }
    }

    func problem(_ path: [UInt8], _ kind: EntryProblem.Kind, _ reason: String) {
        let problem = EntryProblem(path: path.first == 0x2F ? path : [0x2F] + path, kind: kind, reason: reason)
        state.withLock { state in
            state.summary.problemCount += 1
            if kind == .damaged { state.summary.damageCount += 1 }
            if state.summary.problems.count < Self.keptProblems { state.summary.problems.append(problem) }
        }
        observer.problem(problem)
    }

    func hasProblem(_ path: [UInt8]) -> Bool {
        let whole = [0x2F] + path
        return state.withLock { $0.summary.problems.contains { $0.path == whole } }
    }

    func warn(_ message: String) { observer.warning(message) }

    /// Somebody without the right to give files away restores as himself; said once, at the end.
    func ownerRefused() { state.withLock { $0.ownersRefused += 1 } }

    /// Ends the run; the first reason counts.
    func stop(_ failure: Failure) { state.withLock { $0.stop = $0.stop ?? failure } }

    /// Throws once somebody wants the run to end.
    func checkpoint() throws {
        if observer.isCancelled { stop(.interrupted) }
        if let failure = state.withLock({ $0.stop }) { throw failure }
    }

    var isStopping: Bool {
        if observer.isCancelled { stop(.interrupted) }
        return state.withLock { $0.stop != nil }
    }

    func finish() -> RestoreSummary {
        let (summary, progress, refused) = state.withLock { ($0.summary, $0.progress, $0.ownersRefused) }
        observer.progress(progress)
        if refused > 0 {
            observer.warning(
                "The owner or group of \(refused) entries was not restored: only root may give files to others.")
        }
        return summary
    }
}
