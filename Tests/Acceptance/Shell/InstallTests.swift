import Foundation
import Testing

/// `make install` with a program that was built already.
@Suite(.enabled(if: ChildProcess.has("make") && ChildProcess.has("python3"), "make or python3 is not there"))
struct InstallTests {
    private static func install(prefix: String, staging: String = "") throws -> Ended {
        try ChildProcess.run(
            ["make", "install", "PREFIX=" + prefix] + (staging.isEmpty ? [] : ["DESTDIR=" + staging]),
            environment: ["SAFEHOLD_PROGRAM": program], directory: packageRoot.path)
    }

    private static let installed = Result {
        let scratch = try Scratch()
        try install(prefix: scratch.path + "/usr").mustBe(0)
        return scratch
    }

    @Test("Program, manual pages, completions and documents are where they belong, for all to read") func files() throws
    {
        let root = try Self.installed.get().path + "/usr"
        var expected: Set = [
            "bin/safehold", "share/bash-completion/completions/safehold", "share/zsh/site-functions/_safehold",
            "share/fish/vendor_completions.d/safehold.fish", "share/doc/safehold/README.md",
            "share/doc/safehold/restore.py", "lib/systemd/system/safehold.service",
            "share/safehold/prometheus/safehold.rules.yml", "share/safehold/grafana/safehold.json",
        ]
        for document in try FileStatus.files(below: packageRoot.appending(path: "docs").path)
        where document.hasSuffix(".md") && !document.contains("/") {
            expected.insert("share/doc/safehold/\(document)")
        }
        for command in try DescribedCommand.all.get() {
            expected.insert("share/man/man1/" + (["safehold"] + command.words).joined(separator: "-") + ".1")
        }
        let there = try FileStatus.files(below: root)
        #expect(expected.subtracting(there) == [])
        #expect(Set(there).subtracting(expected) == ["share/doc/safehold/LICENSE", "share/doc/safehold/CHANGELOG.md"])
        for file in there {
            #expect(try FileStatus.mode(root + "/" + file) == (file == "bin/safehold" ? "755" : "644"))
        }
    }

    @Test("What was installed runs, and completes by the installed script") func runs() throws {
        let root = try Self.installed.get().path + "/usr"
        let version = try ChildProcess.run([root + "/bin/safehold", "version"]).mustBe(0).text
        #expect(version == (try ChildProcess.run([program, "version"]).mustBe(0).text))
        for (shell, file) in [
            ("bash", "bash-completion/completions/safehold"), ("zsh", "zsh/site-functions/_safehold"),
            ("fish", "fish/vendor_completions.d/safehold.fish"),
        ] {
            let script = try ChildProcess.shell("cat \"$1\"", root + "/share/" + file)
            #expect(script == (try ChildProcess.run([program, "completions", shell]).mustBe(0).text), "\(shell)")
        }
    }

    @Test(
        "The daemon's unit is one that systemd takes, and runs the program where it was installed",
        .enabled(if: ChildProcess.has("systemd-analyze"), "systemd-analyze is not there"))
    func unit() throws {
        let root = try Self.installed.get().path + "/usr"
        let unit = root + "/lib/systemd/system/safehold.service"
        // It asks whether the page is on MANPATH, which is this machine's, not the unit's.
        let verdict = try ChildProcess.run(["systemd-analyze", "verify", "--man=no", unit])
        #expect(verdict.status == 0 && verdict.errorText == "", verdict.said)
        #expect(try ChildProcess.shell("grep ^ExecStart= \"$1\"", unit).contains("=\(root)/bin/safehold daemon "))
    }

    @Test("DESTDIR stages below another root") func staged() throws {
        let scratch = try Scratch()
        try Self.install(prefix: "/opt/safehold", staging: scratch.path).mustBe(0)
        let there = try FileStatus.files(below: scratch.path)
        #expect(there.contains("opt/safehold/bin/safehold") && there.allSatisfy { $0.hasPrefix("opt/safehold/") })
    }

    @Test(
        "Every manual page renders without a complaint and explains every option",
        .enabled(if: ChildProcess.has("groff"), "groff is not there"))
    func pages() throws {
        let root = try Self.installed.get().path + "/usr/share/man/man1/"
        for command in try DescribedCommand.all.get() {
            let name = (["safehold"] + command.words).joined(separator: "-")
            let page = try ChildProcess.run([
                "groff", "-mdoc", "-Tascii", "-P-cbou", "-wall", "-ww", root + name + ".1",
            ]).mustBe(0)
            #expect(page.errorText == "", "\(name)")
            let text = page.text
            #expect(text.contains("\n     \(name) -"), "\(text.prefix(200))")
            for part in command.options + command.subcommands + [
                "NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SAFEHOLD_REPOSITORY", "SAFEHOLD_RECIPIENT_FILE",
            ] { #expect(text.contains(part), "\(name) lacks \(part)") }
            guard ChildProcess.has("mandoc") else { continue }
            try ChildProcess.run(["mandoc", "-T", "lint", "-W", "error", root + name + ".1"]).mustBe(0)
        }
    }
}
