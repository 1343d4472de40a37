import Capture
import Primitives
import Strategy

/// A moment of a PostgreSQL database: a transaction that exported its snapshot and stays open, so that all dumps see the same (PostgreSQL
/// documentation, 9.27.5).
package final class PostgresHold: HeldDatabase {
    package let files: [(name: String, source: any StreamSource)]
    package let remarks: [String]
    private let connection: Monitor<PostgresConnection?>

    /// Connects, looks for the server's own programs, and begins. Throws where one of these cannot be.
    package init(_ plan: PostgresPlan) throws(StreamFailure) {
        let connection = try PostgresConnection(plan)
        let tools = try PostgresTools(major: connection.major, named: plan.programs)
        for statement in PostgresVersion(connection.major).patience { try connection.ask(statement) }
        try connection.ask("begin isolation level repeatable read read only")
        let facts = try Self.facts(connection)
        let dump = PostgresDump(plan: plan, tools: tools, snapshot: facts.snapshot)
        var files: [(name: String, source: any StreamSource)] = plan.selections.map {
            ("\(plan.database).\($0.name).tar", dump.selection($0))
        }
        if plan.isWhole { files.append((plan.database + PostgresPlan.wholeSuffix, dump.whole)) }
        if plan.keepsGlobals {
            files.append((plan.database + PostgresPlan.globalsSuffix, dump.globals(withPasswords: facts.isSuperuser)))
        }
        if plan.countsRows {
            let census = TableCensus(
                plan: plan, snapshot: facts.snapshot,
                head: [
                    ("database", plan.database), ("server_version", connection.version), ("taken", facts.time),
                    ("lsn", facts.position),
                ])
            files.append((plan.database + PostgresPlan.tablesSuffix, census))
        }
        self.files = files
        remarks =
            facts.isSuperuser || !plan.keepsGlobals
            ? []
            : [
                "The role may not read passwords: \(plan.database)\(PostgresPlan.globalsSuffix) holds roles without them."
            ]
        self.connection = Monitor(connection)
    }

    private struct Facts {
        var snapshot: String
        var time: String
        var position: String
        var isSuperuser: Bool
    }

    private static func facts(_ connection: PostgresConnection) throws(StreamFailure) -> Facts {
        let rows = try connection.ask(
            """
            select pg_catalog.pg_export_snapshot(),
              to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
              case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
              (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
            """)
        guard let row = rows.first, row.count == 4, let snapshot = row[0] else {
            throw StreamFailure(.failed, "The server did not export a snapshot.", advice: "Look into its log.")
        }
        return Facts(snapshot: snapshot, time: row[1] ?? "", position: row[2] ?? "", isSuperuser: row[3] == "t")
    }

    package func release() { connection.withLock { $0 = nil } }
}
