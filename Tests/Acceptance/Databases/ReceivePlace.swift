import Foundation
import Glibc
import Testing

/// A server with segments of 1 MiB, and a component whose log is received from it.
final class ReceivePlace {
    let server: ScratchDatabase
    let desk: DaemonPlace
    private var receivers: [ChildProcess] = []

    /// `settings`: more keys of the base backup, in YAML's short form. `more`: lines behind those of 'notifications'.
    init(_ server: ScratchDatabase? = nil, _ settings: String = "", more: String = "") throws {
        self.server = try server ?? ScratchDatabase(segment: 1)
        desk = try DaemonPlace(
            components: """
                cluster:
                  kind: database
                  schedule: { full: every 30d }
                  base-backup: { host: \(self.server.socket), user: postgres\(settings) }
                """, more: more)
        if server == nil { try self.server.tell("postgres", "create table entries(id serial, text text)") }
    }

    private func words(_ more: [String]) -> [String] {
        [program, "wal", "receive", "--json", "--component", "cluster", "--strategy", desk.strategyFile] + more
    }

    /// Until all that is whole now is archived.
    func receive(_ more: String...) throws -> Ended {
        try ChildProcess.run(words(["--once"] + more), environment: desk.environment)
    }

    func run(_ more: String...) throws -> Ended {
        try ChildProcess.run(words(more), environment: desk.environment)
    }

    /// Goes on, as long as this lives.
    func begin(_ more: String...) throws -> ChildProcess {
        let receiver = try ChildProcess(words(more).map(\.bytes), environment: desk.environment)
        receivers.append(receiver)
        return receiver
    }

    deinit { for receiver in receivers where !receiver.ends(within: 0) { receiver.signal(SIGKILL) } }

    /// Has the server finish so many segments; returns the last one.
    @discardableResult
    func finish(_ count: Int) throws -> String {
        for _ in 1..<count { try server.tell("postgres", Self.some + "; select pg_switch_wal()") }
        try server.tell("postgres", Self.some)
        return String(try server.ask("postgres", "select pg_walfile_name(pg_switch_wal())").dropLast())
    }

    static let some = "insert into entries(text) select md5(n::text) from generate_series(1, 300) n"

    func writer() throws -> ChildProcess {
        try server.keepRunning("postgres", Self.some + "; select pg_switch_wal(); select pg_sleep(0.1)")
    }

    func check() throws -> Ended {
        try ChildProcess.run([program, "wal", "check", "cluster", "--json"], environment: desk.place.reading)
    }

    /// With the server that the strategy names.
    func checkServer(_ more: String...) throws -> Ended {
        try ChildProcess.run(
            [program, "wal", "check", "cluster", "--json", "--strategy", desk.strategyFile] + more,
            environment: desk.place.reading)
    }

    /// The last segment of a timeline that is archived.
    func last(_ timeline: Int = 1) throws -> String {
        try check().mustBe(0).lines().last { $0.type == "wal-timeline" && $0["timeline"] == timeline }?.text("last")
            ?? ""
    }

    /// The first segment that the server keeps for the slot; empty where there is no slot.
    func kept() throws -> String {
        // At a boundary the server means the segment before it.
        let kept = "select pg_walfile_name(restart_lsn + 1::numeric) from pg_replication_slots"
        return String(try server.ask("postgres", kept).prefix { $0 != "\n" })
    }

    /// Whether the server need not keep a segment any more.
    func isConfirmed(_ name: String) throws -> Bool { try kept() > name }

    var slots: String { get throws { try server.ask("postgres", "select slot_name from pg_replication_slots") } }

    /// Whether what is archived of a segment is what the server has.
    func isSame(_ name: String) throws -> Bool {
        let target = desk.place.scratch.path + "/segment"
        try ChildProcess.run(
            [program, "wal", "get", "--component", "cluster", name, target], environment: desk.place.reading,
            directory: server.dataDirectory
        ).mustBe(0)
        return try ChildProcess.run(["cmp", target, "\(server.dataDirectory)/pg_wal/\(name)"]).status == 0
    }

    func takeRepositoryAway() throws { try ChildProcess.shell("mv \"$1\" \"$1.away\"", desk.place.repository) }

    func bringRepositoryBack() throws { try ChildProcess.shell("mv \"$1.away\" \"$1\"", desk.place.repository) }
}
