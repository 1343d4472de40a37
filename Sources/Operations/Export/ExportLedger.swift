import Primitives

/// Counts what an export did so far, tells the observer, and says when to stop.
final class ExportLedger {
    private let observer: any OperationObserver
    private var progress = OperationProgress()
    private var untold: UInt64 = 0

    init(observer: any OperationObserver, totalEntries: UInt64, totalBytes: UInt64) {
        self.observer = observer
        progress.totalEntries = totalEntries
        progress.totalBytes = totalBytes
    }

    func count(bytes: UInt64) {
        progress.entries += 1
        progress.bytes += bytes
        untold += 4096 + bytes
        guard untold >= 4 << 20 else { return }
        untold = 0
        observer.progress(progress)
    }

    func problem(_ path: [UInt8], _ kind: EntryProblem.Kind, _ reason: String) {
        progress.problems += 1
        observer.problem(EntryProblem(path: [0x2F] + path, kind: kind, reason: reason))
    }

    func warn(_ message: String) { observer.warning(message) }

    /// Throws once somebody wants the export to end.
    func checkpoint() throws {
        if observer.isCancelled {
            throw Failure(
                .interrupted, "Interrupted; there is no archive.", advice: "Run the same command again: it begins anew."
            )
        }
    }

    func finish() { observer.progress(progress) }
}
