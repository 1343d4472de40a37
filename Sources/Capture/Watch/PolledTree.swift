import CLinux
import Primitives

/// A tree that is looked at again and again, by a thread of its own: a file system that does not answer holds up nothing else.
final class PolledTree: Sendable {
    let path: [UInt8]
    let reason: PollingReason
    private let root: WatchedRoot
    private let skipping: [[UInt8]]
    private let interval: Duration
    private let state = Monitor(State())
    private let threads = WorkerThreads()

    private struct State {
        var isStopped = false
        var isEnded = false
        var rest: Duration?
    }

    /// `skipping` are absolute paths of directories that are watched otherwise, or not at all.
    init(_ root: WatchedRoot, at path: [UInt8], skipping: [[UInt8]], reason: PollingReason, interval: Duration) {
        (self.root, self.path, self.skipping, self.reason) = (root, path, skipping, reason)
        self.interval = interval
    }

    /// How long it rests between looks, as far as that is known.
    var rest: Duration { state.withLock { $0.rest } ?? interval }

    /// Begins to look. `note` hears of every look that found something changed, and of the first one, for what changed while that
    /// went on is not known.
    func start(note: @escaping @Sendable (_ isFirst: Bool) -> Void) { threads.start { self.run(note) } }

    /// Asks for the end; a look that goes on is ended at the next directory.
    func stop() { state.update { $0.isStopped = true } }

    /// Whether its thread has ended, and is cleared away.
    func isCleared() -> Bool {
        guard state.withLock({ $0.isEnded }) else { return false }
        threads.joinAll()
        return true
    }

    /// Waits for the end.
    func join() { threads.joinAll() }

    private func run(_ note: (Bool) -> Void) {
        var before: TreeDigest?
        while true {
            let (now, cost) = look()
            if state.withLock({ $0.isStopped }) { break }
            if now != before { note(before == nil) }
            before = now
            let rest = max(interval, cost)
            state.withLock { $0.rest = rest }
            if state.wait(milliseconds: max(1, Int(rest / .milliseconds(1))), { $0.isStopped }) { break }
        }
        state.update { $0.isEnded = true }
    }

    /// The rest that a look deserves: it takes half a percent of a processor and a tenth of the file system's time, at most.
    private func look() -> (TreeDigest, Duration) {
        let (began, cpuBegan) = (sh_boot_nanoseconds(), sh_thread_cpu_nanoseconds())
        let digest = TreeDigest(of: root, at: path, skipping: skipping) { state.withLock { $0.isStopped } }
        let (wall, cpu) = (sh_boot_nanoseconds() - began, sh_thread_cpu_nanoseconds() - cpuBegan)
        return (digest, .nanoseconds(max(wall * 10, cpu * 250)))
    }
}
