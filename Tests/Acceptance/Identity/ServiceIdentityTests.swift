import Foundation
import Testing

/// Programs that act without a person, by their credentials, as the program has them.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct ServiceIdentityTests {
    /// A hospital where anna has just taken in a service, for which otto is accountable.
    private static func hospital(_ words: String...) throws -> (Hospital, credential: String) {
        let hospital = try Hospital()
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        try hospital.login("anna").mustBe(0)
        let file = hospital.place.scratch.path + "/nightly"
        let add = ["users", "service", "add", "nightly", "--owner", "otto", "--handover", file, "--json"]
        let line = try #require(try hospital.run("anna", add + words).mustBe(0).lines().first)
        #expect(line.text("kind") == "service" && line.text("owner") == "otto")
        return (hospital, file)
    }

    private func run(_ hospital: Hospital, _ credential: String, _ words: [String]) throws -> Ended {
        try hospital.run("nobody", words, settings: ["SAFEHOLD_SERVICE_FILE": credential])
    }

    @Test("A service backs up without anybody signed in, and what takes a person is refused by name") func acts() throws
    {
        let (hospital, credential) = try Self.hospital("--role", "operator")
        let (source, scratch) = (hospital.place.source, hospital.place.scratch.path)
        let mode = try FileManager.default.attributesOfItem(atPath: credential)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try run(hospital, credential, ["backup", source]).mustBe(0)
        let who = try #require(try run(hospital, credential, ["whoami", "--json"]).mustBe(0).lines().first)
        #expect(who.text("by") == "service-credential" && who.text("name") == "service nightly (owner Otto Amsel)")
        for (words, act) in [
            (["forget", "--keep-last", "1", "--reason", "r"], "forget"),
            (["approve", "1f3a", "--plan", String(repeating: "0", count: 64)], "approve"),
            (["sign", source + "/file", "--meaning", "review"], "sign"), (["users", "list"], "account"),
            (["users", "grant", "nightly", "auditor"], "account"),
            (["keys", "generate", "--output", scratch + "/k"], "key"),
            (["hold", "add", "latest", "--reason", "r"], "hold"),
            (["restore", "latest", "--target", scratch + "/out"], "restore"),
        ] {
            let refused = try run(hospital, credential, words + ["--json"]).mustBeRefused("not-permitted")
            #expect((refused.text + refused.errorText).contains("No service does this, whatever its roles: \(act)."))
        }
        try run(hospital, credential, ["audit", "log", "--json"]).mustBeRefused("not-permitted")
        let login = ["login", "otto", "--password-file", credential, "--code-file", credential, "--json"]
        try run(hospital, credential, login).mustBeRefused("not-permitted")

        try hospital.login("ada").mustBe(0)
        let found = try hospital.run("ada", "audit", "search", "--person", "nightly", "--json").mustBe(0).lines()
        let backup = try #require(found.first { $0.text("act") == "backup" })
        #expect(backup.text("by") == "service" && backup.text("authentication") == "service-credential")
        #expect(backup.text("printed_name") == "service nightly (owner Otto Amsel)")
        #expect(found.contains { $0.text("act") == "forget" && $0.text("outcome") == "refused" })
        let logged = try hospital.run("ada", "audit", "log").mustBe(0)
        let secret = try String(contentsOfFile: credential, encoding: .utf8).dropLast()
        #expect(logged.text.contains("service nightly") && !logged.text.contains(secret))
    }

    @Test("A service that is limited to a component does nothing to another") func limited() throws {
        let (hospital, credential) = try Self.hospital("--role", "operator", "--component", "wards")
        let backup = ["backup", hospital.place.source, "--json", "--component"]
        try run(hospital, credential, backup + ["wards"]).mustBe(0)
        try run(hospital, credential, backup + ["office"]).mustBeRefused("not-permitted")
        try hospital.run("anna", "users", "revoke", "nightly", "operator").mustBe(0)
        try run(hospital, credential, backup + ["wards"]).mustBeRefused("not-permitted")
    }

    @Test("A credential that others could read, that is cut off, or another host's, is not taken") func files() throws {
        let (hospital, credential) = try Self.hospital("--role", "operator")
        let snapshots = ["snapshots", "--json"]
        let other = try Hospital()
        try run(other, credential, snapshots).mustBeRefused("not-signed-in")
        for script in ["chmod 640 \"$1\"", "chmod 600 \"$1\"; truncate -s 60 \"$1\"", "rm \"$1\""] {
            try ChildProcess.shell(script, credential)
            let refused = try run(hospital, credential, snapshots).mustBeRefused("not-signed-in")
            #expect((refused.text + refused.errorText).contains(credential))
        }
        // Nothing is overwritten, and nothing is left behind of what is refused.
        let handover = hospital.place.scratch.path + "/second"
        let add = ["users", "service", "add", "second", "--owner", "otto", "--handover", handover, "--json"]
        try hospital.run("anna", add + ["--role", "technical-lead"]).mustBeRefused("directory-refused", 2)
        #expect(!FileManager.default.fileExists(atPath: handover))
        try hospital.run("anna", "users", "show", "second", "--json").mustBeRefused("person-missing", 10)
    }

    @Test(
        "A credential ends when another is made, is reported lost, its owner or the service is put out, or with its time"
    )
    func ends() throws {
        let (hospital, credential) = try Self.hospital("--role", "operator")
        let (snapshots, second) = (["snapshots", "--json"], credential + "-2")
        try run(hospital, credential, snapshots).mustBe(0)
        try hospital.run("anna", "users", "service", "renew", "nightly", "--handover", second).mustBe(0)
        try run(hospital, credential, snapshots).mustBeRefused("not-signed-in")
        try run(hospital, second, snapshots).mustBe(0)

        try hospital.run("anna", "users", "remove", "otto").mustBe(0)
        try run(hospital, second, snapshots).mustBeRefused("not-permitted")
        try hospital.run("anna", "users", "service", "owner", "nightly", "--owner", "dora").mustBe(0)
        try run(hospital, second, snapshots).mustBe(0)

        try ChildProcess.shell("cp \"$1\"/catalog.sqlite* \"$2\"", hospital.place.home, hospital.place.scratch.path)
        try hospital.run("anna", "users", "lost", "nightly", "--reason", "Leaked").mustBe(0)
        try run(hospital, second, snapshots).mustBeRefused("not-signed-in")
        try ChildProcess.shell(
            "rm -f \"$1\"/catalog.sqlite*; cp \"$2\"/catalog.sqlite* \"$1\"", hospital.place.home,
            hospital.place.scratch.path)
        try run(hospital, second, snapshots).mustBeRefused("identity-behind", 11)
    }

    @Test("A credential that was ended, and is back with the whole state, is named by the audit log") func putBack()
        throws
    {
        let (hospital, credential) = try Self.hospital("--role", "operator")
        try hospital.login("ada").mustBe(0)
        try hospital.keep("catalog.sqlite* identity", as: "older")
        try hospital.run("anna", "users", "lost", "nightly", "--reason", "Leaked").mustBe(0)
        try hospital.run("ada", "signatures", "reconcile").mustBe(0)
        // Key, note and catalog fit each other: nothing on the host tells.
        try hospital.putBack("older")
        try run(hospital, credential, ["snapshots"]).mustBe(0)
        let found = try hospital.run("ada", "signatures", "reconcile", "--json").mustBe(11).lines()
        #expect(found.contains { $0.text("message").hasPrefix("nightly lost the credential") })
    }

    @Test("A credential ends with its time, and a service that was put out with all that it had") func time() throws {
        let (hospital, credential) = try Self.hospital("--role", "operator", "--days", "2")
        let snapshots = ["snapshots", "--json"]
        try hospital.run("anna", "users", "remove", "nightly").mustBe(0)
        try run(hospital, credential, snapshots).mustBeRefused("not-signed-in")
        let second = credential + "-2"
        let add = ["users", "service", "add", "weekly", "--owner", "dora", "--role", "auditor", "--days", "2"]
        try hospital.run("anna", add + ["--handover", second]).mustBe(0)
        try run(hospital, second, ["audit", "log", "--json"]).mustBe(0)
        hospital.pass(seconds: 47 * 3600)
        try run(hospital, second, snapshots).mustBe(0)
        hospital.pass(seconds: 2 * 3600)
        try run(hospital, second, snapshots).mustBeRefused("not-signed-in")
    }
}
