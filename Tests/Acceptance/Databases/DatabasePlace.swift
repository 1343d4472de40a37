import Foundation
import Testing

/// A PostgreSQL server, and a strategy whose component is a database of it.
final class DatabasePlace {
    let server: ScratchDatabase
    let desk: DaemonPlace

    /// `settings` are keys of the database in the strategy, in YAML's short form.
    init(_ settings: String = "") throws {
        server = try ScratchDatabase()
        desk = try DaemonPlace(
            components: Self.component(server, "user: postgres" + (settings.isEmpty ? "" : ", ") + settings))
    }

    private static func component(_ server: ScratchDatabase, _ settings: String) -> String {
        """
        database:
          kind: database
          schedule: { full: every 6h }
          postgresql: { database: iqhis, host: \(server.socket), \(settings) }
        """
    }

    /// Reads from another server.
    func change(to other: ScratchDatabase) throws {
        try desk.write(components: Self.component(other, "user: postgres"))
    }

    /// Changes all of the database's keys but its name and host.
    func change(_ settings: String) throws { try desk.write(components: Self.component(server, settings)) }

    /// Backs up once.
    func run() throws -> Ended {
        try ChildProcess.run(
            [program, "run", "--json", "--strategy", desk.strategyFile], environment: desk.environment)
    }

    /// The newest run.
    func lastRun() throws -> Summary { try #require(try desk.runs("database").last) }

    /// What was said in it.
    func lastLog() throws -> String {
        try ChildProcess.run(
            [program, "runs", String(try lastRun()["id"])], environment: desk.environment
        ).mustBe(0).text
    }

    /// Restores the component and returns the directory that holds its files.
    func restored() throws -> String {
        let target = desk.place.scratch.path + "/restored-" + UUID().uuidString.prefix(8)
        try ChildProcess.run(
            [program, "restore", "--component", "database", "--latest", "--target", target],
            environment: desk.place.reading
        ).mustBe(0)
        return target
    }

    var snapshotCount: Int { get throws { try desk.place.snapshots().count } }
}

extension Ended {
    /// What `run --json` says of the component that failed.
    func failedRun() throws -> Summary {
        try #require(try lines().last { $0.type == "run" && $0.text("code") != "" }, said)
    }

    /// The component's run failed so, and `words` were said of it.
    func mustHaveFailed(_ status: Int32, _ code: String, _ words: String) throws {
        let error = try mustBe(status).failedRun()
        #expect(error.text("code") == code, said)
        #expect((error.text("message") + error.text("advice")).contains(words), said)
    }
}
