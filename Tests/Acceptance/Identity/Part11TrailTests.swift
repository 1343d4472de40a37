import Foundation
import Testing

/// 21 CFR 11.10(e): the trail of who did what, by the numbers of docs/part11.md. What is done to the log itself is in AuditDetectionTests.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct Part11TrailTests {
    private static func acts(_ hospital: Hospital, _ act: String) throws -> [Summary] {
        try hospital.run("ada", "audit", "search", "--act", act, "--json").mustBe(0).lines()
    }

    @Test("T-AT-02: who and when are the host's word, whatever the environment says") func claims() throws {
        let hospital = try Hospital()
        for login in ["otto", "ada"] { try hospital.login(login).mustBe(0) }
        let claims = [
            "USER": "anna", "LOGNAME": "anna", "USERNAME": "anna", "SUDO_USER": "anna", "SUDO_UID": "4711",
            "SAFEHOLD_USER": "anna", "TZ": "Pacific/Kiritimati", "SOURCE_DATE_EPOCH": "1893456000", "HOSTNAME": "else",
        ]
        try hospital.run("otto", ["backup", hospital.place.source], settings: claims).mustBe(0)
        let act = try #require(try Self.acts(hospital, "backup").last)
        let user = try ChildProcess.shell("id -un").trimmingCharacters(in: .newlines)
        #expect(act.text("login") == "otto" && act.text("user") == user && act["uid"] == Int(geteuid()))
        let entry = try hospital.run("ada", "audit", "show", "\(act["entry"])", "--json").mustBe(0).text
        #expect(!entry.contains("anna") && !entry.contains("4711") && !entry.contains("\"2030-"))
        // There is no option for it either.
        for option in ["--time", "--date", "--user", "--as", "--actor"] {
            try hospital.run("otto", "backup", hospital.place.source, option, "anna").mustBe(2)
        }
    }

    @Test("T-AT-05, N-28: a clock that is set back or ahead is seen beside the one that nobody sets") func clocks()
        throws
    {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        for ahead in ["0", "-7200"] {
            try hospital.run("otto", ["backup", hospital.place.source], settings: ["FAULT_CLOCK": ahead]).mustBe(0)
        }
        // What looks like hours without use ends a session: ada comes when the clock is right again.
        try hospital.login("ada").mustBe(0)
        let moments = try Self.acts(hospital, "backup").map { act in
            let text = try hospital.run("ada", "audit", "show", "\(act["entry"])", "--json").mustBe(0).lines().last
            let content = Data((text?.text("content") ?? "").utf8)
            let entry = try #require(try JSONSerialization.jsonObject(with: content) as? [String: Any])
            let when = try #require(entry["when"] as? [String: Any])
            return (try #require(when["time"] as? String), try #require(when["uptime_us"] as? NSNumber).intValue)
        }
        try #require(moments.count == 2)
        #expect(moments[1].0 < moments[0].0 && moments[1].1 > moments[0].1)
    }

    @Test("T-AT-01, T-AT-08, T-AT-09: what was changed, what was removed and what was refused stays to be seen")
    func trail() throws {
        let hospital = try Hospital()
        for login in ["anna", "ada", "otto"] { try hospital.login(login).mustBe(0) }
        try hospital.run("anna", "users", "revoke", "otto", "operator").mustBe(0)
        try hospital.run("anna", "users", "grant", "otto", "auditor").mustBe(0)
        try hospital.run("anna", "users", "grant", "otto", "technical-lead", "--json").mustBeRefused("approval-needed")
        try hospital.run("anna", "users", "remove", "otto").mustBe(0)
        let gone = try #require(try hospital.run("anna", "users", "show", "otto", "--json").mustBe(0).lines().last)
        #expect(gone.fields["active"] as? Bool == false && gone.text("name") == "Otto Amsel")
        let folder = hospital.place.scratch.path + "/for-the-inspector"
        try hospital.run("ada", "audit", "export", "--to", folder).mustBe(0)
        let words = try String(contentsOfFile: folder + "/acts.txt", encoding: .utf8)
        for line in ["users-revoke, ok", "users-grant, ok", "users-grant, refused", "users-remove, ok", "Anna Amsel"] {
            #expect(words.contains(line), "\(line): \(words)")
        }
        // What was before stands beside what came.
        let roles = try Self.acts(hospital, "users").compactMap { $0.fields["objects"] as? [String] }
        #expect(roles.contains(["person otto", "role operator"]) && roles.contains(["person otto", "role auditor"]))
    }

    @Test(
        "T-AT-10: what wants a reason is refused without one",
        arguments: [
            ["hold", "add", "latest"], ["hold", "release", "latest"], ["users", "lost", "otto"], ["audit", "restart"],
            ["users", "lost", "otto", "--reason", ""],
        ])
    func reason(_ words: [String]) throws {
        let hospital = try Hospital()
        try hospital.login("anna").mustBe(0)
        try hospital.run("anna", words).mustBe(2)
    }

    @Test("T-AT-10: where people act, whoever drops, removes, gives or takes says why, and that stands in the log")
    func demanded() throws {
        let hospital = try Hospital()
        for login in ["anna", "ben", "ada"] { try hospital.login(login).mustBe(0) }
        for (login, words) in [
            ("ben", ["forget", "--keep-last", "1"]), ("ben", ["forget", "--keep-last", "1", "--request"]),
            ("ben", ["forget", "--lost", "1/1"]), ("anna", ["keys", "remove", "passphrase"]),
            ("anna", ["users", "grant", "otto", "auditor"]), ("anna", ["users", "revoke", "otto", "operator"]),
            ("anna", ["users", "remove", "otto"]), ("anna", ["users", "reset", "otto", "--request"]),
            ("anna", ["users", "role", "define", "watch", "--may", "inspect"]),
            ("anna", ["users", "role", "remove", "watch"]),
        ] {
            let refused = try hospital.runAsTyped(login, words + ["--json"]).mustBeRefused("audit-reason-missing", 2)
            #expect(refused.text.contains("--reason"), "\(words)")
        }
        try hospital.run("anna", "users", "revoke", "otto", "operator", "--reason", "Moves to ward 7").mustBe(0)
        let acts = try Self.acts(hospital, "users-revoke")
        #expect(acts.map { $0.text("code") } == ["audit-reason-missing", ""])
        #expect(acts.last?.text("reason") == "Moves to ward 7")
        // What only says what would be done takes none.
        try hospital.runAsTyped(
            "ben", ["forget", "--keep-last", "1", "--dry-run"],
            settings: ["SAFEHOLD_RECIPIENT_FILE": hospital.place.keyFile]
        ).mustBe(0)
    }
}
