import CLinux
import Glibc
import Primitives
import RepositoryEngine

/// Worker threads, and the windows that are in their hands. Windows are finished in order: their further names and the metadata of
/// directories that nothing more comes into follow once all their entries stand.
final class RestoreCrew {
    private final class InFlight: Sendable {
        let window: RestoreWindow
        init(_ window: RestoreWindow) { self.window = window }
    }

    private struct State {
        var windows: [(flight: InFlight, next: Int, left: Int)] = []
        var closed = false
    }

    private static let mostInFlight = 2

    private let tree: TargetTree
    private let ledger: RestoreLedger
    private let policy: OverwritePolicy
    let reach: ReadingReach
    private let state = Monitor(State())
    private let threads = WorkerThreads()
    /// Windows that were handed in and windows of which every entry stands; both for the thread that hands them in.
    private(set) var submitted = 0
    private(set) var finished = 0

    init(
        tree: TargetTree, ledger: RestoreLedger, policy: OverwritePolicy, reach: ReadingReach,
        chunks: @escaping @Sendable () -> ChunkReader
    ) {
        self.tree = tree
        self.ledger = ledger
        self.policy = policy
        self.reach = reach
        for _ in 0..<reach.threads {
            threads.start { [tree, ledger, state] in
                let worker = RestoreWorker(tree: tree, ledger: ledger, chunks: chunks())
                while let (flight, job) = Self.take(state) {
                    worker.perform(job, of: flight.window)
                    Self.done(flight, state)
                }
            }
        }
    }

    private static func take(_ state: Monitor<State>) -> (InFlight, Int)? {
        state.wait { state -> (InFlight, Int)?? in
            for i in state.windows.indices where state.windows[i].next < state.windows[i].flight.window.jobCount {
                state.windows[i].next += 1
                return .some((state.windows[i].flight, state.windows[i].next - 1))
            }
            return state.closed ? .some(nil) : nil
        }
    }

    private static func done(_ flight: InFlight, _ state: Monitor<State>) {
        let isLast = state.withLock { state -> Bool in
            guard let i = state.windows.firstIndex(where: { $0.flight === flight }) else { return false }
            state.windows[i].left -= 1
            return state.windows[i].left == 0
        }
        if isLast { state.update { _ in } }
    }

    /// Hands a window to the threads; waits while enough is in their hands.
    func submit(_ window: RestoreWindow) throws {
        while state.withLock({ $0.windows.count }) >= Self.mostInFlight { try finishOldest() }
        let flight = InFlight(window)
        state.update { $0.windows.append((flight, 0, window.jobCount)) }
        submitted += 1
    }

    /// Finishes all windows.
    func drain() throws {
        while state.withLock({ !$0.windows.isEmpty }) { try finishOldest() }
        try ledger.checkpoint()
    }

    /// Ends the threads; what they have in hand is done before, or passed over when the run is stopping.
    func dismiss() {
        state.update { $0.closed = true }
        threads.joinAll()
    }

    private func finishOldest() throws {
        let flight = state.wait { state -> InFlight? in
            guard let oldest = state.windows.first, oldest.left == 0 else { return nil }
            state.windows.removeFirst()
            return oldest.flight
        }
        try ledger.checkpoint()
        finished += 1
        let finisher = WindowFinisher(tree: tree, ledger: ledger, policy: policy)
        do {
            try finisher.finish(flight.window)
        } catch let error as SystemError {
            throw error.failure(target: tree.path)
        }
    }
}
