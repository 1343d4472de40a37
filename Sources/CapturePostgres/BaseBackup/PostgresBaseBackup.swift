import Capture
import Primitives
import Strategy

/// A base backup of a PostgreSQL server: its data directory and its tablespaces over the replication protocol, each file checked against the
/// server's manifest, or read from where they lie on this host. Where the cluster has them, each page is checked against its checksum.
package struct PostgresBaseBackup: TreeSource {
    private let plan: BaseBackupPlan
    private let label: String
    private let clock: WallClock

    /// `label` ends up in backup_label.
    package init(_ plan: BaseBackupPlan, label: String, clock: WallClock = .system) {
        (self.plan, self.label, self.clock) = (plan, label, clock)
    }

    package func open() throws(StreamFailure) -> any TreeReading {
        if let directory = plan.dataDirectory {
            return try DataDirectoryReading(plan, directory: directory, label: label, clock: clock)
        }
        return try BaseBackupReading(plan, label: label, clock: clock)
    }
}
