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
    /// Where the server's data directory lies on this host: read there, and not over a connection. Nil where it is not to be. Needs an archived log.
    package var dataDirectory: String?
    /// The replication slot by which the server's log is received all the time (REC-4); nil where it is not.
    package var slot: String?

    package init(server: PostgresPlan) { self.server = server }

    /// What a slot is called where nobody named one: PostgreSQL takes lower-case letters, digits and '_', 63 at most.
    package static func usualSlot(of component: String) -> String {
        String(("safehold_" + component.replacing("-", with: "_")).prefix(63))
    }

    package static func isSlotName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }
}
