import Primitives
import RepositoryEngine

/// Tells the observer how far a backup is, some times a second, from a thread of its own.
final class ProgressTicker: Sendable {
    private let observer: any OperationObserver
    private let counters: BackupCounters
    private let packs: PackPool
    private let total: UInt64
    private let stopped = Monitor(true)
    private let threads = WorkerThreads()

    init(observer: any OperationObserver, counters: BackupCounters, packs: PackPool, total: UInt64) {
        self.observer = observer
        self.counters = counters
        self.packs = packs
        self.total = total
    }

    func start() {
        stopped.withLock { $0 = false }
        threads.start { [self] in
            while !stopped.wait(milliseconds: 200, { $0 }) { tell() }
        }
    }

    private func tell() { observer.progress(counters.progress(total: total, storedBytes: packs.storedBytes)) }

    func stop() {
        let wasRunning = stopped.update { state in
            defer { state = true }
            return !state
        }
        guard wasRunning else { return }
        threads.joinAll()
        tell()
    }
}
