import Capture
import Strategy

/// A server that was asked for a base backup, and what it said of itself.
struct BaseBackupOpening {
    let connection: PostgresConnection
    let systemIdentifier: UInt64
    let format: ClusterFormat
    /// Sees to it that the log is archived; nil where the server does, or nobody has to.
    let archive: ArchiveWatch?

    /// The answer to what was asked is still to come, behind a checkpoint.
    init(_ plan: BaseBackupPlan, label: String, slot: String) throws(StreamFailure) {
        let connection = try PostgresConnection(plan.server, isReplicating: true)
        self.connection = connection
        let version = PostgresVersion(connection.major)
        format = try ClusterFormat(connection, plan)
        let system = try connection.replicate("IDENTIFY_SYSTEM").first
        guard let identifier = system?.first?.flatMap({ UInt64($0) }) else {
            throw ClusterFormat.silent("identify itself")
        }
        systemIdentifier = identifier
        if plan.log == .include { try connection.replicate(version.text(ofSlot: slot)) }
        archive =
            plan.log == .archive
            ? ArchiveWatch(plan.server, beside: connection, systemIdentifier: identifier) : nil
        let command = BaseBackupCommand(
            label: label, checkpoint: plan.checkpoint, log: plan.log, awaitsArchive: archive == nil)
        try connection.send(version.text(of: command))
    }
}
