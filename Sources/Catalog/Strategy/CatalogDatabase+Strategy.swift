import GRDB
import Primitives

/// A strategy as it was from a day on.
package struct StrategyVersion: Sendable, Equatable {
    package var digest: Digest32
    package var time: Timestamp
    package var user: String
    package var file: String
    package var text: String
    /// In words, one a line; empty for the first.
    package var changes: [String]

    package init(
        digest: Digest32, time: Timestamp, user: String, file: String, text: String, changes: [String]
    ) {
        (self.digest, self.time, self.user) = (digest, time, user)
        (self.file, self.text, self.changes) = (file, text, changes)
    }
}

/// Something that people have to look at again.
package struct ReviewEntry: Sendable, Equatable {
    package var id: Int64 = 0
    package var name: String
    package var reason: String
    package var due: Timestamp
    package var done: Timestamp?
    package var user: String?
    package var remark: String?

    package init(name: String, reason: String, due: Timestamp) {
        (self.name, self.reason, self.due) = (name, reason, due)
    }
}

extension CatalogDatabase {
    package func add(_ version: StrategyVersion) throws {
        try write {
            try $0.execute(
                sql:
                    "INSERT INTO strategy_version (digest, time, user, file, text, changes) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    version.digest.hex, version.time.nanoseconds, version.user, version.file, version.text,
                    version.changes.joined(separator: "\n"),
                ])
        }
    }

    /// Newest first.
    package func strategyVersions() throws -> [StrategyVersion] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM strategy_version ORDER BY id DESC").map { row in
                let changes: String = row["changes"]
                return StrategyVersion(
                    digest: Digest32(hex: row["digest"] as String) ?? .zero,
                    time: row.time("time") ?? Timestamp(nanoseconds: 0), user: row["user"], file: row["file"],
                    text: row["text"], changes: changes.split(separator: "\n").map(String.init))
            }
        }
    }

    /// Raises a review, once for its name and day; says whether it is new.
    @discardableResult
    package func raise(_ review: ReviewEntry) throws -> Bool {
        try write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO review (name, reason, due) VALUES (?, ?, ?)",
                arguments: [review.name, review.reason, review.due.nanoseconds])
            return db.changesCount > 0
        }
    }

    /// In the order of their due times; `open` ones only, or all.
    package func reviews(open: Bool) throws -> [ReviewEntry] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM review WHERE NOT ? OR done IS NULL ORDER BY due, id", arguments: [open]
            ).map { row in
                var review = ReviewEntry(
                    name: row["name"], reason: row["reason"], due: row.time("due") ?? Timestamp(nanoseconds: 0))
                (review.id, review.done) = (row["id"], row.time("done"))
                (review.user, review.remark) = (row["user"], row["remark"])
                return review
            }
        }
    }

    /// Says whether there was such a review that was not done yet.
    package func finishReview(_ id: Int64, by user: String, remark: String, at time: Timestamp) throws -> Bool {
        try write { db in
            try db.execute(
                sql: "UPDATE review SET done = ?, user = ?, remark = ? WHERE id = ? AND done IS NULL",
                arguments: [time.nanoseconds, user, remark, id])
            return db.changesCount > 0
        }
    }
}
