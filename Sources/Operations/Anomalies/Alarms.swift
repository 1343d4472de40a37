import Anomaly
import Catalog
import Glibc
import Primitives

/// Alarms in this host's catalog: which there were, and which of them somebody has looked at.
enum Alarms {
    /// What the daemon is asked for when one was raised, and when they were cleared.
    static let raised = "anomaly"
    static let wereCleared = "anomaly-cleared"

    /// None where the catalog cannot be read: then they count as not looked at.
    static func cleared(_ state: HostState) -> Set<Digest32> {
        guard access(CatalogPlace.path(state), F_OK) == 0, let catalog = try? CatalogPlace.open(state),
            let entries = try? catalog.anomalies(open: false)
        else { return [] }
        return Set(entries.filter { $0.cleared != nil }.compactMap { Digest32(hex: $0.snapshot) })
    }

    /// Writes an alarm down and has the daemon tell people. The snapshot says it as well, so a catalog that cannot be written keeps no
    /// backup from being one.
    static func note(
        _ summary: BackupSummary, of component: String, _ state: HostState, _ observer: any OperationObserver,
        at time: Timestamp
    ) {
        guard let verdict = summary.verdict, verdict.level == .alarm else { return }
        do {
            let catalog = try CatalogPlace.open(state)
            let entry = AnomalyEntry(
                snapshot: summary.snapshot.hex, component: component, time: time,
                reasons: verdict.sentences.joined(separator: "\n"), lastClean: summary.lastClean?.hex)
            try catalog.note(entry)
            try catalog.ask(raised, entry.snapshot, by: "", at: time)
        } catch {
            observer.warning("An alarm could not be written into this host's catalog: \(error.asFailure.message)")
        }
        observer.warning(
            "Files of '\(component)' look tampered with: \(verdict.sentences.joined(separator: "; ")). Look at them; 'safehold anomalies' says more."
        )
    }
}
