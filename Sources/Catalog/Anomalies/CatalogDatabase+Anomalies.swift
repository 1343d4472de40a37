import GRDB
import Primitives

/// A snapshot of which somebody has to say that it is as it should be, or was said to be.
package struct AnomalyEntry: Sendable, Equatable {
    package struct Clearance: Sendable, Equatable {
        package var time: Timestamp
        package var by: String
        package var reason: String

        package init(time: Timestamp, by: String, reason: String) {
            (self.time, self.by, self.reason) = (time, by, reason)
        }
    }

    /// Its id in hexadecimal digits.
    package var snapshot: String
    package var component: String
    package var time: Timestamp
    /// Sentences, a line each.
    package var reasons: String
    /// The newest snapshot before what happened, as far as it was known.
    package var lastClean: String?
    package var cleared: Clearance?

    package init(snapshot: String, component: String, time: Timestamp, reasons: String, lastClean: String?) {
        (self.snapshot, self.component, self.time) = (snapshot, component, time)
        (self.reasons, self.lastClean) = (reasons, lastClean)
    }
}

extension CatalogDatabase {
    /// Writes an alarm down, once.
    package func note(_ entry: AnomalyEntry) throws {
        try write {
            try $0.execute(
                sql: """
                    INSERT OR IGNORE INTO anomaly (snapshot, component, time, reasons, last_clean) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    entry.snapshot, entry.component, entry.time.nanoseconds, entry.reasons, entry.lastClean,
                ])
        }
    }

    /// Oldest first; without those that were cleared where only `open` ones are asked for.
    package func anomalies(open: Bool) throws -> [AnomalyEntry] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM anomaly WHERE ? OR cleared IS NULL ORDER BY time, snapshot", arguments: [!open]
            ).map(AnomalyEntry.init)
        }
    }

    /// Somebody has looked at these, and found that all is well. Those that the book does not know are written into it.
    package func clear(_ entries: [AnomalyEntry], by user: String, reason: String, at time: Timestamp) throws {
        for entry in entries { try note(entry) }
        try write { db in
            for entry in entries {
                try db.execute(
                    sql: """
                        UPDATE anomaly SET cleared = ?, cleared_by = ?, remark = ? WHERE snapshot = ? AND cleared IS NULL
                        """,
                    arguments: [time.nanoseconds, user, reason, entry.snapshot])
            }
        }
    }
}

extension AnomalyEntry {
    fileprivate init(_ row: Row) {
        self.init(
            snapshot: row["snapshot"], component: row["component"],
            time: row.time("time") ?? Timestamp(nanoseconds: 0), reasons: row["reasons"], lastClean: row["last_clean"])
        guard let time = row.time("cleared") else { return }
        cleared = Clearance(time: time, by: row["cleared_by"] ?? "", reason: row["remark"] ?? "")
    }
}
