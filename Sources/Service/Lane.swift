import CLinux
import Primitives

/// A thread that does one thing after the other, each begun by somebody else.
final class Lane: Sendable {
    private let queue = BoundedQueue<@Sendable () -> Void>(capacity: 256)
    private let threads = WorkerThreads()

    /// With as much stack as an operation needs that walks deep trees.
    init() {
        threads.start(stackSize: 8 << 20) { [queue] in
            while let work = queue.pop() {
                work()
                // What a backup took would otherwise stay with a daemon that waits for hours.
                sh_release_memory()
            }
        }
    }

    func begin(_ work: @escaping @Sendable () -> Void) { queue.push(work) }

    /// What was begun is done first.
    func end() {
        queue.close()
        threads.joinAll()
    }
}
