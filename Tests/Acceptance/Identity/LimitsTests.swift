import Foundation
import Testing

/// Roles that are limited to some components and stores, and those of one's own (SEC-4), by the program.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct LimitsTests {
    private func withKey(_ hospital: Hospital, _ login: String, _ words: String...) throws -> Ended {
        try hospital.run(
            login, words + ["--json"], settings: ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile])
    }

    /// Refused, and the message has the name of what is out of bounds.
    private func refused(_ ended: Ended, naming name: String, _ location: SourceLocation = #_sourceLocation) throws {
        try ended.mustBeRefused("not-permitted", 12, location)
        let said = ended.text + ended.errorText
        #expect(said.contains("'\(name)'"), ended.said, sourceLocation: location)
    }

    /// What anna asks for, and ben and carla agree to.
    private func agreed(_ hospital: Hospital, _ words: [String]) throws -> String {
        let line = try #require(try hospital.run("anna", words + ["--request", "--json"]).mustBe(0).lines().last)
        for login in ["ben", "carla"] {
            try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
        }
        return line.text("id")
    }

    @Test("Who is limited to a component backs up that one, and is refused others by name") func component() throws {
        let hospital = try Hospital()
        let source = hospital.place.source
        try ChildProcess.shell("echo content > \"$1\"/file", source)
        for login in ["anna", "otto"] { try hospital.login(login).mustBe(0) }
        try hospital.run("anna", "users", "grant", "otto", "operator", "--component", "wards").mustBe(0)
        try hospital.run("otto", "backup", source, "--component", "wards").mustBe(0)
        try refused(try hospital.run("otto", "backup", source, "--component", "office", "--json"), naming: "office")
        // Without a name the line is named by its paths.
        try refused(try hospital.run("otto", "backup", source, "--json"), naming: source)
        try hospital.run("otto", "verify", "--without-key", "--json").mustBeRefused("not-permitted")
        try withKey(hospital, "otto", "restore", "latest", "--target", hospital.place.scratch.path + "/out")
            .mustBeRefused("not-permitted")
        let who = try hospital.run("otto", "whoami").mustBe(0)
        #expect(who.text.contains("operator, limited to the components wards"))
    }

    @Test(
        "What a snapshot is of is asked for when the repository was opened: a role of one's own reads its own, and nothing else"
    )
    func ownRole() throws {
        let hospital = try Hospital()
        let (source, out) = (hospital.place.source, hospital.place.scratch.path + "/out")
        try ChildProcess.shell("echo content > \"$1\"/file", source)
        for login in ["anna", "ben", "carla", "otto"] { try hospital.login(login).mustBe(0) }
        for component in ["office", "wards"] {
            try hospital.run("ben", "backup", source, "--component", component).mustBe(0)
        }
        let define = [
            "users", "role", "define", "team", "--may", "restore", "--may", "inspect", "--component", "wards",
        ]
        try hospital.run("anna", define + ["--json"]).mustBeRefused("approval-needed")
        let defining = try agreed(hospital, define)
        try hospital.run("anna", define + ["--may", "export", "--request-id", defining, "--json"])
            .mustBeRefused("approval-refused")
        try hospital.run("anna", define + ["--request-id", defining]).mustBe(0)
        try hospital.run("anna", "users", "grant", "otto", "team", "--json").mustBeRefused("approval-needed")
        let giving = try agreed(hospital, ["users", "grant", "otto", "team"])
        try hospital.run("anna", "users", "grant", "otto", "team", "--request-id", giving).mustBe(0)
        try hospital.run("anna", "users", "revoke", "otto", "operator").mustBe(0)

        try withKey(hospital, "otto", "restore", "latest:wards", "--target", out + "1").mustBe(0)
        try refused(try withKey(hospital, "otto", "restore", "latest:office", "--target", out + "2"), naming: "office")
        #expect(!FileManager.default.fileExists(atPath: out + "2"))
        try withKey(hospital, "otto", "restore", "--component", "wards", "--to", out + "3").mustBe(0)
        try refused(
            try withKey(hospital, "otto", "restore", "--component", "office", "--to", out + "4"), naming: "office")
        try withKey(hospital, "otto", "restore", "--all-components", "--to", out + "5").mustBeRefused("not-permitted")
        try withKey(hospital, "otto", "ls", "latest:wards").mustBe(0)
        try refused(try withKey(hospital, "otto", "ls", "latest:office"), naming: "office")
        try withKey(hospital, "otto", "export", "--component", "wards", "--dry-run").mustBeRefused("not-permitted")
        try withKey(hospital, "otto", "snapshots", "--component", "wards").mustBe(0)
        try withKey(hospital, "otto", "snapshots").mustBeRefused("not-permitted")

        let roles = try hospital.run("anna", "users", "roles", "--json").mustBe(0).lines()
        #expect(roles.first { $0.text("name") == "team" }?.fields["holders"] as? [String] == ["otto"])
        try hospital.run("anna", "users", "role", "remove", "team").mustBe(0)
        try withKey(hospital, "otto", "ls", "latest:wards").mustBeRefused("not-permitted")
    }

    @Test("Who is limited to a store works there, and copies to no other one") func store() throws {
        let hospital = try Hospital()
        let (here, there) = (hospital.place.repository, hospital.place.scratch.path + "/other")
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        for login in ["anna", "otto"] { try hospital.login(login).mustBe(0) }
        try hospital.run("anna", "users", "grant", "otto", "operator", "--store", here).mustBe(0)
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        try hospital.run("otto", "verify", "--without-key").mustBe(0)
        try hospital.run("otto", "audit", "publish").mustBe(0)
        try refused(try hospital.run("otto", "audit", "publish", "--repository", there, "--json"), naming: there)
        try refused(
            try hospital.run("otto", "replicate", "--to", there, "--create", "--json"), naming: there)
        #expect(!FileManager.default.fileExists(atPath: there))
        try hospital.run("anna", "users", "grant", "otto", "operator", "--store", here, "--store", there).mustBe(0)
        try hospital.run("otto", "replicate", "--to", there, "--create").mustBe(0)
    }

    @Test("Who lets people in for a component gives and takes roles that are limited to it, and no others")
    func accounts() throws {
        let hospital = try Hospital()
        for login in ["anna", "ben", "carla"] { try hospital.login(login).mustBe(0) }
        let define = ["users", "role", "define", "ward-lead", "--may", "account", "--component", "wards"]
        try hospital.run("anna", define + ["--request-id", try agreed(hospital, define)]).mustBe(0)
        let give = ["users", "grant", "otto", "ward-lead"]
        try hospital.run("anna", give + ["--request-id", try agreed(hospital, give)]).mustBe(0)
        try hospital.login("otto").mustBe(0)
        func otto(_ words: String...) throws -> Ended { try hospital.run("otto", ["users"] + words + ["--json"]) }
        try otto("grant", "dora", "operator", "--component", "wards").mustBe(0)
        try refused(try otto("grant", "dora", "auditor", "--component", "office"), naming: "office")
        for words in [
            ["grant", "dora", "auditor"], ["revoke", "dora", "technical-lead"], ["remove", "dora"], ["list"],
            ["add", "eve", "--printed-name", "Eve", "--reference", "7"],
        ] { try hospital.run("otto", ["users"] + words + ["--json"]).mustBeRefused("not-permitted") }
        try otto("revoke", "dora", "operator").mustBe(0)
        // What she has everywhere does not come to an end by being given for the wards.
        try hospital.run("anna", "users", "grant", "dora", "operator").mustBe(0)
        try otto("grant", "dora", "operator", "--component", "wards").mustBeRefused("not-permitted")
    }

    @Test("Who signs for a component names it, and is refused others; that he is accountable everybody signs")
    func signing() throws {
        let hospital = try Hospital.withSigners()
        for login in ["anna", "otto"] { try hospital.login(login).mustBe(0) }
        try hospital.run("anna", "users", "prove", "otto", "--document", "passport").mustBe(0)
        try hospital.run("anna", "users", "grant", "otto", "auditor", "--component", "wards").mustBe(0)
        try hospital.accountability("otto").mustBe(0)
        let file = try hospital.file("wards.txt", "restore test of the wards")
        try hospital.signAgain("otto", file).mustBeRefused("not-permitted")
        try refused(try hospital.signAgain("otto", file, meaning: "review", "--component", "office"), naming: "office")
        try hospital.signAgain("otto", file, meaning: "review", "--component", "wards").mustBe(0)
        let acts = try hospital.run("anna", "audit", "search", "--component", "wards", "--act", "sign", "--json")
            .mustBe(0).lines()
        #expect(acts.map { $0.text("outcome") } == ["ok"])
    }

    @Test("Dropping within a limit is asked of others, and goes no further than the limit") func forgetting() throws {
        let hospital = try Hospital()
        let source = hospital.place.source
        for login in ["anna", "ben", "carla", "dora"] { try hospital.login(login).mustBe(0) }
        for (content, component) in [("1", "wards"), ("2", "wards"), ("3", "office"), ("4", "office")] {
            try ChildProcess.shell("echo \"$1\" > \"$2\"/file", content, source)
            try hospital.run("ben", "backup", source, "--component", component).mustBe(0)
        }
        let give = ["users", "grant", "dora", "backup-administrator", "--component", "wards"]
        let id = try agreed(hospital, give)
        // What was agreed to has its limits.
        try hospital.run("anna", "users", "grant", "dora", "backup-administrator", "--request-id", id, "--json")
            .mustBeRefused("approval-refused")
        try hospital.run("anna", give + ["--request-id", id]).mustBe(0)
        try withKey(hospital, "dora", "forget", "--keep-last", "1", "--request").mustBeRefused("not-permitted")
        let wards = try #require(
            try hospital.place.snapshots().first { $0.text("component") == "wards" }?.text("id"))
        let office = try #require(
            try hospital.place.snapshots().first { $0.text("component") == "office" }?.text("id"))
        try refused(try withKey(hospital, "dora", "forget", "--snapshot", office, "--request"), naming: "office")
        try withKey(hospital, "dora", "forget", "--snapshot", wards, "--request").mustBe(0)
    }
}
