import Capture
import Strategy

/// What a server or its programs say, in words that tell a database administrator what to do.
enum PostgresTrouble {
    static func connecting(to plan: PostgresPlan, saying message: String) -> StreamFailure {
        let words = Self.words(message)
        // One that the role may not have now, and may in a while.
        if message.contains("too many connections") { return crowded(words) }
        let denied = [
            "authentication failed", "no password supplied", "no pg_hba.conf entry", "role \"", "permission denied",
        ]
        if denied.contains(where: message.contains) {
            return StreamFailure(
                .denied, "The server does not let us in: \(words)",
                advice:
                    "Check the role and pg_hba.conf; passwords are taken from the service file or from 'password-file'. docs/databases.md has a script that makes the role."
            )
        }
        if message.contains("database \""), message.contains("does not exist") {
            return StreamFailure(
                .failed, "The server has no database '\(plan.database)': \(words)",
                advice: "Check 'database' in the strategy; 'psql --list' shows what there is.")
        }
        if message.contains("definition of service") || message.contains("service file") {
            return StreamFailure(
                .failed, "There is no such connection service: \(words)",
                advice: "Look into ~/.pg_service.conf of the user who backs up, or set PGSERVICEFILE for the daemon.")
        }
        // libpq's own words.
        if message.contains("timeout expired") {
            return StreamFailure(
                .unreachable, "The server does not answer: \(words)",
                advice:
                    "It is stopped, overloaded or out of reach behind a firewall, or 'host' and 'port' lead to something else that listens there. 'pg_isready' tells; it is tried again."
            )
        }
        return unreachable(words)
    }

    /// It let us in.
    static func silent(for patience: Duration) -> StreamFailure {
        StreamFailure(
            .unreachable, "The server did not answer for \(patience).",
            advice:
                "It may be stopped or overloaded, or wait for its disk: look into its log and at its host. It is tried again."
        )
    }

    private static func crowded(_ words: String) -> StreamFailure {
        StreamFailure(
            .unreachable, "The server has no connection left for us: \(words)",
            advice:
                "pg_stat_activity shows who has them; raise the role's or the database's 'connection limit'. It is tried again."
        )
    }

    private static func unreachable(_ words: String) -> StreamFailure {
        StreamFailure(
            .unreachable, "The server cannot be reached: \(words)",
            advice: "Is it running, and do 'host' and 'port' fit? 'pg_isready' tells; it is tried again.")
    }

    /// `state` is an SQLSTATE (PostgreSQL documentation, appendix A).
    static func asking(state: String?, saying message: String) -> StreamFailure {
        let words = Self.words(message)
        if message.contains("conflict with recovery") || message.contains(lostMoment) { return conflict(words) }
        if message.contains("promoted during") { return promoted(words) }
        switch state {
        case "42501"?:
            return StreamFailure(
                .denied, "The role may not do that: \(words)",
                advice: message.contains("backup") ? Self.backupAdvice : Self.roleAdvice(message))
        case "53100"?:
            return StreamFailure(
                .failed, "The server's disk is full: \(words)",
                advice: "Make room on the server's file systems; nothing of this dump was kept.")
        case "55P03"?:
            return locked(words)
        case "57P01"?, "57P02"?, "57P03"?: return shutDown(words)
        case .some: return StreamFailure(.failed, "The server refuses: \(words)", advice: "Nothing was kept of it.")
        case nil: return unreachable(words)
        }
    }

    /// Of what a program of the server's said on its standard error; nil where it is nothing special.
    static func program(_ name: String, _ status: String, _ said: String) -> StreamFailure? {
        let words = Self.words(said)
        if said.contains("permission denied") || said.contains("must be superuser") {
            return StreamFailure(.denied, "\(name) \(status): \(words)", advice: Self.roleAdvice(said))
        }
        if said.contains("conflict with recovery") || said.contains(lostMoment) { return conflict(words) }
        if said.contains("lock timeout") || said.contains("canceling statement due to lock") { return locked(words) }
        // What pg_dump's --lock-wait-timeout comes to.
        if said.contains("statement timeout") && said.contains("LOCK TABLE") { return locked(words) }
        if said.contains("server version mismatch") {
            return StreamFailure(
                .toolMissing, "\(name) is of another version than the server: \(words)",
                advice: "Name the directory of the server's own version with 'programs'.")
        }
        if said.contains("No space left") || said.contains("could not extend file") {
            return StreamFailure(
                .failed, "A disk is full: \(words)",
                advice:
                    "pg_dump lays each table by in /tmp first, and the server sorts in its own directories: make room there."
            )
        }
        let ends = [
            "terminating connection due to", "the database system is shutting down",
            "the database system is starting up",
            "server closed the connection unexpectedly",
        ]
        if ends.contains(where: said.contains) { return shutDown(words) }
        if said.contains("no matching") {
            return StreamFailure(
                .failed, "A selection fits nothing in the database: \(words)",
                advice:
                    "Correct its patterns in the strategy; as they are, it would save nothing and look as if it had.")
        }
        if said.contains("connection to server") || said.contains("could not connect") { return unreachable(words) }
        return nil
    }

    /// A snapshot is there as long as the session that exported it. A standby that is in need of it ends that session first.
    private static let lostMoment = "invalid snapshot identifier"

    static let backupAdvice =
        "Grant it pg_backup_start and pg_backup_stop: docs/databases.md has the two lines under 'data-directory'."

    private static func roleAdvice(_ message: String) -> String {
        message.contains("large object")
            ? "pg_read_all_data does not reach large objects: have a superuser run 'alter role ROLE set lo_compat_privileges = on', as docs/databases.md has it."
            : "Give the role what it needs, pg_read_all_data for the tables; docs/databases.md has a script for it."
    }

    private static func shutDown(_ words: String) -> StreamFailure {
        StreamFailure(
            .unreachable, "The server shut down, or an administrator ended the connection: \(words)",
            advice:
                "Nothing was kept of it; it is tried again. Where it is a standby that needed what was being read, its log says so: raise max_standby_streaming_delay there, or back up from the primary."
        )
    }

    static func promoted(_ words: String) -> StreamFailure {
        StreamFailure(
            .unreachable, "The standby became a primary meanwhile: \(words)",
            advice: "Nothing was kept of this backup; it is tried again, from the server as it is now.")
    }

    private static func conflict(_ words: String) -> StreamFailure {
        StreamFailure(
            .unreachable, "The standby needed what the dump was reading: \(words)",
            advice:
                "Set hot_standby_feedback = on there, or raise max_standby_streaming_delay; or dump from the primary. It is tried again."
        )
    }

    private static func locked(_ words: String) -> StreamFailure {
        StreamFailure(
            .unreachable, "Somebody holds a table locked: \(words)",
            advice:
                "pg_locks shows who. Move the backup away from what changes tables; on a standby, where the log's replay may hold a table and wait for the dump, set hot_standby_feedback = on. It is tried again."
        )
    }

    /// On one line.
    static func words(_ message: String) -> String {
        let lines = message.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }
        return lines.suffix(4).joined(separator: " / ")
    }
}
