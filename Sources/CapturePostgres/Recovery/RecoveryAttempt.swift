import Capture
import Glibc
import Primitives
import Strategy

/// Lets a server recover in scratch space, looks whether it came where it should, and reads what is there.
package enum RecoveryAttempt {
    /// The server is gone when this returns or throws; what it left in the directories is the caller's to remove.
    package static func run(_ trial: RecoveryTrial, isCancelled: @Sendable () -> Bool) throws(StreamFailure)
        -> RecoveryProof?
    {
        let tools = try PostgresTools(major: trial.major, named: trial.programs, needing: "postgres")
        let server = try ScratchServer(trial, tools)
        defer { server.stop() }
        guard let role = try wait(server, trial, isCancelled) else { return nil }
        var proof = try recovered(server, trial, role)
        let databases = try databases(trial, role)
        guard try read(databases, &proof, trial, role, isCancelled) else { return nil }
        switch try check(databases, trial, tools, role, server, isCancelled) {
        case .whole: proof.areIndexesChecked = true
        case .notLookedInto: break
        case .cancelled: return nil
        }
        return proof
    }

    /// Waits until the recovery is where it should be, and returns a role that may look at it. Nil when somebody wants it to end.
    private static func wait(_ server: ScratchServer, _ trial: RecoveryTrial, _ isCancelled: () -> Bool)
        throws(StreamFailure) -> String?
    {
        let clock = ContinuousClock()
        var (heard, said) = (clock.now, Int64(0))
        while !isCancelled() {
            let log = server.log
            if server.hasEnded() { throw RecoveryTrouble.ended(trial, saying: log) }
            if isThere(log, trial), let role = try admitted(trial) { return role }
            if server.logSize != said { (heard, said) = (clock.now, server.logSize) }
            guard clock.now - heard < trial.patience else {
                throw StreamFailure(
                    .failed, "The server did not get on with its recovery for \(trial.patience).\(lastWords(log))",
                    advice: "Look whether the repository answers: 'safehold wal get' brings a single file.")
            }
            usleep(100_000)
        }
        return nil
    }

    static func isThere(_ log: String, _ trial: RecoveryTrial) -> Bool {
        let isPromoted = log.contains("database system is ready to accept connections")
        guard trial.hasTarget else { return isPromoted }
        // Where nobody could be let in yet at the target, it does not pause and is promoted there.
        return log.contains("pausing at the end of recovery") || (isPromoted && log.contains("recovery stopping "))
    }

    /// The role that a cluster begins with may be called otherwise than usual. Nil while the server does not let anybody in yet.
    private static func admitted(_ trial: RecoveryTrial) throws(StreamFailure) -> String? {
        var roles = ["postgres"]
        if let entry = getpwuid(geteuid()) { roles.append(String(cString: entry.pointee.pw_name)) }
        var isUnknown = true
        for role in roles {
            do {
                _ = try PostgresConnection(plan(trial, role, "postgres"))
                return role
            } catch {
                if error.kind == .unreachable { isUnknown = false }
            }
        }
        guard isUnknown else { return nil }
        throw StreamFailure(
            .failed, "The server reached the point, but has none of the roles \(roles.joined(separator: ", ")).",
            advice: "Run the program as a user whose name is that of a superuser of the server.")
    }

    static func plan(_ trial: RecoveryTrial, _ role: String, _ database: String) -> PostgresPlan {
        var plan = PostgresPlan(database: database)
        (plan.host, plan.port, plan.user) = (trial.folder, ScratchServer.port, role)
        return plan
    }

    private static func recovered(_ server: ScratchServer, _ trial: RecoveryTrial, _ role: String)
        throws(StreamFailure) -> RecoveryProof
    {
        let connection = try PostgresConnection(plan(trial, role, "postgres"))
        let row = try connection.ask(
            "select pg_is_in_recovery(), pg_last_wal_replay_lsn(), to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        ).first
        guard let row, row.count == 3, trial.hasTarget || row[0] == "f" else {
            throw StreamFailure(
                .failed, "The server did not stop where it should.\(lastWords(server.log))",
                advice: "Look into what it said; the target may lie behind the end of the archive.")
        }
        return RecoveryProof(
            position: row[1] ?? position(in: server.log) ?? "0/0", lastCommit: row[2],
            stop: line(with: "recovery stopping ", in: server.log))
    }

    private static func position(in log: String) -> String? {
        RecoveryTrouble.text(behind: RecoveryTrouble.lastPosition, in: log).map {
            String($0.prefix { !$0.isWhitespace })
        }
    }

    private static func line(with mark: String, in log: String) -> String? {
        log.split(whereSeparator: \.isNewline).last { $0.contains(mark) }.flatMap { line in
            line.firstRange(of: mark).map { String(line[$0.lowerBound...]) }
        }
    }

    private static func lastWords(_ log: String) -> String { RecoveryTrouble.lastWords(log) }

    private static func databases(_ trial: RecoveryTrial, _ role: String) throws(StreamFailure) -> [String] {
        let names = try PostgresConnection(plan(trial, role, "postgres")).ask(
            "select datname from pg_catalog.pg_database where datallowconn order by datname")
        return names.compactMap { $0.first ?? nil }
    }

    /// Every row of every table that lives through a crash. False when somebody wants it to end.
    private static func read(
        _ databases: [String], _ proof: inout RecoveryProof, _ trial: RecoveryTrial, _ role: String,
        _ isCancelled: () -> Bool
    ) throws(StreamFailure) -> Bool {
        for database in databases {
            let reading = try TableReading(try PostgresConnection(plan(trial, role, database)), database)
            guard let read = try reading.run(isCancelled) else { return false }
            proof.tables += read.tables
            proof.rows += read.rows
            proof.databases += 1
        }
        return true
    }

    private static func check(
        _ databases: [String], _ trial: RecoveryTrial, _ tools: PostgresTools, _ role: String, _ server: ScratchServer,
        _ isCancelled: @Sendable () -> Bool
    ) throws(StreamFailure) -> RelationCheck.Outcome {
        do {
            return try RelationCheck(trial: trial, tools: tools, role: role).run(databases, isCancelled)
        } catch {
            guard server.hasEnded() else { throw error }
            throw RecoveryTrouble.ended(trial, saying: server.log)
        }
    }
}
