import Foundation
import Glibc
import Testing

/// A server that archives its log, and base backups of it, all in the hands of a user who is nobody: as root no server runs.
final class RecoveryPlace {
    /// A moment of the ledger: what had been committed by then, and where the server was.
    struct Mark {
        var rows: Int
        var time: String
        var position: String
        var transaction: String
    }

    let server: ScratchDatabase
    let desk: DaemonPlace
    private let copy: String

    convenience init() throws {
        try self.init(on: ScratchDatabase())
        try server.make(
            "ledger", "create table entries(id serial primary key, at timestamptz default clock_timestamp())")
    }

    /// What is on the server already is in base backups only: its log was not archived. It is started again.
    init(on server: ScratchDatabase) throws {
        self.server = server
        desk = try DaemonPlace(
            components: """
                database:
                  kind: database
                  schedule: { full: every 6h }
                  base-backup: { host: \(server.socket), user: postgres }
                """)
        copy = desk.place.scratch.path + "/safehold"
        try ChildProcess.shell(
            "cp \"$1\" \"$2\"; chmod 755 \"$2\"; chown -R 65534:65534 \"$3\"", program, copy, desk.place.scratch.path)
        try archive()
    }

    /// The server archives into the repository from now on.
    func archive() throws {
        try server.archive(
            with:
                "env SAFEHOLD_HOME=\(desk.place.home) SAFEHOLD_REPOSITORY=\(desk.place.repository) \(copy) wal push --component database %p"
        )
    }

    /// As the server's user.
    func run(_ words: [String], _ environment: [String: String]) throws -> Ended {
        try begin(words, environment).wait()
    }

    /// The same, without waiting for its end.
    func begin(_ words: [String], _ environment: [String: String]) throws -> ChildProcess {
        var environment = environment
        environment["TMPDIR"] = desk.place.scratch.path
        // Each user has a state of his own, and an audit log in it.
        if environment["SAFEHOLD_HOME"] == desk.place.reading["SAFEHOLD_HOME"] {
            environment["SAFEHOLD_HOME"] = desk.place.scratch.path + "/server-state"
        }
        return try ChildProcess(
            (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy] + words).map { Array($0.utf8) },
            environment: environment)
    }

    /// Where recoveries are tried at this moment, or were when they were killed.
    func scratchFolders() throws -> [String] {
        let path = desk.place.scratch.path
        return try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix("safehold-recovery-") }.map { path + "/" + $0 }
    }

    func baseBackup() throws {
        try run(["run", "--json", "--strategy", desk.strategyFile], desk.environment).mustBe(0)
        // Its end is told to the second.
        usleep(1_100_000)
    }

    /// Commits so many entries, each by itself, and says where the server is then.
    func commit(_ count: Int) throws -> Mark {
        for _ in 0..<count { try server.tell("ledger", "insert into entries default values") }
        let number = try server.ask("ledger", "insert into entries default values returning pg_current_xact_id()")
        let row = try server.ask(
            "ledger",
            "select count(*), to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00', pg_current_wal_lsn() from entries"
        ).dropLast().split(separator: "|").map(String.init)
        usleep(20_000)
        return Mark(
            rows: Int(row[0]) ?? -1, time: row[1], position: row[2],
            transaction: String(number.prefix { $0.isNumber }))
    }

    /// Waits until all that was written so far is in the repository.
    func archiveAll() throws {
        let name = try server.ask("postgres", "select pg_walfile_name(pg_switch_wal())").dropLast()
        let done = "select coalesce(last_archived_wal, '') >= '\(name)' from pg_stat_archiver"
        try waitUntil("the server does not archive: \(server.log.suffix(2000))") {
            try server.ask("postgres", done) == "t\n"
        }
    }

    /// Kills a push, of this server only, at whatever it is doing. Has the server go on to another segment as long as none was seen.
    func killPush() throws {
        let kill = """
            for try in $(seq 100); do
                pid=$(pgrep -n -f "$1 wal push") && kill -9 "$pid" 2>/dev/null && exit 0
                sleep 0.02
            done
            exit 1
            """
        try waitUntil("no push was seen: \(server.log.suffix(2000))") {
            _ = try server.ask("postgres", "select pg_switch_wal()")
            return try ChildProcess.run(["bash", "-c", kill, "bash", copy]).status == 0
        }
    }

    func takeRepositoryAway() throws { try ChildProcess.shell("mv \"$1\" \"$1.away\"", desk.place.repository) }

    func bringRepositoryBack() throws { try ChildProcess.shell("mv \"$1.away\" \"$1\"", desk.place.repository) }

    /// Waits until the server knows that a push failed since it was started.
    func awaitFailedPush() throws {
        let failed = "select failed_count > 0 from pg_stat_archiver"
        try waitUntil("no push failed: \(server.log.suffix(2000))") { try server.ask("postgres", failed) == "t\n" }
    }

    /// A directory that is not there yet, where the server's user may make it.
    func directory() -> String { desk.place.scratch.path + "/recovered-" + UUID().uuidString.prefix(8) }

    func recover(to directory: String?, _ words: String...) throws -> Ended {
        try run(
            ["restore", "database", "--json"] + (directory.map { ["--to", $0] } ?? []) + words, desk.place.reading)
    }

    /// What the ledger holds once a server has recovered there: how many entries, and whether none is missing among them.
    func ledger(in directory: String) throws -> Int {
        let recovered = try ScratchDatabase(recovering: directory)
        defer { recovered.stop() }
        let row = try recovered.ask("ledger", "select count(*), coalesce(max(id), 0) from entries").dropLast()
            .split(separator: "|").compactMap { Int($0) }
        #expect(row.count == 2 && row[0] == row[1], "entries are missing: \(row)")
        return row.first ?? -1
    }
}
