import Foundation
import Testing

/// The entries of a log in a repository: for whom, whole, and of use when the host is gone.
@Suite("Copies of the audit log")
struct AuditCopiesTests {
    let desk: AuditDesk

    init() throws {
        desk = try AuditDesk()
        try desk.run("hold", "list").mustBe(0)
        try desk.run("audit", "publish").mustBe(0)
        try desk.run("keys", "list").mustBe(0)
        try desk.run("audit", "publish").mustBe(0)
    }

    private var repository: String { desk.place.repository }

    @Test("Only who opens backups reads them, and they are those that were signed") func sealed() throws {
        let words = ["audit", "verify", "--json", "--repository", repository, "--entries"]
        let summary = try ChildProcess.run([program] + words, environment: desk.environment).mustBe(0).summary()
        #expect(summary["copied_entries"] + 1 == summary["entries"], "but for the end of the last publishing")
        #expect(try ChildProcess.run([program] + words, environment: desk.place.writing).status == 12)
        let clear = try ChildProcess.shell(
            "(grep -rlaE 'hold-list|keys-list' \"$1\"/audit || true) | wc -l", repository)
        #expect(clear == "0\n")
        // Entries of an older time in place of the newest.
        try desk.shell(
            "cd \"$1\"/audit/*/entries; last=$(ls | tail -n 1); n=$(ls $last); rm $last/$n/*; cp 0000000000/*/* $last/$n/",
            repository)
        #expect(try desk.finding("--repository", repository, "--entries") == "object-damaged")
    }

    @Test("When the host is gone, a copy of the repository still has who did what, for programs of others as well")
    func hostIsGone() throws {
        let (copy, folder) = (desk.place.scratch.path + "/copy", desk.place.scratch.path + "/export")
        try desk.run("replicate", "--to", copy, "--create").mustBe(0)
        try desk.run("replicate", "--to", copy).mustBe(0)
        try desk.shell("cp $home/audit/policy $scratch/policy; rm -r $home")
        try desk.run(
            "audit", "export", "--repository", copy, "--to", folder, "--policy", desk.place.scratch.path + "/policy"
        )
        .mustBe(0)
        let text = try String(contentsOfFile: folder + "/acts.txt", encoding: .utf8)
        #expect(text.contains("hold-list, ok") && text.contains("keys-list, ok"))
        try desk.run("audit", "verify", "--log", folder + "/log", "--policy", folder + "/policy").mustBe(0)
        #expect(try desk.acts("--act", "keys", "--log", folder + "/log", "--policy", folder + "/policy").count == 1)
        guard OutsideVerifier.isPossible else { return }
        let vkey = try String(contentsOfFile: folder + "/log.vkey", encoding: .utf8).split(separator: "\n")[0]
        let verdict = try ChildProcess.run([try OutsideVerifier.program.get(), String(vkey), folder + "/log"])
        #expect(verdict.status == 0, verdict.said)
    }

    @Test("The policy of another log is not believed") func others() throws {
        let other = desk.environment.merging(["SAFEHOLD_HOME": desk.place.scratch.path + "/other"]) { $1 }
        try desk.run("stats", as: other).mustBe(0)
        let ended = try desk.run(
            "audit", "export", "--repository", repository, "--to", desk.place.scratch.path + "/none", "--policy",
            desk.place.scratch.path + "/other/audit/policy", "--json")
        #expect(try ended.mustBe(11).error().text("code") == "signature-invalid")
    }
}
