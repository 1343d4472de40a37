/// A PostgreSQL server whose data directory is backed up (COMP-4): all of its databases, page by page.
package struct BaseBackupPlan: Sendable, Equatable {
    /// How the server comes to the checkpoint that the backup begins with.
    package enum Checkpoint: String, Sendable, CaseIterable {
        /// At once.
        case fast
        /// When the next one is due, without more work for the disks than usual.
        case spread
    }

    /// Where the log comes from without which a base backup is not consistent.
    package enum Log: String, Sendable, CaseIterable {
        /// It is part of the backup.
        case include
        /// Somebody archives it.
        case archive
    }

    /// How the server is reached, and for how long it may say nothing. The database is only asked for names of relations.
    package var server: PostgresPlan
    package var checkpoint: Checkpoint = .fast
    package var log: Log = .include

    package init(server: PostgresPlan) { self.server = server }
}
