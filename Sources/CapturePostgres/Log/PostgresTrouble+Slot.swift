import Capture

/// What a server says to somebody who has it send its log.
extension PostgresTrouble {
    /// Of a command that names a slot, or of what comes after it.
    static func streaming(_ slot: String, state: String?, saying message: String) -> StreamFailure {
        let words = words(message)
        if message.contains("replication slot"), message.contains("does not exist") { return .missingSlot(slot) }
        if message.contains("has already been removed") { return removed(words) }
        if message.contains("invalidated") || message.contains("no longer get changes") {
            return .lostSlot(slot, " " + words)
        }
        if message.contains("is active for PID") {
            return StreamFailure(
                .unreachable, "Another process has the log sent by the slot '\(slot)': \(words)",
                advice:
                    "One at a time can. If it is a receiver that died, the server notices within wal_sender_timeout; pg_stat_replication shows it."
            )
        }
        if message.contains("cannot use a logical replication slot") || message.contains("with a logical") {
            return logicalSlot(slot)
        }
        if message.contains("not in this server's history") {
            return StreamFailure(
                .failed, "The server's log is another one from there on: \(words)",
                advice:
                    "It was restored, or another server was promoted instead of it: go on with a component of its own, or with the server that goes on with this log."
            )
        }
        if message.contains("ahead of the WAL flush position") {
            return StreamFailure(
                .unreachable, "The server has not come as far as the archive: \(words)",
                advice: "A standby may lag behind; a server that was restored needs a component of its own.")
        }
        if message.contains("WAL level not sufficient") || message.contains("wal_level") {
            return StreamFailure(
                .failed, "The server does not log what a recovery needs: \(words)",
                advice: "Set wal_level = replica, and restart the server.")
        }
        if message.contains("replication slots are in use") {
            return StreamFailure(
                .failed, "The server has no room for another replication slot: \(words)",
                advice:
                    "pg_replication_slots shows who has them; drop one that nobody uses, or raise max_replication_slots."
            )
        }
        if state == "57P01" || state == "57P02" || state == "57P03" {
            return StreamFailure(
                .unreachable, "The server shuts down or starts: \(words)", advice: "It is tried again.")
        }
        return replicating(state: state, saying: message)
    }

    private static func removed(_ words: String) -> StreamFailure {
        StreamFailure(
            .logRemoved, "The server has removed log that is not archived: \(words)",
            advice: "Make a new base backup now: from its end on any moment can be reached again.")
    }

    static func logicalSlot(_ slot: String) -> StreamFailure {
        StreamFailure(
            .failed, "The slot '\(slot)' is a logical one, which gives changes and no log.",
            advice: "Name another one with --slot, and make it with --create-slot.")
    }
}
