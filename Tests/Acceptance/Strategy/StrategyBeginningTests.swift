import Foundation
import Testing

/// `init --preset` and `strategy`, as somebody begins.
@Suite("A strategy to begin with") struct StrategyBeginningTests {
    /// A directory to begin in, with the sources that the preset names.
    private struct Desk {
        let scratch: Scratch
        let folder: String
        let file: String
        let environment: [String: String]

        init() throws {
            scratch = try Scratch()
            folder = try scratch.folder("ward")
            file = folder + "/safehold.yaml"
            let words = try scratch.write(Place.passphrase + "\n", "passphrase")
            environment = ["SAFEHOLD_HOME": scratch.path + "/home", "SAFEHOLD_PASSPHRASE_FILE": words]
            let example = packageRoot.appending(path: "examples/iqhis").path
            try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", example, folder)
        }

        func run(_ words: String...) throws -> Ended {
            try ChildProcess.run([program] + words, environment: environment, directory: folder)
        }
    }

    @Test("The preset is written, can be followed, and its repository takes backups") func begins() throws {
        let desk = try Desk()
        let made = try desk.run("init", "--preset", "iqhis", "--project", "ward-7").mustBe(0).text
        #expect(made.contains("Wrote the strategy \(desk.file).") && made.contains("safehold strategy check"))
        #expect(try FileStatus.mode(desk.file) == "644")
        let checked = try desk.run("strategy", "check").mustBe(0).text
        #expect(checked.hasSuffix("can be followed; 9 warnings.\n"))
        #expect(checked.split(separator: "\n").dropLast().allSatisfy { $0.contains("is a placeholder") })
        try desk.run("run").mustBe(0)
        let snapshots = try desk.run("snapshots", "--repository", "backup/primary", "--json").mustBe(0).lines()
        #expect(
            Set(snapshots.map { $0.text("component") }) == [
                "documentation", "source", "configuration", "database", "security", "test-data", "dependencies",
            ])
    }

    @Test("Nothing is overwritten; a repository is made only where it is wanted") func careful() throws {
        let desk = try Desk()
        try desk.run("init", "--preset", "iqhis", "--no-repository").mustBe(0)
        #expect(!FileManager.default.fileExists(atPath: desk.folder + "/backup"))
        try ChildProcess.shell("echo '# mine' >> \"$1\"", desk.file)
        let refused = try desk.run("init", "--preset", "iqhis", "--json").mustBe(1).error()
        #expect(refused.text("code") == "target-unusable")
        #expect(try String(contentsOfFile: desk.file, encoding: .utf8).hasSuffix("# mine\n"))
        try desk.run("init", "--preset", "iqhis", "--repository", "x").mustBe(2)
        try desk.run("init", "--project", "x").mustBe(2)
        try desk.run("init", "--preset", "iqhis", "--project", "Ward 7", "--strategy", "other").mustBe(2)
        try desk.run("init", "--preset", "other", "--strategy", "other").mustBe(2)
        #expect(!FileManager.default.fileExists(atPath: desk.folder + "/other"))
    }

    @Test("Everything that is wrong is named with its place, as compilers do") func wrong() throws {
        let desk = try Desk()
        try desk.run("init", "--preset", "iqhis", "--no-repository").mustBe(0)
        try ChildProcess.shell("sed -i -e 's/every 6h/every 6 hoors/' -e 's/^project:.*/project: X/' \"$1\"", desk.file)
        let checked = try desk.run("strategy", "check").mustBe(2)
        let lines = checked.text.split(separator: "\n")
        #expect(lines.count == 3 && lines.allSatisfy { $0.hasPrefix(desk.file + ":") }, "\(checked.said)")
        #expect(checked.errorText.contains("3 places are wrong"), checked.said)
        try ChildProcess.shell(
            "sed -i -e 's/ hoors/h/' -e 's/^project:.*/project: x/' -e 's/^timezone:.*/timezone: Europe\\/Atlantis/' \"$1\"",
            desk.file)
        #expect(try desk.run("strategy", "check").mustBe(2).text.contains("knows no time zone 'Europe/Atlantis'"))
    }

    @Test("What is shown can be followed and means the same; a change is named with whom it concerns") func compares()
        throws
    {
        let desk = try Desk()
        try desk.run("init", "--preset", "iqhis", "--no-repository").mustBe(0)
        let shown = try desk.scratch.write(try desk.run("strategy", "show").mustBe(0).text, "ward/shown.yaml")
        #expect(try desk.run("strategy", "diff", desk.file, shown).mustBe(0).text == "Both mean the same.\n")
        try ChildProcess.shell("sed -i 's/yearly: 7/yearly: 1/; s/every 6h/every 8h/' \"$1\"", desk.file)
        let changed = try desk.run("strategy", "diff", shown, desk.file).mustBe(0).text
        #expect(changed.contains("components.database.schedule: 'full every 6h' became 'full every 8h' [DOC-1]"))
        #expect(
            changed.contains(
                "components.source.retention: '7 daily, 4 weekly, 12 monthly, 7 yearly' became '7 daily, 4 weekly, 12 monthly, 1 yearly' [DOC-2]"
            ))
        #expect(changed.hasSuffix("Reviews that this calls for: system, regulatory.\n"))
        let explained = try desk.run("strategy", "explain", "database").mustBe(0).text
        #expect(explained.contains("every 8h, next on ") && explained.contains("[SCHED-4]"))
        try desk.run("strategy", "explain", "nothing").mustBe(10)
    }
}
