import Capture
import Primitives
import Strategy

/// A base backup of a PostgreSQL server: its data directory and its tablespaces over the replication protocol, each file checked against the
/// server's manifest and, where the cluster has them, each page against its checksum.
package struct PostgresBaseBackup: TreeSource {
    private let plan: BaseBackupPlan
    private let label: String
    private let clock: WallClock

    /// `label` ends up in backup_label.
    package init(_ plan: BaseBackupPlan, label: String, clock: WallClock = .system) {
        (self.plan, self.label, self.clock) = (plan, label, clock)
    }

    package func open() throws(StreamFailure) -> any TreeReading {
        try BaseBackupReading(plan, label: label, clock: clock)
    }
}
