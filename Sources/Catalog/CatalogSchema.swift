import GRDB

/// The tables, as they came to be. A step that was released is never changed; a new one is added.
enum CatalogSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs") { try runs($0) }
        migrator.registerMigration("2 strategy and reviews") { try strategy($0) }
        migrator.registerMigration("3 notifying") { try notifying($0) }
        migrator.registerMigration("4 identity") { try identity($0) }
        migrator.registerMigration("5 signatures and proofs") { try identityTables(["signature", "proof"], $0) }
        migrator.registerMigration("6 anomalies") { try anomalies($0) }
        migrator.registerMigration("7 services") { try identityTables(["service"], $0) }
        return migrator
    }

    /// Times are nanoseconds since 1970 in UTC.
    private static func runs(_ db: Database) throws {
        try db.create(table: "run") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("job", .text).notNull()
            table.column("subject", .text).notNull().indexed()
            table.column("mode", .text).notNull()
            table.column("stamp", .text).indexed()
            table.column("due", .integer)
            table.column("started", .integer).notNull().indexed()
            table.column("ended", .integer)
            table.column("outcome", .text).notNull()
            table.column("attempt", .integer).notNull()
            table.column("strategy", .text)
            table.column("snapshot", .text)
            table.column("files", .integer).notNull().defaults(to: 0)
            table.column("bytes", .integer).notNull().defaults(to: 0)
            table.column("bytes_read", .integer).notNull().defaults(to: 0)
            table.column("bytes_new", .integer).notNull().defaults(to: 0)
            table.column("bytes_stored", .integer).notNull().defaults(to: 0)
            table.column("problems", .integer).notNull().defaults(to: 0)
            table.column("code", .text)
            table.column("message", .text)
            table.column("advice", .text)
        }
        // A run that happened once is in the book once, whoever writes it there.
        try db.create(
            index: "run_snapshot", on: "run", columns: ["snapshot"], options: .unique,
            condition: Column("snapshot") != nil)
        try db.create(table: "run_line") { table in
            table.autoIncrementedPrimaryKey("id")
            table.belongsTo("run", onDelete: .cascade).notNull()
            table.column("time", .integer).notNull()
            table.column("level", .text).notNull()
            table.column("text", .text).notNull()
        }
        try db.create(table: "job_memory") { table in
            table.primaryKey("job", .text)
            table.column("handled", .integer)
            table.column("failures", .integer).notNull().defaults(to: 0)
            table.column("waiting", .integer)
            table.column("retry", .integer)
            table.column("retry_due", .integer)
        }
        try db.create(table: "daemon_note") { table in
            table.primaryKey("name", .text)
            table.column("value", .text).notNull()
            table.column("time", .integer).notNull()
        }
        try db.create(table: "frozen") { table in
            table.primaryKey("component", .text)
            table.column("since", .integer).notNull()
            table.column("thaw", .text).notNull()
        }
    }

    private static func strategy(_ db: Database) throws {
        try db.create(table: "strategy_version") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("digest", .text).notNull().indexed()
            table.column("time", .integer).notNull()
            table.column("user", .text).notNull()
            table.column("file", .text).notNull()
            table.column("text", .text).notNull()
            table.column("changes", .text).notNull()
        }
        try db.create(table: "review") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("name", .text).notNull()
            table.column("reason", .text).notNull()
            table.column("due", .integer).notNull()
            table.column("done", .integer)
            table.column("user", .text)
            table.column("remark", .text)
        }
        try db.create(index: "review_once", on: "review", columns: ["name", "due"], options: .unique)
    }

    private static func notifying(_ db: Database) throws {
        try db.create(table: "notifying") { table in
            table.column("kind", .text).notNull()
            table.column("name", .text).notNull()
            table.column("bytes", .blob).notNull()
            table.primaryKey(["kind", "name"])
        }
        try db.create(table: "told") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("time", .integer).notNull()
            table.column("contact", .text).notNull()
            table.column("channel", .text).notNull()
            table.column("severity", .text).notNull()
            table.column("kinds", .text).notNull()
            table.column("error", .text)
        }
        try db.create(table: "request") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("kind", .text).notNull()
            table.column("text", .text).notNull()
            table.column("user", .text).notNull()
            table.column("time", .integer).notNull()
        }
    }

    /// What the room Identity keeps: digests, and secrets that are sealed. A table for each kind, so that somebody who looks sees how
    /// many there are; what the bytes mean is not the catalog's business.
    private static func identity(_ db: Database) throws {
        try identityTables(
            [
                "note", "person", "role", "credential", "authenticator", "signer", "session", "request", "words",
                "signing_period",
            ], db)
        try db.create(table: "identity_version") { table in
            table.primaryKey("number", .integer)
            table.column("seal", .blob).notNull()
            table.column("before", .blob).notNull()
        }
    }

    private static func anomalies(_ db: Database) throws {
        try db.alter(table: "run") { table in
            table.add(column: "verdict", .text)
            table.add(column: "anomaly", .text)
        }
        try db.create(table: "anomaly") { table in
            table.primaryKey("snapshot", .text)
            table.column("component", .text).notNull().indexed()
            table.column("time", .integer).notNull()
            table.column("reasons", .text).notNull()
            table.column("last_clean", .text)
            table.column("cleared", .integer)
            table.column("cleared_by", .text)
            table.column("remark", .text)
        }
    }

    private static func identityTables(_ kinds: [String], _ db: Database) throws {
        for kind in kinds {
            try db.create(table: "identity_" + kind) { table in
                table.primaryKey("key", .blob)
                table.column("bytes", .blob).notNull()
            }
        }
    }
}
