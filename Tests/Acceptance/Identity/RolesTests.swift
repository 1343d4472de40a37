import Foundation
import Testing

/// What each role may do, and may not, by the program (SEC-4).
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct RolesTests {
    /// What somebody tries, and who is let in. Each would work with the keys that are given.
    private static let attempts: [(words: [String], allowed: Set<String>)] = [
        (["backup", "SOURCE"], ["ben", "otto"]),
        (["snapshots"], ["anna", "ben", "carla", "dora", "otto", "ada"]),
        (["ls", "latest"], ["anna", "ben", "carla", "dora", "otto", "ada"]),
        (["restore", "latest", "--target", "TARGET"], ["ben", "dora"]),
        (["export", "--dry-run"], ["ben", "dora"]),
        (["verify"], ["anna", "ben", "carla", "dora", "otto", "ada"]),
        (["collect", "--dry-run"], ["ben"]),
        (["keys", "generate", "--output", "FILE"], ["anna"]),
        (["hold", "add", "latest", "--reason", "asked for"], ["anna", "carla"]),
        (["storage", "status"], ["anna", "ben", "dora"]),
        (["review", "done", "7", "--remark", "done"], ["ben", "carla"]),
        (["users", "list"], ["anna"]),
    ]

    @Test(
        "Six people try what the program can do; each does what his role permits, and nothing else",
        arguments: Hospital.people.map(\.login))
    func everyRole(_ login: String) throws {
        let hospital = try Hospital()
        let scratch = hospital.place.scratch.path
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        try hospital.login("ben").mustBe(0)
        try hospital.run("ben", "backup", hospital.place.source).mustBe(0)
        try hospital.login(login).mustBe(0)
        for (number, attempt) in Self.attempts.enumerated() {
            let words = attempt.words.map { word in
                switch word {
                case "SOURCE": hospital.place.source
                case "TARGET", "FILE": scratch + "/out-\(number)"
                default: word
                }
            }
            let ended = try hospital.run(
                login, words + ["--json"], settings: ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile])
            if attempt.allowed.contains(login) {
                #expect(![12].contains(ended.status), "\(login): \(words): \(ended.said)")
            } else {
                try ended.mustBeRefused("not-permitted")
            }
        }
    }

    @Test("What ends or opens something wants the second factor again after five minutes") func presence() throws {
        let hospital = try Hospital()
        try hospital.login("anna").mustBe(0)
        try hospital.run("anna", "users", "list").mustBe(0)
        hospital.pass(seconds: 6 * 60)
        try hospital.run("anna", "users", "list", "--json").mustBeRefused("presence-needed")
        try hospital.run("anna", "snapshots").mustBe(0)
        try hospital.again("anna").mustBe(0)
        try hospital.run("anna", "users", "list").mustBe(0)
    }

    @Test(
        "Somebody who is let in has no role and no password; a role that runs or looks is given by one person, another is not"
    )
    func letting() throws {
        let hospital = try Hospital()
        try hospital.login("anna").mustBe(0)
        let line = try #require(
            try hospital.run(
                "anna", "users", "add", "hanna", "--printed-name", "Hanna Hahn", "--reference", "77", "--json"
            )
            .mustBe(0).lines().first)
        #expect(line.fields["roles"] as? [String] == [] && line.fields["has_password"] as? Bool == false)
        try hospital.run("anna", "users", "add", "hanna2", "--printed-name", "Hanna H", "--reference", "77", "--json")
            .mustBeRefused("directory-refused", 2)
        try hospital.run("anna", "users", "add", "otto", "--printed-name", "Other", "--reference", "78", "--json")
            .mustBeRefused("directory-refused", 2)
        try hospital.run("anna", "users", "grant", "hanna", "operator").mustBe(0)
        try hospital.run("anna", "users", "grant", "hanna", "backup-administrator", "--json")
            .mustBeRefused("approval-needed")
        try hospital.run("anna", "users", "grant", "anna", "operator", "--json").mustBeRefused("directory-refused", 2)
        try hospital.run("anna", "users", "revoke", "hanna", "operator").mustBe(0)
    }

    @Test("Who is put out is out at once, and his name is nobody else's") func deleted() throws {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        try hospital.login("anna").mustBe(0)
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        try hospital.run("anna", "users", "remove", "otto").mustBe(0)
        try hospital.run("otto", "backup", hospital.place.source, "--json").mustBeRefused("not-signed-in")
        try hospital.login("otto").mustBeRefused("sign-in-refused")
        try hospital.run("anna", "users", "add", "otto", "--printed-name", "Another", "--reference", "99", "--json")
            .mustBeRefused("directory-refused", 2)
        let back = try #require(
            try hospital.run(
                "anna", "users", "add", "otto", "--printed-name", "Otto Amsel", "--reference", "otto-1", "--json"
            )
            .mustBe(0).lines().first)
        #expect(back.fields["roles"] as? [String] == [])
    }

    @Test("A role that was taken away is gone with the next command") func revoked() throws {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        try hospital.login("anna").mustBe(0)
        try hospital.run("anna", "users", "revoke", "otto", "operator").mustBe(0)
        try hospital.run("otto", "backup", hospital.place.source, "--json").mustBeRefused("not-permitted")
    }

    @Test("Too few founders, none who lets others in, or nothing said of the host: nothing is founded") func founding()
        throws
    {
        let place = try Place()
        func found(_ words: String...) throws -> Ended {
            try ChildProcess.run(
                [program, "users", "found", "--handover", place.scratch.path + "/first", "--json"] + words,
                environment: place.writing)
        }
        let (anna, ben) = ("anna:security-lead:1:Anna", "ben:backup-administrator:2:Ben")
        try found("--founder", anna, "--founder", ben, "--host", "backups").mustBeRefused("directory-refused", 2)
        try found("--founder", anna, "--approvers", "1", "--host", "backups").mustBeRefused("directory-refused", 2)
        try found("--founder", ben, "--founder", "dora:technical-lead:3:Dora", "--approvers", "1", "--host", "backups")
            .mustBeRefused("directory-refused", 2)
        try found("--founder", anna, "--founder", ben, "--approvers", "1").mustBeRefused("usage", 2)
        try found("--founder", anna, "--founder", "ben:king:2:Ben", "--approvers", "1", "--host", "backups").mustBe(10)
        try found("--founder", anna, "--founder", "ben:operator:1:Ben", "--approvers", "1", "--host", "backups").mustBe(
            2)
        try place.backup()
        try found("--founder", anna, "--founder", ben, "--approvers", "1", "--host", "backups").mustBe(0)
        try ChildProcess.run([program, "backup", place.source, "--json"], environment: place.writing)
            .mustBeRefused("not-signed-in")
    }
}
