import Capture
import Glibc
import Primitives

/// A server of our own on a data directory in scratch space: nobody but us reaches it, it archives nothing, and it ends with us,
/// however we end.
final class ScratchServer {
    private let child: pid_t
    private let folder: String
    private var status: Int32?
    private var said: ServerLog

    static let port = 5432

    /// Starts it. Its settings are ours alone, but for those that a recovery has to take over from the server that was backed up.
    init(_ trial: RecoveryTrial, _ tools: PostgresTools) throws(StreamFailure) {
        folder = trial.folder
        said = ServerLog(trial.folder + "/log")
        do {
            try Self.writeSettings(trial, try Self.limits(trial, tools))
            child = try Self.start(trial, tools)
        } catch let failure as StreamFailure {
            throw failure
        } catch {
            let reason = (error as? ProgramLaunch.Failed)?.reason ?? (error as? Failure)?.message ?? "\(error)"
            throw StreamFailure(
                .failed, "A server in \(trial.folder) cannot be started: \(reason).",
                advice: "Check that there is room, and that the directory may be written; TMPDIR names another one.")
        }
    }

    deinit { stop() }

    private static func start(_ trial: RecoveryTrial, _ tools: PostgresTools) throws -> pid_t {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let log = open(trial.folder + "/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw LocalFile.unusable(errno, "create", trial.folder + "/log") }
        defer { close(log) }
        return try ProgramLaunch.startBound(
            [
                tools.path("postgres"), "-D", trial.dataDirectory, "-c", "config_file=\(trial.folder)/postgresql.conf",
            ],
            // At once, without a word to anybody: who would have looked at it is gone.
            [nothing, log, log], settings: ["LC_ALL=C.UTF-8"], endedBy: SIGQUIT)
    }

    private static func writeSettings(_ trial: RecoveryTrial, _ limits: [String]) throws {
        let folder = quotedText(trial.folder.replacing("\\", with: "\\\\"))
        let settings =
            [
                "listen_addresses = ''", "port = \(port)", "unix_socket_directories = \(folder)",
                "unix_socket_permissions = 0700", "hba_file = \(folder.dropLast())/pg_hba.conf'",
                "ident_file = \(folder.dropLast())/pg_ident.conf'", "archive_mode = off", "hot_standby = on",
                "autovacuum = off", "fsync = off", "jit = off", "logging_collector = off", "log_destination = stderr",
                "lc_messages = 'C'", "timezone = 'UTC'", "restart_after_crash = off", "max_standby_archive_delay = -1",
            ] + limits
            // Those of its databases would run when we come in; from version 17 on there are such.
            + (trial.major >= 17 ? ["event_triggers = off"] : [])
        try LocalFile.write(
            Array((settings.joined(separator: "\n") + "\n").utf8), to: trial.folder + "/postgresql.conf")
        // The socket lies in a directory that only we may enter.
        try LocalFile.write(Array("local all all trust\n".utf8), to: trial.folder + "/pg_hba.conf")
        try LocalFile.write([], to: trial.folder + "/pg_ident.conf")
    }

    /// What a server that recovers may not have less of than the one that wrote the log (PostgreSQL documentation, 27.4.3).
    private static func limits(_ trial: RecoveryTrial, _ tools: PostgresTools) throws -> [String] {
        var program = BoundedProgram([tools.path("pg_controldata"), trial.dataDirectory], timeout: .seconds(60))
        program.settings = ["LC_ALL=C"]
        let end = try program.run()
        guard end.problem == nil else {
            throw StreamFailure(
                .failed, "The control file of what was restored cannot be read: \(end.lastWords)",
                advice: "Take another base backup for the restore, with --set or --at.")
        }
        let names = [
            "max_connections setting": "max_connections", "max_worker_processes setting": "max_worker_processes",
            "max_wal_senders setting": "max_wal_senders", "max_prepared_xacts setting": "max_prepared_transactions",
            "max_locks_per_xact setting": "max_locks_per_transaction",
        ]
        return String(decoding: end.output, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = names[String(parts[0])],
                let value = Int(parts[1].filter { $0 != " " })
            else { return nil }
            return "\(name) = \(value)"
        }
    }

    /// What it said so far, as far as it matters.
    var log: String {
        said.readOn()
        return said.text
    }

    /// How much it had said when that was asked for last, in bytes.
    var logSize: Int64 { said.size }

    /// Nil while it runs.
    func hasEnded() -> Bool {
        if status != nil { return true }
        var found: Int32 = 0
        guard waitpid(child, &found, WNOHANG) == child else { return false }
        status = found
        return true
    }

    /// Ends it: in an orderly way, or else.
    func stop() {
        for (signal, turns) in [(SIGINT, 600), (SIGQUIT, 200), (SIGKILL, 200)] where !hasEnded() {
            kill(signal == SIGKILL ? -child : child, signal)
            for _ in 0..<turns where !hasEnded() { usleep(50_000) }
        }
    }
}
