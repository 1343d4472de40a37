import Capture
import Glibc
import Primitives
import Strategy

/// A cluster that initdb made in scratch space, with a server of our own on it.
package struct EmptyCluster: ScratchCluster {
    package let socketFolder: String
    package let port = ScratchServer.port
    package let superuser = "postgres"
    private let server: Monitor<ScratchServer>
    private let tools: PostgresTools
    private let patience: Duration

    /// Longer than this nothing takes that comes to an end.
    private static let longest = Duration.seconds(14 * 24 * 3600)

    package init(_ request: ScratchClusterRequest, isCancelled: @Sendable () -> Bool) throws(StreamFailure) {
        tools = try PostgresTools(major: request.major, named: request.programs, needing: "postgres")
        let data = request.folder + "/data"
        try Self.run(
            [
                tools.path("initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding",
                "UTF8", "--locale", "C.UTF-8", "--no-sync",
            ], isCancelled)
        let trial = RecoveryTrial(
            dataDirectory: data, folder: request.folder, major: request.major, programs: request.programs,
            hasTarget: false)
        let server = try ScratchServer(trial, tools)
        do throws(StreamFailure) {
            try Self.wait(server, trial, isCancelled)
        } catch {
            server.stop()
            throw error
        }
        self.server = Monitor(server)
        (socketFolder, patience) = (request.folder, request.patience)
    }

    private static func wait(_ server: ScratchServer, _ trial: RecoveryTrial, _ isCancelled: () -> Bool)
        throws(StreamFailure)
    {
        let began = ContinuousClock.now
        while !server.log.contains("database system is ready to accept connections") {
            if isCancelled() { throw StreamFailure(.failed, "It was stopped.", advice: "Run it again.") }
            if server.hasEnded() || ContinuousClock.now - began > trial.patience {
                throw StreamFailure(
                    .failed, "The server for the test did not start.\(RecoveryTrouble.lastWords(server.log))",
                    advice: "Its last words say why.")
            }
            usleep(20_000)
        }
    }

    /// Roles without what only their own server can have, such as tablespaces: the owners and grantees of what a dump brings back.
    package func makeRoles(from globals: String, isCancelled: @Sendable () -> Bool) throws(StreamFailure) {
        try Self.run(
            [
                tools.path("psql"), "--no-psqlrc", "--quiet", "--host", socketFolder, "--port", String(port),
                "--username", superuser, "--dbname", "postgres", "--file", globals,
            ], isCancelled)
    }

    package func restore(_ dump: String, into database: String, isCancelled: @Sendable () -> Bool)
        throws(StreamFailure)
    {
        let connection = try PostgresConnection(plan("postgres"))
        try connection.ask("create database \(quotedIdentifier(database)) template template0")
        try Self.run(
            [
                tools.path("pg_restore"), "--exit-on-error", "--no-password", "--no-tablespaces", "--host",
                socketFolder, "--port", String(port), "--username", superuser, "--dbname", database, dump,
            ], isCancelled)
    }

    private func plan(_ database: String) -> PostgresPlan {
        var plan = PostgresPlan(database: database)
        (plan.host, plan.port, plan.user) = (socketFolder, port, superuser)
        return plan
    }

    private static func run(_ words: [String], _ isCancelled: @Sendable () -> Bool) throws(StreamFailure) {
        var program = BoundedProgram(words, timeout: longest)
        program.settings = ["LC_ALL=C.UTF-8", "PGOPTIONS=-c statement_timeout=0", "PGCONNECT_TIMEOUT=60"]
        let name = words[0].split(separator: "/").last ?? ""
        let end: BoundedProgram.End
        do {
            end = try program.run(isCancelled: isCancelled)
        } catch {
            throw StreamFailure(
                .failed, "\(name) cannot be started: \((error as? ProgramLaunch.Failed)?.reason ?? "\(error)").",
                advice: "Look at the server's programs, or name other ones with --server-programs.")
        }
        if isCancelled() { throw StreamFailure(.failed, "It was stopped.", advice: "Run it again.") }
        if let problem = end.problem {
            throw StreamFailure(.failed, "\(name) \(problem): \(end.lastWords)", advice: "Its last words say why.")
        }
    }

    package func stop() { server.withLock { $0.stop() } }
}
