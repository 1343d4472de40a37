import Foundation
import Testing

/// A PostgreSQL server, and a strategy whose component is a base backup of it.
final class BaseBackupPlace {
    let server: ScratchDatabase
    let desk: DaemonPlace

    init(_ server: ScratchDatabase? = nil) throws {
        let server = try server ?? ScratchDatabase()
        self.server = server
        desk = try DaemonPlace(components: Self.component("host: \(server.socket), user: postgres"))
    }

    private static func component(_ settings: String) -> String {
        """
        cluster:
          kind: database
          schedule: { full: every 6h }
          base-backup: { \(settings) }
        """
    }

    func change(_ settings: String) throws { try desk.write(components: Self.component(settings)) }

    private var words: [String] { [program, "run", "--json", "--strategy", desk.strategyFile] }

    /// Backs up once.
    func run() throws -> Ended { try ChildProcess.run(words, environment: desk.environment) }

    func begin() throws -> ChildProcess { try ChildProcess(words.map(\.bytes), environment: desk.environment) }

    func lastRun() throws -> Summary { try #require(try desk.runs("cluster").last) }

    /// What was said in it.
    func lastLog() throws -> String {
        try ChildProcess.run([program, "runs", String(try lastRun()["id"])], environment: desk.environment).mustBe(0)
            .text
    }

    /// Restores the component and returns the directory that holds it.
    func restored() throws -> String {
        let target = desk.place.scratch.path + "/restored-" + UUID().uuidString.prefix(8)
        try ChildProcess.run(
            [program, "restore", "--component", "cluster", "--latest", "--target", target],
            environment: desk.place.reading
        ).mustBe(0)
        return target
    }

    /// What is in a restored base-backup.json.
    func facts(_ folder: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder + "/base-backup.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// By PostgreSQL's own tool. Tablespaces are where the restore put them.
    func verify(_ folder: String, _ words: String...) throws {
        let links = folder + "/data/pg_tblspc"
        for name in try FileManager.default.contentsOfDirectory(atPath: links) {
            let real = try FileManager.default.destinationOfSymbolicLink(atPath: "\(links)/\(name)")
            try ChildProcess.shell("ln -sfn \"$1\" \"$2\"", "\(folder)/tablespaces/\(name)", "\(links)/\(name)")
            try ChildProcess.run(
                [ScratchDatabase.programs + "/pg_verifybackup"] + words + [folder + "/data"]
            ).mustBe(0)
            try ChildProcess.shell("ln -sfn \"$1\" \"$2\"", real, "\(links)/\(name)")
            return
        }
        try ChildProcess.run([ScratchDatabase.programs + "/pg_verifybackup"] + words + [folder + "/data"]).mustBe(0)
    }

    /// Damages a page of the table 'visits' of the database 'iqhis', and backs up: the run is partial and names it.
    func expectDamagedPage() throws {
        let path = try server.ask("iqhis", "select pg_relation_filepath('visits')").dropLast()
        server.stop()
        try server.overwrite(String(path), at: 5 * 8192 + 4000)
        try server.startAgain()
        let ended = try run().mustBe(3)
        #expect(try lastRun().text("outcome") == "partial", ended.said)
        let log = try lastLog()
        #expect(log.contains("block 5 of visits of the database 'iqhis' does not have its checksum"), "\(log)")
    }

    var snapshotCount: Int { get throws { try desk.place.snapshots().count } }
}
