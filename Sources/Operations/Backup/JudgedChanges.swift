import Anomaly
import Primitives
import RepositoryEngine
import Sealing

/// How a tree changed, what is thought of that, and what the host remembers afterwards.
final class JudgedChanges {
    let signals: SnapshotSignals
    let verdict: AnomalyVerdict
    private let sequence: UInt64
    private var history: SignalHistory

    /// `sequence` is what the snapshot will have where no other run of the host is faster.
    init(_ signals: SnapshotSignals, sequence: UInt64, at time: Timestamp, after history: SignalHistory) {
        (self.signals, self.sequence, self.history) = (signals, sequence, history)
        verdict = self.history.take(signals, sequence: sequence, at: time)
    }

    /// Once the snapshot is there.
    func keep(_ tip: SnapshotCommitter.Tip, _ caches: HostCaches, cacheKey: borrowing SecretBytes) throws {
        history.name(tip.digest, sequence: tip.sequence)
        try caches.keep(history, cacheKey: cacheKey)
    }

    func fill(_ summary: inout BackupSummary) {
        (summary.signals, summary.verdict) = (signals, verdict)
        guard verdict.level == .alarm else { return }
        summary.lastClean = history.lastClean(before: verdict, of: sequence)
    }
}
