import Capture

/// What a server says to somebody who copies it.
extension PostgresTrouble {
    private static let rights =
        "Run 'alter role ROLE replication' on the primary, and let it in with a line 'local replication ROLE …' (or host) of pg_hba.conf; docs/databases.md has both."

    /// Of a connection that was refused; nil where it is what any connection may meet.
    static func replicating(saying message: String) -> StreamFailure? {
        let words = words(message)
        if message.contains("replication role") || message.contains("permission denied to start WAL sender") {
            return StreamFailure(.denied, "The role may not copy the server: \(words)", advice: rights)
        }
        if message.contains("replication connection"), message.contains("pg_hba.conf") {
            return StreamFailure(
                .denied, "pg_hba.conf has no line that lets the role copy the server: \(words)",
                advice:
                    "'all' does not mean replication there: add a line whose database is 'replication', and reload. \(rights)"
            )
        }
        if message.contains("max_wal_senders") {
            return StreamFailure(
                .unreachable, "All connections for copying the server are taken: \(words)",
                advice:
                    "pg_stat_replication shows by whom; raise max_wal_senders (0 with wal_level = minimal, which has to be 'replica')."
            )
        }
        return nil
    }

    static func notArchived(within patience: Duration) -> StreamFailure {
        StreamFailure(
            .unreachable, "The log that the backup needs was not archived within \(patience).",
            advice: "'safehold wal check' and the server's log say why; nothing was kept of the backup.")
    }

    /// Of a command of replication.
    static func replicating(state: String?, saying message: String) -> StreamFailure {
        let words = words(message)
        if message.contains("WAL level not sufficient") || message.contains("wal_level") {
            return StreamFailure(
                .failed, "The server does not log what a base backup needs: \(words)",
                advice: "Set wal_level = replica, and restart the server.")
        }
        if message.contains("promoted during") { return promoted(words) }
        if message.contains("replication slots are in use") || message.contains("max_replication_slots") {
            return StreamFailure(
                .unreachable, "The server has no replication slot left to keep its log meanwhile: \(words)",
                advice:
                    "pg_replication_slots shows who has them; drop one that nobody uses, or raise max_replication_slots."
            )
        }
        if message.contains("WAL segment") || message.contains("could not find any WAL files") {
            return StreamFailure(
                .unreachable, "The server removed log that the backup needs: \(words)",
                advice: "Raise wal_keep_size or max_slot_wal_keep_size; or archive the log, and use 'wal: archive'.")
        }
        if let trouble = replicating(saying: message) { return trouble }
        switch state {
        case "42501"?: return StreamFailure(.denied, "The role may not copy the server: \(words)", advice: rights)
        case "57P01"?, "57P02"?, "57P03"?:
            return StreamFailure(
                .unreachable, "The server shut down under the backup: \(words)",
                advice: "Nothing was kept of this backup; it is tried again.")
        default: return asking(state: state, saying: message)
        }
    }
}
