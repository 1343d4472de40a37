import Foundation
import Testing

/// Two hosts that share a repository: one has a log, the other one is its witness.
@Suite("Witnesses of the audit log")
struct AuditWitnessTests {
    let desk: AuditDesk
    let witness: [String: String]
    let keys: String

    init() throws {
        desk = try AuditDesk()
        witness = desk.environment.merging(["SAFEHOLD_HOME": desk.place.scratch.path + "/witness"]) { $1 }
        keys = desk.place.scratch.path + "/witness.vkeys"
        let made = try desk.run("audit", "witness", "init", "--name", "example.org/witness", as: witness).mustBe(0)
        try Data(made.output).write(to: URL(filePath: keys))
        try desk.run("audit", "publish").mustBe(0)
        try desk.run("audit", "witness", "add", "--policy", desk.place.home + "/audit/policy", as: witness).mustBe(0)
        try cosign("cosigned")
    }

    private func cosign(_ outcome: String, location: SourceLocation = #_sourceLocation) throws {
        let lines = try desk.run("audit", "witness", "cosign", "--json", as: witness).mustBe(0).lines()
        #expect(lines.map { $0.text("outcome") } == [outcome], sourceLocation: location)
    }

    private func refused(_ words: String..., location: SourceLocation = #_sourceLocation) throws -> [String] {
        let all = ["audit", "witness", "cosign", "--json"] + words
        let ended = try ChildProcess.run([program] + all, environment: witness)
        #expect(ended.status == 11, ended.said, sourceLocation: location)
        return try ended.lines().filter { ["finding", "error"].contains($0.type) }.map { $0.text("code") }
    }

    @Test("A witness signs what goes on, and who demands its signature sees how far it vouches") func grows() throws {
        let repository = desk.place.repository
        #expect(try desk.finding("--witness", keys) == "audit-unwitnessed")
        #expect(try desk.finding("--witness", keys, "--repository", repository) == nil)
        try cosign("unchanged")
        // It was not looked at for a while.
        for _ in 0..<3 {
            try desk.run("stats").mustBe(0)
            try desk.run("audit", "publish").mustBe(0)
        }
        try cosign("cosigned")
        let words = ["audit", "verify", "--json", "--witness", keys, "--repository", repository]
        let summary = try ChildProcess.run([program] + words, environment: desk.environment).mustBe(0).summary()
        #expect(summary["witnessed_entries"] + 1 == summary["entries"], "but for the end of the last publishing")
        let shown = try desk.run("audit", "witness", "list", as: witness).mustBe(0).text
        #expect(shown.contains("safehold.internal/audit/"))
    }

    @Test("The log and the repository are put back: the witness remembers") func rolledBack() throws {
        try desk.shell("cp -a $home $scratch/old; cp -a \"$1\" $scratch/old-repository", desk.place.repository)
        try desk.run("stats").mustBe(0)
        try desk.run("audit", "publish").mustBe(0)
        try cosign("cosigned")
        try desk.shell(
            "rm -r $home \"$1\"/audit; cp -a $scratch/old $home; cp -a $scratch/old-repository/audit \"$1\"/audit",
            desk.place.repository)
        #expect(try desk.finding("--repository", desk.place.repository) == nil, "without a witness nobody can tell")
        #expect(try refused() == ["audit-rolled-back"])
        // It goes on from there, longer than it was.
        for _ in 0..<3 { try desk.run("stats").mustBe(0) }
        try desk.run("audit", "publish").mustBe(0)
        #expect(try refused() == ["audit-unwitnessed"])
        let size = try desk.run("audit", "witness", "list", "--json", as: witness).mustBe(0).lines()[0]["entries"]
        let request = desk.place.scratch.path + "/request"
        let made = try desk.run("audit", "witness", "request", "--from", "\(size)").mustBe(0)
        try Data(made.output).write(to: URL(filePath: request))
        #expect(try refused("--request", request) == ["audit-forked"])
    }

    @Test(
        "Its signature is one that programs of others verify",
        .enabled(if: Restorer.python != nil, Restorer.reason)) func outside() throws
    {
        let ended = try ChildProcess.run([
            try #require(Restorer.python), packageRoot.appending(path: "Tests/OutsideVerifiers/cosignatures.py").path,
            keys, desk.place.repository + "/audit",
        ]).mustBe(0)
        #expect(ended.text == "1\n", ended.said)
        guard OutsideVerifier.isPossible else { return }
        // What the witness signed is what the log goes on from, for Go's own implementation as well.
        try desk.run("stats").mustBe(0)
        try desk.shell(
            "cp \"$(grep -l example.org/witness \"$1\"/audit/*/0*/*)\" $scratch/signed", desk.place.repository)
        let folder = desk.place.scratch.path + "/export"
        try desk.run("audit", "export", "--to", folder).mustBe(0)
        let vkey = try String(contentsOfFile: folder + "/log.vkey", encoding: .utf8).split(separator: "\n")[0]
        let verdict = try ChildProcess.run([
            try OutsideVerifier.program.get(), "-old", desk.place.scratch.path + "/signed", String(vkey),
            folder + "/log",
        ])
        #expect(verdict.status == 0, verdict.said)
    }
}
