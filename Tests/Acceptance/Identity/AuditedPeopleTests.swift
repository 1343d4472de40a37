import Foundation
import Testing

/// Who did what, where people sign in (VER-7, 21 CFR 11.10(e)).
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct AuditedPeopleTests {
    @Test("Who acts, and who is refused, stands in the audit log with name and role; who may read it is one of few")
    func named() throws {
        let hospital = try Hospital()
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        for login in ["ben", "otto", "ada"] { try hospital.login(login).mustBe(0) }
        try hospital.run("ben", "backup", hospital.place.source).mustBe(0)
        try hospital.run("otto", "users", "list", "--json").mustBeRefused("not-permitted")
        try hospital.run("otto", "audit", "log", "--json").mustBeRefused("not-permitted")
        let nobody = ["SAFEHOLD_SESSION": hospital.place.scratch.path + "/sessions/nobody"]
        try hospital.run("nobody", "snapshots", "--json", settings: nobody).mustBeRefused("not-signed-in")

        let acts = try hospital.run("ada", "audit", "search", "--json").mustBe(0).lines()
        func last(_ name: String) throws -> Summary { try #require(acts.last { $0.text("act") == name }) }
        let backup = try last("backup")
        #expect(backup.text("printed_name") == "Ben Amsel" && backup.text("login") == "ben")
        #expect(backup.text("role") == "backup-administrator" && backup.text("outcome") == "ok")
        #expect(backup.text("authentication") == "session")
        let refused = try last("users-list")
        #expect(refused.text("printed_name") == "Otto Amsel" && refused.text("outcome") == "refused")
        #expect(refused.text("code") == "not-permitted")
        let stranger = try last("snapshots")
        #expect(stranger.text("outcome") == "refused" && stranger.text("code") == "not-signed-in")
        #expect(stranger.text("login") == "")
        #expect(try last("login").text("outcome") == "ok")
        let bens = try hospital.run("ada", "audit", "search", "--person", "ben", "--json").mustBe(0).lines()
        #expect(bens.contains { $0.text("act") == "backup" } && !bens.contains { $0.text("act") == "users-list" })
    }
}
