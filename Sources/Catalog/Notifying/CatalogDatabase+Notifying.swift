import Foundation
import GRDB
import Primitives

/// A row of what notifying remembers; what its bytes mean is not the catalog's business.
package struct NotifyingRow: Sendable, Equatable {
    package var table: String
    package var key: String
    package var bytes: [UInt8]

    package init(table: String, key: String, bytes: [UInt8]) {
        (self.table, self.key, self.bytes) = (table, key, bytes)
    }
}

/// Who was told of what, or could not be.
package struct ToldRow: Sendable, Equatable {
    package var time: Timestamp
    package var contact: String
    package var channel: String
    package var severity: String
    package var kinds: String
    package var error: String?

    package init(
        time: Timestamp, contact: String, channel: String, severity: String, kinds: String, error: String?
    ) {
        (self.time, self.contact, self.channel) = (time, contact, channel)
        (self.severity, self.kinds, self.error) = (severity, kinds, error)
    }
}

extension CatalogDatabase {
    package func notifyingRows() throws -> [NotifyingRow] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT kind, name, bytes FROM notifying").map { row in
                let bytes: Data = row["bytes"]
                return NotifyingRow(table: row["kind"], key: row["name"], bytes: Array(bytes))
            }
        }
    }

    /// One commit: what is written here is sent afterwards, and never the other way round.
    package func keep(_ put: [NotifyingRow], removing: [NotifyingRow], told: [ToldRow]) throws {
        guard !(put.isEmpty && removing.isEmpty && told.isEmpty) else { return }
        try write { db in
            for row in removing {
                try db.execute(
                    sql: "DELETE FROM notifying WHERE kind = ? AND name = ?", arguments: [row.table, row.key])
            }
            for row in put {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO notifying (kind, name, bytes) VALUES (?, ?, ?)",
                    arguments: [row.table, row.key, Data(row.bytes)])
            }
            for row in told {
                try db.execute(
                    sql: "INSERT INTO told (time, contact, channel, severity, kinds, error) VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [row.time.nanoseconds, row.contact, row.channel, row.severity, row.kinds, row.error])
            }
        }
    }

    /// Newest first.
    package func told(limit: Int) throws -> [ToldRow] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM told ORDER BY id DESC LIMIT ?", arguments: [limit]).map { row in
                ToldRow(
                    time: row.time("time") ?? Timestamp(nanoseconds: 0), contact: row["contact"],
                    channel: row["channel"], severity: row["severity"], kinds: row["kinds"], error: row["error"])
            }
        }
    }

    /// What somebody asks the daemon to do, in the order in which it was asked: an acknowledgement, a run.
    package func ask(_ kind: String, _ text: String, by user: String, at time: Timestamp) throws {
        try write {
            try $0.execute(
                sql: "INSERT INTO request (kind, text, user, time) VALUES (?, ?, ?, ?)",
                arguments: [kind, text, user, time.nanoseconds])
        }
    }

    /// Takes them away: each is answered once.
    package func takeRequests() throws -> [(kind: String, text: String, user: String)] {
        guard try read({ try Bool.fetchOne($0, sql: "SELECT 1 FROM request LIMIT 1") }) == true else { return [] }
        return try write { db in
            let rows = try Row.fetchAll(db, sql: "SELECT * FROM request ORDER BY id")
            try db.execute(sql: "DELETE FROM request")
            return rows.map { (kind: $0["kind"], text: $0["text"], user: $0["user"]) }
        }
    }
}
