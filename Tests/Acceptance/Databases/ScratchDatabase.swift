import Foundation
import Glibc
import Testing

/// A PostgreSQL server of a test's own: in a temporary directory, on a socket there, as a user who is nobody.
final class ScratchDatabase: Sendable {
    static let programs: String = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return "/usr/lib/postgresql/\(versions.compactMap { Int($0) }.max() ?? 0)/bin"
    }()

    static var isAvailable: Bool {
        access(programs + "/initdb", X_OK) == 0 && ChildProcess.has("setpriv")
    }

    private let scratch: Scratch
    private var data: String { scratch.path + "/data" }

    /// Where its socket is: what `host` is to be.
    var socket: String { scratch.path }

    /// `segment`: how large the files of its log are, in MiB.
    init(hasChecksums: Bool = false, segment: Int = 16) throws {
        scratch = try Scratch()
        try ChildProcess.shell("chmod 700 \"$1\"; chown 65534:65534 \"$1\"", scratch.path)
        let words = [
            "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C",
            "--wal-segsize=\(segment)",
        ]
        try asNobody("initdb", words + (hasChecksums ? ["--data-checksums"] : []))
        try start()
    }

    /// A server on a base backup that was restored to `folder`, with its tablespaces.
    init(adopting folder: String) throws {
        scratch = try Scratch()
        try ChildProcess.shell(
            """
            chmod 700 "$1"; mv "$2/data" "$1/data"; [ ! -d "$2/tablespaces" ] || mv "$2/tablespaces" "$1/tablespaces"
            for link in "$1"/data/pg_tblspc/*; do [ -L "$link" ] && ln -sfn "$1/tablespaces/${link##*/}" "$link"; done
            chown -hR 65534:65534 "$1"
            """, scratch.path, folder)
        try start()
    }

    /// A directory of the server's own user.
    func folder(_ name: String) throws -> String {
        let path = scratch.path + "/" + name
        try ChildProcess.shell("mkdir \"$1\"; chown 65534:65534 \"$1\"", path)
        return path
    }

    /// As a disk that forgets: a byte of one of its files becomes another. The server is stopped meanwhile.
    func overwrite(_ file: String, at offset: Int) throws {
        try Damage.flip(data + "/" + file, at: offset)
    }

    /// What a killed server left of its socket names a process that nobody may have buried yet.
    func startAgain() throws {
        try ChildProcess.shell("rm -f \"$1\"/.s.PGSQL.*", scratch.path)
        try start()
    }

    var dataDirectory: String { data }

    /// What lies below the pg_wal of a data directory: by path the digests of all files.
    func log(below directory: String) throws -> [String: String] {
        let lines = try ChildProcess.shell(
            "cd \"$1\"/pg_wal; find . -type f -printf '%P\\0' | xargs -0 -r sha256sum", directory
        ).split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
        return Dictionary(
            uniqueKeysWithValues: lines.map { ($0[1].drop { $0 == " " }, $0[0]) }.map { (String($0), String($1)) })
    }

    var log: String { (try? String(contentsOfFile: scratch.path + "/log", encoding: .utf8)) ?? "" }

    /// Gives each file of its log to a command from now on.
    func archive(with command: String) throws {
        try tell("postgres", "alter system set archive_mode = on")
        try tell("postgres", "alter system set archive_command = '\(command)'")
        try asNobody("pg_ctl", "-D", data, "-w", "-m", "fast", "stop")
        try start()
    }

    /// As an administrator stops it: whoever follows has all of its log then.
    func stopInOrder() throws { try asNobody("pg_ctl", "-D", data, "-w", "-t", "40", "-m", "fast", "stop") }

    /// A server on a data directory that recovers and is promoted; it archives nothing. Throws where it does not come up.
    init(recovering directory: String) throws {
        scratch = try Scratch()
        try ChildProcess.shell(
            "chmod 700 \"$1\"; chown 65534:65534 \"$1\"; ln -s \"$2\" \"$1\"/data", scratch.path, directory)
        try start("-c archive_mode=off")
        try waitUntil("it recovers still") { try ask("postgres", "select pg_is_in_recovery()") != "t\n" }
    }

    deinit { stop() }

    func stop() {
        guard FileManager.default.fileExists(atPath: data + "/postmaster.pid") else { return }
        try? asNobody("pg_ctl", "-D", data, "-m", "immediate", "stop")
    }

    /// A standby of it that follows.
    func standby() throws -> ScratchDatabase { try ScratchDatabase(following: self) }

    private init(following primary: ScratchDatabase) throws {
        scratch = try Scratch()
        try ChildProcess.shell("chmod 700 \"$1\"; chown 65534:65534 \"$1\"", scratch.path)
        try asNobody(
            "pg_basebackup", "-h", primary.socket, "-U", "postgres", "-D", data, "-R", "-X", "stream", "-c", "fast",
            "--no-sync")
        try start()
    }

    private func start(_ more: String = "") throws {
        try asNobody(
            "pg_ctl", "-D", data, "-w", "-l", scratch.path + "/log",
            "-o", "-c listen_addresses='' -c unix_socket_directories='\(scratch.path)' -c fsync=off \(more)", "start")
    }

    /// As a crash of the machine ends it.
    func kill() throws {
        try ChildProcess.shell(
            "pid=$(head -n 1 \"$1\"); kill -STOP \"$pid\"; pkill -9 -P \"$pid\"; kill -9 \"$pid\"; rm \"$1\"",
            data + "/postmaster.pid")
    }

    /// Who may connect how: lines of pg_hba.conf.
    func admit(_ lines: String) throws {
        try lines.write(toFile: data + "/pg_hba.conf", atomically: false, encoding: .utf8)
        _ = try run("psql", "-q", "-d", "postgres", "-c", "select pg_reload_conf()")
    }

    /// For those who connect.
    var environment: [String: String] { ["PGHOST": scratch.path, "PGPORT": "5432"] }

    private func asNobody(_ program: String, _ words: String...) throws { try asNobody(program, words) }

    private func asNobody(_ program: String, _ words: [String]) throws {
        try ChildProcess.run(
            // The server outlives who starts it, and must not hold what tells of that one's end.
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", "exec 63>&-; exec \"$@\"",
                "bash", Self.programs + "/" + program,
            ] + words,
            // What the server itself calls keeps its state where that user may write.
            environment: ["SAFEHOLD_HOME": scratch.path + "/server-state"], directory: scratch.path
        ).mustBe(0)
    }

    private func run(_ program: String, _ words: String...) throws -> Ended {
        try ChildProcess.run([Self.programs + "/" + program, "-U", "postgres"] + words, environment: environment)
            .mustBe(0)
    }

    func make(_ name: String, _ statements: String) throws {
        _ = try run("createdb", name)
        _ = try run("psql", "-q", "-d", name, "-c", statements)
    }

    func tell(_ name: String, _ statements: String) throws {
        _ = try run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", statements)
    }

    /// Restores as the strategy document has it.
    func restore(_ name: String, from file: String) throws { _ = try run("pg_restore", "-d", name, file) }

    /// Runs a script of psql's over and over. After SIGTERM it ends what it is at, and itself; after SIGKILL the server may do that much yet.
    func keepRunning(_ name: String, _ statements: String) throws -> ChildProcess {
        let script = "trap exit TERM; while :; do \"$0\" -q -U postgres -d \"$1\" -c \"$2\" || exit; done"
        return try ChildProcess(
            ["/bin/sh", "-c", script, Self.programs + "/psql", name, statements].map { Array($0.utf8) },
            environment: environment)
    }

    func dump(_ name: String, to file: String) throws { _ = try run("pg_dump", "-Ft", "-d", name, "-f", file) }

    /// As on a new server.
    func empty(_ name: String) throws {
        _ = try run("dropdb", name)
        _ = try run("createdb", name)
    }

    func ask(_ name: String, _ question: String) throws -> String {
        try run("psql", "-At", "-d", name, "-c", question).text
    }
}
