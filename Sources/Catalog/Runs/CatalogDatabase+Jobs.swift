import GRDB
import Primitives

/// What schedules remember, and what is frozen.
extension CatalogDatabase {
    package func jobMemories() throws -> [String: JobMemory] {
        try read { db in
            var memories: [String: JobMemory] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM job_memory") {
                var memory = JobMemory()
                memory.handled = row.time("handled")
                memory.failures = row["failures"]
                memory.waiting = row.time("waiting")
                (memory.retry, memory.retryDue) = (row.time("retry"), row.time("retry_due"))
                memories[row["job"]] = memory
            }
            return memories
        }
    }

    /// All of them in one commit: of a set that begins, either every job has begun or none.
    package func remember(_ memories: [String: JobMemory]) throws {
        try write { db in
            for (job, memory) in memories {
                try db.execute(
                    sql: """
                        INSERT INTO job_memory (job, handled, failures, waiting, retry, retry_due)
                        VALUES (?, ?, ?, ?, ?, ?)
                        ON CONFLICT (job) DO UPDATE SET handled = excluded.handled, failures = excluded.failures,
                          waiting = excluded.waiting, retry = excluded.retry, retry_due = excluded.retry_due
                        """,
                    arguments: [
                        job, memory.handled?.nanoseconds, memory.failures, memory.waiting?.nanoseconds,
                        memory.retry?.nanoseconds, memory.retryDue?.nanoseconds,
                    ])
            }
        }
    }

    /// A component that is frozen, and the command that thaws it: written before it is frozen. Words may hold anything, so they stand there
    /// in hexadecimal digits.
    package func noteFrozen(_ component: String, thaw: [String], at time: Timestamp) throws {
        try write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO frozen (component, since, thaw) VALUES (?, ?, ?)",
                arguments: [
                    component, time.nanoseconds, thaw.map { Hex.encode(Array($0.utf8)) }.joined(separator: " "),
                ])
        }
    }

    package func noteThawed(_ component: String) throws {
        try write { try $0.execute(sql: "DELETE FROM frozen WHERE component = ?", arguments: [component]) }
    }

    /// What a program that died left frozen.
    package func frozen() throws -> [(component: String, thaw: [String])] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM frozen ORDER BY since").map { row in
                let thaw: String = row["thaw"]
                let words = thaw.split(separator: " ", omittingEmptySubsequences: false)
                return (row["component"], words.map { String(decoding: Hex.decode($0) ?? [], as: UTF8.self) })
            }
        }
    }

    /// What the daemon says of itself, for whoever asks for the status: by name, the newest word.
    package func note(_ name: String, _ value: String, at time: Timestamp) throws {
        try write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO daemon_note (name, value, time) VALUES (?, ?, ?)",
                arguments: [name, value, time.nanoseconds])
        }
    }

    package func notes() throws -> [String: (value: String, time: Timestamp)] {
        try read { db in
            var notes: [String: (value: String, time: Timestamp)] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM daemon_note") {
                notes[row["name"]] = (row["value"], row.time("time") ?? Timestamp(nanoseconds: 0))
            }
            return notes
        }
    }
}
