import Foundation
import Glibc
import Testing

/// The strategy document's own recovery commands, taken out of its shell blocks and run as they stand, where there is nothing but tar, gzip,
/// cp, sha256sum, pg_restore and a shell.
@Suite(.enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL's programs, setpriv and root are needed"))
struct RecoveryProcedureTests {
    private static let stamp = "20261125T000000Z"

    /// The shell blocks of the document, in their order: documentation, source code, configuration, database.
    private static func blocks() throws -> [String] {
        let page = packageRoot.appending(path: "Tests/Acceptance/Fixtures/recovery-procedures.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let blocks = text.components(separatedBy: "```bash\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        try #require(blocks.count == 4)
        return blocks.map { $0.replacing("TIMESTAMP", with: stamp) }
    }

    /// A directory of links to the few programs that the machine has.
    private static func programs(_ scratch: Scratch) throws -> String {
        let folder = try scratch.folder("programs")
        try ChildProcess.shell(
            """
            cd "$1"; for p in tar gzip cp sha256sum bash; do ln -s "$(command -v $p)" $p; done
            ln -s "$2"/pg_restore pg_restore
            """, folder, ScratchDatabase.programs)
        return folder
    }

    @Test("Each of the four blocks brings back what was there") func literally() throws {
        let database = try ScratchDatabase()
        let set = try ExportedSet()
        let system = try set.place.scratch.folder("system")
        try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", sampleSystem, system)
        try database.make(
            "iqhis",
            "create table visits(id int primary key, note text); insert into visits select n, 'visit ' || n from generate_series(1, 5000) n"
        )
        try database.dump("iqhis", to: system + "/database/iqhis.tar")
        let rows = try database.ask(
            "iqhis", "select count(*), sum(id), md5(string_agg(note, ',' order by id)) from visits")
        try set.backupAll(system, stamp: Self.stamp)
        let archive = try set.export("--project", "iqhis").folder + "/iqhis_backup_\(Self.stamp).tar.gz"
        try database.empty("iqhis")

        let blocks = try Self.blocks()
        let programs = try Self.programs(set.place.scratch)
        for (block, folder) in zip(blocks, ["docs", "src", "config", "database"]) {
            let machine = try set.place.scratch.folder("machine-" + folder)
            try ChildProcess.shell(
                "cp \"$1\" \"$2\"; if [ \"$3\" = docs ]; then mkdir \"$2\"/docs; fi", archive, machine, folder)
            let script = try set.place.scratch.write(block, folder + ".sh")
            let environment = database.environment.merging(["PATH": programs]) { $1 }
            try ChildProcess.run(
                [programs + "/bash", "-e", script], environment: environment, directory: nil, from: machine
            ).mustBe(0)
            try ChildProcess.shell(
                "cd \"$1\" && PATH=\"$2\" sha256sum --check --quiet SHA256SUMS", machine + "/" + Self.stamp, programs)
            let copied = folder == "docs" ? machine + "/docs" : machine
            try ChildProcess.shell(
                "rm -r \"$1\" \"$2\"", machine + "/" + Self.stamp, machine + "/iqhis_backup_\(Self.stamp).tar.gz")
            guard folder != "database" else { continue }
            let differences = try ChildProcess.run(["diff", "-r", system + "/" + folder, copied])
            #expect(differences.status == 0 && differences.text == "", differences.said)
        }
        #expect(
            try database.ask("iqhis", "select count(*), sum(id), md5(string_agg(note, ',' order by id)) from visits")
                == rows)
    }
}

extension ChildProcess {
    /// Runs in a directory although PATH holds next to nothing.
    fileprivate static func run(
        _ words: [String], environment: [String: String], directory: String?, from place: String
    ) throws -> Ended {
        let script = "cd \"$1\" && shift && exec \"$@\""
        return try run(["/bin/bash", "-c", script, "bash", place] + words, environment: environment)
    }
}
