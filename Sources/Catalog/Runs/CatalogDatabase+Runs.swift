import GRDB
import Primitives

/// Runs, as they begin and end.
extension CatalogDatabase {
    private static let columns = [
        "job", "subject", "mode", "stamp", "due", "started", "ended", "outcome", "attempt", "strategy", "snapshot",
        "files", "bytes", "bytes_read", "bytes_new", "bytes_stored", "problems", "code", "message", "advice",
        "verdict", "anomaly",
    ]

    /// Writes a run down, and returns its number.
    @discardableResult
    package func add(_ run: RunRecord) throws -> Int64 {
        try write { try Self.insert(run, $0) }
    }

    private static func insert(_ run: RunRecord, _ db: Database) throws -> Int64 {
        let places = databaseQuestionMarks(count: columns.count)
        try db.execute(
            sql: "INSERT INTO run (\(columns.joined(separator: ", "))) VALUES (\(places))", arguments: run.arguments)
        return db.lastInsertedRowID
    }

    /// Brings the entry of `run.id` up to date.
    package func update(_ run: RunRecord) throws {
        let assignments = Self.columns.map { "\($0) = ?" }.joined(separator: ", ")
        try write {
            try $0.execute(
                sql: "UPDATE run SET \(assignments) WHERE id = ?", arguments: run.arguments + [run.id])
        }
    }

    /// Writes down a run that a repository tells of, unless it is in the book; says whether it was not.
    package func addIfUnknown(_ run: RunRecord) throws -> Bool {
        try write { db in
            let known = try Bool.fetchOne(
                db, sql: "SELECT 1 FROM run WHERE snapshot = ?", arguments: [run.figures.snapshot])
            if known == true { return false }
            _ = try Self.insert(run, db)
            return true
        }
    }

    /// A run that nobody ended was cut off by the end of the program. Returns those, as they are now.
    package func endAbandonedRuns(at time: Timestamp) throws -> [RunRecord] {
        try write { db in
            let rows = try Row.fetchAll(db, sql: "SELECT * FROM run WHERE outcome = 'running'")
            try db.execute(
                sql: "UPDATE run SET outcome = 'interrupted', ended = ? WHERE outcome = 'running'",
                arguments: [time.nanoseconds])
            return rows.map { row in
                var run = RunRecord(row)
                (run.outcome, run.ended) = (.interrupted, time)
                return run
            }
        }
    }

    /// Newest first.
    package func runs(
        subject: String? = nil, from: Timestamp? = nil, until: Timestamp? = nil, limit: Int = .max
    ) throws -> [RunRecord] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM run WHERE (?1 IS NULL OR subject = ?1)
                      AND (?2 IS NULL OR coalesce(due, started) >= ?2) AND (?3 IS NULL OR coalesce(due, started) < ?3)
                    ORDER BY started DESC, id DESC LIMIT ?4
                    """,
                arguments: [subject, from?.nanoseconds, until?.nanoseconds, limit])
            return rows.map(RunRecord.init)
        }
    }

    package func run(_ id: Int64) throws -> RunRecord? {
        try read { try Row.fetchOne($0, sql: "SELECT * FROM run WHERE id = ?", arguments: [id]).map(RunRecord.init) }
    }

    /// The newest run of a subject that ended with one of `outcomes`.
    package func newestRun(of subject: String, _ outcomes: [RunRecord.Outcome]) throws -> RunRecord? {
        let names = outcomes.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try read {
            try Row.fetchOne(
                $0,
                sql:
                    "SELECT * FROM run WHERE subject = ? AND outcome IN (\(names)) ORDER BY started DESC, id DESC LIMIT 1",
                arguments: [subject]
            ).map(RunRecord.init)
        }
    }

    package func add(_ line: RunLine, to run: Int64) throws {
        try write {
            try $0.execute(
                sql: "INSERT INTO run_line (runId, time, level, text) VALUES (?, ?, ?, ?)",
                arguments: [run, line.time.nanoseconds, line.level.rawValue, line.text])
        }
    }

    /// In the order in which they were written.
    package func lines(of run: Int64) throws -> [RunLine] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM run_line WHERE runId = ? ORDER BY id", arguments: [run]).map {
                RunLine(
                    time: $0.time("time") ?? Timestamp(nanoseconds: 0),
                    level: RunLine.Level(rawValue: $0["level"]) ?? .note, text: $0["text"])
            }
        }
    }
}
