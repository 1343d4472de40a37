import Foundation
import Glibc
import Testing

/// Restore tests and the evidence that they leave (VER-2, docs/drills.md).
@Suite("A restore test") struct RestoreTestTests {
    private static func desk(more: String = "") throws -> DaemonPlace {
        let desk = try DaemonPlace(
            components: """
                documentation:
                  kind: documentation
                  sources: [docs]
                  schedule: { full: every 6h }
                  objectives: { rpo: 24h, rto: 4h }
                """, more: more)
        _ = try (desk.folder("docs/inner"), desk.place.scratch.folder("scratch"))
        for number in 0..<40 { try desk.write("page \(number)\n", "docs/inner/\(number).txt") }
        try desk.write((0..<50_000).map { _ in "\(Int.random(in: 0...999_999)) " }.joined(), "docs/large.txt")
        return desk
    }

    private static func run(_ desk: DaemonPlace) throws {
        try ChildProcess.run([program, "run", "--strategy", desk.strategyFile], environment: desk.environment).mustBe(0)
    }

    private static func drill(_ desk: DaemonPlace, _ words: String...) throws -> Ended {
        var environment = desk.place.reading
        environment["TMPDIR"] = scratch(desk)
        let strategy = words[0] == "restore-test" ? ["--strategy", desk.strategyFile] : []
        return try ChildProcess.run([program, "drill"] + words + ["--json"] + strategy, environment: environment)
    }

    private static func record(_ ended: Ended) throws -> [String: Any] {
        let line = try #require(try ended.lines().first { $0.type == "evidence" }, ended.said)
        return try #require(line.fields["record"] as? [String: Any])
    }

    private static func checks(_ record: [String: Any]) -> [[String: Any]] {
        (record["application"] as? [String: Any])?["checks"] as? [[String: Any]] ?? []
    }

    private static func scratch(_ desk: DaemonPlace) -> String { desk.place.scratch.path + "/scratch" }

    private static func leftovers(_ desk: DaemonPlace) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch(desk))
    }

    @Test("of all files passes, and says all that an inspector asks for; nothing stays in the scratch space")
    func whole() throws {
        let desk = try Self.desk()
        try Self.run(desk)
        try desk.write("another page\n", "docs/inner/7.txt")
        let ended = try Self.drill(desk, "restore-test", "documentation", "--observer", "Eva Elster").mustBe(0)
        let record = try Self.record(ended)
        #expect(record["verdict"] as? String == "passed", ended.said)
        let restored = try #require(record["restored"] as? [String: Any])
        #expect(restored["files"] as? Int == 41 && restored["files_total"] as? Int == 41)
        let oracle = try #require(record["oracle"] as? [String: Any])
        #expect(oracle["compared"] as? Int == 40 && oracle["changed_since"] as? Int == 1)
        #expect((record["metadata"] as? [String: Any])?["compared"] as? Int == 41)
        #expect((record["people"] as? [String: Any])?["observer"] as? String == "Eva Elster")
        let export = try #require(Self.checks(record).last)
        #expect(export["name"] as? String == "export" && export["result"] as? String == "passed", ended.said)
        #expect((record["backup"] as? [String: Any])?["tier"] as? String != "no rule keeps it", ended.said)
        #expect(try Self.leftovers(desk) == [])
        #expect(try Self.drill(desk, "verify").mustBe(0).summary()["records"] == 1)
    }

    @Test("of a sample restores no more than that, and the same again by its seed") func sample() throws {
        let desk = try Self.desk()
        try Self.run(desk)
        try Self.run(desk)
        let first = try Self.record(Self.drill(desk, "restore-test", "documentation", "--sample", "5").mustBe(0))
        #expect((first["restored"] as? [String: Any])?["files"] as? Int == 5)
        let seed = try #require((first["choice"] as? [String: Any])?["seed"] as? String)
        let again = try Self.record(
            Self.drill(desk, "restore-test", "documentation", "--sample", "5", "--seed", seed).mustBe(0))
        #expect(
            (first["restored"] as? [String: Any])?["bytes"] as? Int
                == (again["restored"] as? [String: Any])?["bytes"] as? Int)
        #expect(
            (first["backup"] as? [String: Any])?["snapshot"] as? String
                == (again["backup"] as? [String: Any])?["snapshot"] as? String)
        #expect(try Self.drill(desk, "list").mustBe(0).lines().count { $0.type == "evidence" } == 2)
    }

    @Test(
        "that was killed leaves nothing in the scratch space once the next was held, and no record that is not whole",
        .enabled(if: Faults.isAvailable, Faults.reason)) func killed() throws
    {
        let desk = try Self.desk()
        try Self.run(desk)
        let words = [program, "drill", "restore-test", "documentation", "--json", "--strategy", desk.strategyFile]
        let environment = desk.place.reading.merging(["TMPDIR": Self.scratch(desk)]) { $1 }
        // The first one makes what later ones find.
        try ChildProcess.run(words, environment: environment).mustBe(0)
        let calls = try Faults.count(words, environment)
        var killed = 0, left = 0
        for part in 1...8 {
            let fault = try Faults.killing(at: calls * part / 9)
            let ended = try ChildProcess.run(words, environment: environment.merging(fault) { $1 })
            if ended.way == .signal(SIGKILL) { killed += 1 }
            left += try Self.leftovers(desk).count
            try ChildProcess.run(words, environment: environment).mustBe(0)
            let there = try ChildProcess.shell("find \"$1\" -mindepth 1", Self.scratch(desk))
            #expect(there == "", "killed at \(part) of 9")
            try Self.drill(desk, "verify").mustBe(0)
        }
        #expect(killed > 4 && left > 0, "\(killed) were killed, and \(left) had begun to restore")
    }

    @Test("of a damaged backup fails, names what is damaged, and leaves its record all the same") func damaged() throws
    {
        let desk = try Self.desk()
        try Self.run(desk)
        try ChildProcess.shell(
            """
            for pack in $(find "$1/packs" -type f); do
                chmod u+w "$pack"; printf XXXXXXXX | dd of="$pack" bs=1 seek=5000 conv=notrunc status=none
            done
            """, desk.place.repository)
        let ended = try Self.drill(desk, "restore-test", "documentation").mustBe(11)
        let record = try Self.record(ended)
        #expect(record["verdict"] as? String == "failed" && (record["faults"] as? [String])?.isEmpty == false)
        #expect(try Self.drill(desk, "list").mustBe(0).lines().count { $0.type == "evidence" } == 1)
        #expect(try Self.leftovers(desk) == [])
    }

    @Test("whose record was altered, taken away or brought by somebody is found") func altered() throws {
        let desk = try Self.desk()
        try Self.run(desk)
        try Self.drill(desk, "restore-test", "documentation", "--sample", "1").mustBe(0)
        let folder = desk.place.reading["SAFEHOLD_HOME"].map { $0 + "/evidence" } ?? ""
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        let path = folder + "/" + name
        let text = try String(contentsOfFile: path, encoding: .utf8)
        func finding(_ change: () throws -> Void) throws -> String {
            try change()
            let ended = try Self.drill(desk, "verify").mustBe(11)
            return ended.text + ended.errorText
        }
        let altered = try finding {
            try Data(text.replacing("\"nobody\"", with: "\"Eva Elster\"").utf8).write(to: URL(filePath: path))
        }
        #expect(altered.contains("was altered"), Comment(rawValue: altered))
        let lacking = try finding {
            try Data(text.replacing("\"observer\":\"nobody\"", with: "\"observer\":\"\"").utf8)
                .write(to: URL(filePath: path))
        }
        #expect(lacking.contains("lacks people.observer"), Comment(rawValue: lacking))
        let gone = try finding { try FileManager.default.removeItem(atPath: path) }
        #expect(gone.contains("is not there"), Comment(rawValue: gone))
        let strange = try finding {
            try Data(text.utf8).write(to: URL(filePath: path))
            let other = text.replacing(name.dropLast(5), with: "20200101T000000Z-documentation-00")
            try Data(other.utf8).write(to: URL(filePath: folder + "/20200101T000000Z-documentation-00.json"))
        }
        #expect(strange.contains("nobody knows who made it"), Comment(rawValue: strange))
    }

    @Test("has the strategy's own check look at a stream") func streams() throws {
        let desk = try DaemonPlace(
            components: """
                ward:
                  kind: database
                  schedule: { full: every 6h }
                  streams:
                    - { file: good.dump, command: [seq, '1000'], check: [/bin/sh, -c, 'tail -1 | grep -qx 1000'] }
                    - { file: bad.dump, command: [seq, '1000'], check: [/bin/sh, -c, 'tail -1 | grep -qx 2000'] }
                    - { file: unknown.dump, command: [seq, '9'] }
                """)
        _ = try desk.place.scratch.folder("scratch")
        try Self.run(desk)
        let record = try Self.record(Self.drill(desk, "restore-test", "ward").mustBe(11))
        #expect(Self.checks(record).map { $0["result"] as? String } == ["passed", "failed", "not-done", "passed"])
    }

    @Test("comes from a copy where one is named, and says from which") func copy() throws {
        let desk = try Self.desk()
        let copy = desk.place.scratch.path + "/copy"
        try ChildProcess.shell(
            "sed -i \"s|^components:|  secondary: { role: secondary, site: there, location: $2, copy-of: primary, schedule: every 6h }\\ncomponents:|\" \"$1\"",
            desk.strategyFile, copy)
        try Self.run(desk)
        try ChildProcess.run(
            [program, "replicate", "--repository", desk.place.repository, "--to", copy, "--create"],
            environment: desk.environment
        ).mustBe(0)
        let ended = try Self.drill(
            desk, "restore-test", "documentation", "--store", "secondary", "--snapshot", "oldest", "--sample", "3")
        let record = try Self.record(ended.mustBe(0))
        #expect((record["copy"] as? [String: Any])?["site"] as? String == "there")
        try Self.drill(desk, "restore-test", "documentation", "--store", "elsewhere").mustBe(2)
        try Self.drill(desk, "restore-test", "nothing").mustBe(2)
    }

    @Test("that takes more scratch space than it may is refused before anything is restored") func quota() throws {
        let desk = try Self.desk()
        try desk.write(String(repeating: "long ", count: 500_000), "docs/larger.txt")
        try Self.run(desk)
        let refused = try Self.drill(desk, "restore-test", "documentation", "--quota", "1MiB").mustBe(13).error()
        #expect(refused.text("code") == "storage-full" && refused.text("advice").contains("--sample"))
        // Room to restore it, and not for its export beside it.
        let record = try Self.record(Self.drill(desk, "restore-test", "documentation", "--quota", "4MiB").mustBe(0))
        #expect(Self.checks(record).map { $0["result"] as? String } == ["not-done"])
        #expect(try Self.leftovers(desk) == [])
    }

    @Test("is held by the daemon on its day, and what came of it is in its book") func daemon() throws {
        let desk = try Self.desk(
            more: """
                upkeep: { passphrase-file: PASSPHRASE }
                drills: { restore-test: { schedule: every 1s } }
                """)
        try ChildProcess.shell(
            "sed -i \"s|PASSPHRASE|$2|\" \"$1\"", desk.strategyFile,
            desk.place.passphraseFile)
        try Self.run(desk)
        try desk.start()
        try desk.wait("a restore test") {
            try desk.runs().contains { $0.text("mode") == "restore-test" && $0.text("outcome") == "complete" }
        }
        try desk.stop().mustBe(0)
        let listed = try ChildProcess.run([program, "drill", "list", "--json"], environment: desk.environment).mustBe(0)
        #expect(try listed.lines().contains { $0.text("verdict") == "passed" }, listed.said)
        try ChildProcess.run([program, "drill", "verify"], environment: desk.environment).mustBe(0)
    }
}

/// Databases start in scratch space; as root none does.
@Suite(
    "A restore test of a database",
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct DatabaseRestoreTestTests {
    @Test("brings a dump into an empty server and finds every row; a base backup recovers") func postgres() throws {
        let place = try RecoveryPlace()
        try place.server.tell("ledger", "insert into entries select from generate_series(1, 500)")
        try place.desk.write(
            components: """
                database:
                  kind: database
                  schedule: { full: every 6h }
                  base-backup: { host: \(place.server.socket), user: postgres }
                ledger:
                  kind: database
                  schedule: { full: every 6h }
                  postgresql: { database: ledger, host: \(place.server.socket), user: postgres }
                """)
        try place.baseBackup()
        try place.archiveAll()
        let ended = try place.run(
            ["drill", "restore-test", "--json", "--strategy", place.desk.strategyFile], place.desk.place.reading)
        let records = try ended.mustBe(0).lines().filter { $0.type == "evidence" }
        #expect(records.map { $0.text("verdict") } == ["passed", "passed"], ended.said)
        #expect(ended.text.contains("1 tables with their rows and digests"), ended.said)
        #expect(try place.scratchFolders() == [])
    }
}
