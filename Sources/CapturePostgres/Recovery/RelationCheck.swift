import Capture
import Glibc
import Primitives
import Strategy

/// Looks into the indexes and tables of a server in scratch space with its own pg_amcheck: reading the tables goes past their indexes.
struct RelationCheck {
    let trial: RecoveryTrial
    let tools: PostgresTools
    let role: String

    enum Outcome: Equatable {
        case whole, notLookedInto, cancelled
    }

    /// Longer than this nothing takes that comes to an end.
    private static let longest = Duration.seconds(14 * 24 * 3600)

    /// A server that waits at its target is made one of its own, for an extension may have to be put into its databases. Where the program or the
    /// extension is not installed here, nothing is looked into. Throws where anything is damaged.
    func run(_ databases: [String], _ isCancelled: @Sendable () -> Bool) throws(StreamFailure) -> Outcome {
        guard access(tools.path("pg_amcheck"), X_OK) == 0 else { return .notLookedInto }
        let connection = try PostgresConnection(RecoveryAttempt.plan(trial, role, "postgres"))
        try connection.ask("set search_path = pg_catalog")
        let isPossible = try connection.ask(
            "select exists (select from pg_available_extensions where name = 'amcheck') and rolsuper from pg_roles where rolname = current_user"
        )
        guard isPossible.first?.first == "t" else { return .notLookedInto }
        try connection.ask("set statement_timeout = 0")
        guard try promote(connection, isCancelled) else { return .cancelled }
        for database in databases { try install(in: database) }
        return try look(isCancelled)
    }

    /// False when somebody wants it to end.
    private func promote(_ connection: PostgresConnection, _ isCancelled: () -> Bool) throws(StreamFailure) -> Bool {
        let statement =
            "select case when pg_is_in_recovery() then pg_promote(true, \(trial.patience.components.seconds)) else true end"
        guard let answer = try connection.ask(statement, isCancelled) else { return false }
        guard answer.first?.first == "t" else {
            throw StreamFailure(
                .failed, "The server reached the point, and does not become a server of its own.",
                advice: "It asks for the histories of later timelines then: 'safehold wal check' says what is wrong.")
        }
        return true
    }

    /// What the database does on such occasions is not for this server.
    private func install(in database: String) throws(StreamFailure) {
        let connection = try PostgresConnection(RecoveryAttempt.plan(trial, role, database))
        guard try connection.ask("select from pg_catalog.pg_extension where extname = 'amcheck'").isEmpty else {
            return
        }
        for setting in ["statement_timeout = 0", "search_path = pg_catalog", "default_transaction_read_only = off"] {
            try connection.ask("set \(setting)")
        }
        for trigger in try connection.ask("select evtname from pg_event_trigger where evtenabled::text <> 'D'") {
            guard let name = trigger.first ?? nil else { continue }
            try connection.ask("alter event trigger \(quotedIdentifier(name)) disable")
        }
        try connection.ask("create extension amcheck schema pg_catalog")
    }

    private func look(_ isCancelled: @Sendable () -> Bool) throws(StreamFailure) -> Outcome {
        var program = BoundedProgram(
            [
                tools.path("pg_amcheck"), "--all", "--host", trial.folder, "--port", String(ScratchServer.port),
                "--username", role, "--no-password", "--maintenance-db", "postgres",
            ], timeout: Self.longest)
        program.settings = ["LC_ALL=C.UTF-8", "PGOPTIONS=-c statement_timeout=0", "PGCONNECT_TIMEOUT=60"]
        let end: BoundedProgram.End
        do {
            end = try program.run(isCancelled: isCancelled)
        } catch {
            throw StreamFailure(
                .failed, "pg_amcheck cannot be started: \((error as? ProgramLaunch.Failed)?.reason ?? "\(error)").",
                advice: "Look at the server's programs, or name other ones with --server-programs.")
        }
        if isCancelled() { return .cancelled }
        guard let problem = end.problem else { return .whole }
        let damage = Self.damage(in: end.output)
        throw StreamFailure(
            .failed, damage.map { "pg_amcheck found damage: \($0)" } ?? "pg_amcheck \(problem): \(end.lastWords)",
            advice:
                "A damaged index is made anew with 'reindex' on the server; for a damaged table take an older base backup. If only indexes over texts are damaged, this host may sort texts otherwise than the server's does."
        )
    }

    /// The last of what it named, on one line.
    static func damage(in output: [UInt8]) -> String? {
        let lines = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline)
        let isNamed = { (line: Substring) in
            line.hasSuffix(":") && (line.hasPrefix("heap table \"") || line.hasPrefix("btree index \""))
        }
        guard let last = lines.lastIndex(where: isNamed) else { return nil }
        return lines[last...].prefix(2).map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
}
