import Glibc
import Primitives

/// Counts what is copied, and holds it to a rate. Threads share it.
final class Transfer: Sendable {
    private let observer: any OperationObserver
    private let bytesPerSecond: UInt64?
    private let progress = Monitor(OperationProgress())
    /// When the bytes that were let through so far have had their time.
    private let free: Monitor<ContinuousClock.Instant>

    init(_ observer: any OperationObserver, bytesPerSecond: UInt64?) {
        self.observer = observer
        self.bytesPerSecond = bytesPerSecond
        free = Monitor(ContinuousClock().now)
    }

    func expect(_ objects: UInt64, _ bytes: UInt64) {
        progress.withLock { ($0.totalEntries, $0.totalBytes) = (objects, bytes) }
    }

    func advance() { tell { $0.entries += 1 } }

    /// Returns when so many bytes may have been read.
    func read(_ count: Int) {
        tell { $0.bytes += UInt64(count) }
        guard let bytesPerSecond, bytesPerSecond > 0 else { return }
        let clock = ContinuousClock()
        let end = free.withLock { free -> ContinuousClock.Instant in
            free = max(free, clock.now) + .seconds(Double(count) / Double(bytesPerSecond))
            return free
        }
        while clock.now < end, !observer.isCancelled {
            let left = (end - clock.now) / .microseconds(1)
            usleep(UInt32(max(1, min(left, 200_000))))
        }
    }

    private func tell(_ change: (inout OperationProgress) -> Void) {
        let now = progress.withLock { progress -> OperationProgress in
            change(&progress)
            progress.totalBytes = max(progress.totalBytes, progress.bytes)
            progress.totalEntries = max(progress.totalEntries, progress.entries)
            return progress
        }
        observer.progress(now)
    }
}
