import Foundation
import Testing

/// 21 CFR 11.100, 11.200, 11.300: who signs, and what he shows, by the numbers of docs/part11.md.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct Part11SigningTests {
    @Test("ID-2, ID-3: nobody signs before another has verified who he is, and before he has signed to be accountable")
    func beforehand() throws {
        let hospital = try Hospital()
        hospital.pass(seconds: 25 * 3600)
        for login in ["anna", "carla"] { try hospital.login(login).mustBe(0) }
        let report = try hospital.file("report.txt", "restore test 1")
        #expect(try hospital.sign("carla", report).mustBeRefused("not-permitted").text.contains("users prove"))
        try hospital.accountability("carla").mustBeRefused("not-permitted")
        // Neither by herself, nor by somebody who lets nobody in, nor without saying how.
        try hospital.run("anna", "users", "prove", "anna", "--document", "passport", "--json")
            .mustBeRefused("directory-refused", 2)
        try hospital.run("carla", "users", "prove", "dora", "--document", "passport", "--json")
            .mustBeRefused("not-permitted")
        try hospital.run("anna", "users", "prove", "carla", "--document", "a good face").mustBe(2)
        try hospital.run("anna", "users", "prove", "carla", "--document", "identity-card").mustBe(0)
        #expect(try hospital.sign("carla", report).mustBeRefused("not-permitted").text.contains("accountable"))
        let statement = hospital.place.scratch.path + "/carla.txt"
        #expect(try hospital.accountability("carla").mustBe(0).lines().last?.text("meaning") == "responsibility")
        try hospital.sign("carla", report).mustBe(0)
        let authority = try hospital.authority(by: "carla")
        try hospital.verify(statement, by: authority).mustBe(0)
        let line = try #require(try hospital.run("anna", "users", "show", "carla", "--json").mustBe(0).lines().last)
        #expect(line.text("document") == "identity-card" && line.text("checked_by") == "Anna Amsel")
        #expect(line.fields["accountable"] as? Bool == true)
    }

    @Test("ID-2, N-16: who is let in gets no password before it was verified who he is, whoever agrees") func unproven()
        throws
    {
        let hospital = try Hospital()
        for login in ["anna", "ben", "carla"] { try hospital.login(login).mustBe(0) }
        func add(_ login: String, _ more: String...) throws {
            try hospital.run(
                "anna", ["users", "add", login, "--printed-name", "Hanna Hahn", "--reference", login] + more
            ).mustBe(0)
        }
        func reset(_ login: String) throws -> Ended {
            let words = ["users", "reset", login, "--json"]
            let request = try #require(try hospital.run("anna", words + ["--request"]).mustBe(0).lines().last)
            // N-16: her own word does not count.
            try hospital.run("anna", "approve", request.text("id"), "--plan", request.text("plan"), "--json")
                .mustBeRefused("approval-refused")
            for login in ["ben", "carla"] {
                try hospital.run(login, "approve", request.text("id"), "--plan", request.text("plan")).mustBe(0)
            }
            return try hospital.run(
                "anna",
                words + ["--request-id", request.text("id"), "--handover", hospital.place.scratch.path + "/handed"])
        }
        try add("hanna")
        try reset("hanna").mustBeRefused("not-permitted")
        try add("hugo", "--document", "passport")
        try reset("hugo").mustBe(0)
        // N-16: putting somebody out and taking him in again gives him nothing.
        try hospital.run("anna", "users", "remove", "hugo").mustBe(0)
        try add("hugo")
        try hospital.login("hugo", password: "whatever it is", code: "000000").mustBeRefused("sign-in-refused")
        try hospital.run("anna", "users", "reset", "carla", "--json").mustBeRefused("approval-needed")
    }

    @Test("N-14, N-15: in another's open session nobody signs, neither as himself nor with what he has found there")
    func otherSession() throws {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "dora", "ada"] { try hospital.login(login).mustBe(0) }
        let report = try hospital.file("report.txt", "restore test 2")
        func signs(_ shown: [String]) throws -> Ended {
            try hospital.run("carla", ["sign", report, "--meaning", "review", "--json"] + shown)
        }
        try signs(try hospital.shown("dora")).mustBeRefused("sign-in-refused")
        try signs(try hospital.shown("dora", name: "carla")).mustBeRefused("sign-in-refused")
        try signs(try hospital.shown("carla", password: "", code: "")).mustBeRefused("sign-in-refused")
        // N-14: the token in another shell is worth no more.
        try ChildProcess.shell("cp -a \"$1\"/carla \"$1\"/thief", hospital.place.scratch.path + "/sessions")
        try hospital.run("thief", ["sign", report, "--meaning", "review", "--json"] + hospital.shown("dora"))
            .mustBeRefused("sign-in-refused")
        #expect(!FileManager.default.fileExists(atPath: report + ".signature"))
        let refused = try hospital.run("ada", "audit", "search", "--act", "sign", "--outcome", "refused", "--json")
            .mustBe(0).lines()
        #expect(refused.count == 4 && refused.allSatisfy { $0.text("login") == "carla" })
    }

    @Test("N-17: a code that was shown at the door signs nothing, and none signs twice") func replay() throws {
        let hospital = try Hospital.withSigners()
        let report = try hospital.file("report.txt", "restore test 3")
        let code = try hospital.code("carla")
        try hospital.login("carla", code: code).mustBe(0)
        func sign(_ code: String) throws -> Ended {
            try hospital.run(
                "carla", ["sign", report, "--meaning", "review", "--json"] + hospital.shown("carla", code: code))
        }
        try sign(code).mustBeRefused("sign-in-refused")
        let next = try hospital.code("carla")
        try sign(next).mustBe(0)
        try hospital.run("carla", "logout").mustBe(0)
        try hospital.login("carla", code: next).mustBeRefused("sign-in-refused")
    }

    @Test("N-18, CR-2: after a year the password lets its owner choose another one, and sign with nothing else")
    func review() throws {
        let hospital = try Hospital.withSigners()
        hospital.pass(seconds: 366 * 86400)
        let report = try hospital.file("report.txt", "restore test 4")
        #expect(try hospital.login("carla").status != 0)
        try hospital.sign("carla", report).mustBeRefused("not-signed-in")
        let chosen = try hospital.file("chosen", "the ferry leaves at noon\n")
        let typed = try hospital.file("typed", Hospital.password(of: "carla") + "\n")
        let code = try hospital.file("code", try hospital.code("carla") + "\n")
        try hospital.run(
            "carla", "login", "carla", "--password-file", typed, "--code-file", code, "--new-password-file", chosen,
            "--handover", hospital.place.scratch.path + "/renewed"
        ).mustBe(0)
        try hospital.login("carla", password: "the ferry leaves at noon").mustBe(0)
        let shown = try hospital.shown("carla", password: "the ferry leaves at noon")
        try hospital.run("carla", ["sign", report, "--meaning", "review", "--json"] + shown).mustBe(0)
    }

    @Test(
        "N-19, CR-3: what is reported lost is refused from then on, at the door and for signing, by one person's word")
    func lost() throws {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "anna"] { try hospital.login(login).mustBe(0) }
        let report = try hospital.file("report.txt", "restore test 5")
        try hospital.sign("carla", report).mustBe(0)
        try hospital.run("anna", "users", "lost", "carla").mustBe(2)
        try hospital.run("carla", "users", "lost", "anna", "--reason", "spite", "--json").mustBeRefused("not-permitted")
        try hospital.run("anna", "users", "lost", "carla", "--reason", "Phone stolen").mustBe(0)
        let other = try hospital.file("other.txt", "restore test 6")
        try hospital.signAgain("carla", other).mustBeRefused("not-signed-in")
        try hospital.login("carla").mustBeRefused("sign-in-refused")
        // An hour later as well, and only what is on paper opens the way to another one.
        hospital.pass(seconds: 61 * 60)
        try hospital.login("carla").mustBeRefused("sign-in-refused")
        try hospital.login("carla", code: try hospital.recoveryCodes("carla")[0]).mustBe(0)
        try hospital.sign("carla", other).mustBeRefused("sign-in-refused")
        let handover = hospital.place.scratch.path + "/another"
        try hospital.run("carla", "authenticator", "--handover", handover).mustBe(0)
        try ChildProcess.shell("cp \"$1\"/authenticator \"$2\"", handover, hospital.place.scratch.path + "/carla")
        try hospital.sign("carla", other).mustBe(0)
    }

    @Test("CR-5: an authenticator that has shown no code for a year shows one first, and paper is no test of it")
    func untested() throws {
        let hospital = try Hospital.withSigners()
        hospital.pass(seconds: 366 * 86400)
        let paper = try hospital.recoveryCodes("carla")
        let chosen = try hospital.file("chosen", "the ferry leaves at noon\n")
        let typed = try hospital.file("typed", Hospital.password(of: "carla") + "\n")
        let code = try hospital.file("code", paper[0] + "\n")
        try hospital.run(
            "carla", "login", "carla", "--password-file", typed, "--code-file", code, "--new-password-file", chosen,
            "--handover", hospital.place.scratch.path + "/renewed"
        ).mustBe(0)
        try hospital.login("carla", password: "the ferry leaves at noon", code: paper[1]).mustBe(0)
        let refused = try hospital.run("carla", "snapshots", "--json").mustBeRefused("presence-needed")
        #expect(refused.text.contains("for a year"), refused.said)
        let again = try hospital.file("again", paper[2] + "\n")
        try hospital.run("carla", "login", "--again", "--code-file", again).mustBe(0)
        let report = try hospital.file("report.txt", "restore test 9")
        try hospital.sign("carla", report).mustBeRefused("presence-needed")
        try hospital.again("carla").mustBe(0)
        try hospital.run("carla", "snapshots").mustBe(0)
    }

    @Test("ID-4: the day of the letter to the agency is written down by who lets people in, and shown") func letter()
        throws
    {
        let hospital = try Hospital()
        for login in ["anna", "ada"] { try hospital.login(login).mustBe(0) }
        try hospital.run("ada", "signatures", "letter", "--sent", "2026-11-02", "--json").mustBeRefused("not-permitted")
        try hospital.run("anna", "signatures", "letter", "--sent", "2. November").mustBe(2)
        #expect(try hospital.run("ada", "signatures", "letter").mustBe(0).text.hasPrefix("No letter"))
        try hospital.run("anna", "signatures", "letter", "--sent", "2026-11-02").mustBe(0)
        let line = try #require(try hospital.run("ada", "signatures", "letter", "--json").mustBe(0).lines().last)
        #expect(line.text("sent") == "2026-11-02" && line.text("noted_by") == "Anna Amsel")
    }

    @Test("N-20, CR-4: five wrong passwords at signing close the account, and each stands in the log") func guessing()
        throws
    {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "ada"] { try hospital.login(login).mustBe(0) }
        let report = try hospital.file("report.txt", "restore test 7")
        for attempt in 1...5 {
            let ended = try hospital.run(
                "carla",
                ["sign", report, "--meaning", "review", "--json"]
                    + hospital.shown("carla", password: "a wrong password", code: "000000"))
            try ended.mustBeRefused(attempt < 5 ? "sign-in-refused" : "account-locked")
        }
        try hospital.sign("carla", report).mustBeRefused("account-locked")
        try hospital.login("carla").mustBeRefused("account-locked")
        let acts = try hospital.run("ada", "audit", "search", "--act", "sign", "--json").mustBe(0).lines()
        #expect(
            acts.map { $0.text("code") } == Array(repeating: "sign-in-refused", count: 4) + [
                "account-locked", "account-locked",
            ])
        #expect(!FileManager.default.fileExists(atPath: report + ".signature"))
        hospital.pass(seconds: 16 * 60)
        try hospital.login("carla").mustBe(0)
        try hospital.sign("carla", report).mustBe(0)
    }

    @Test("N-22: a role without signing is refused, and that is in the log") func withoutRole() throws {
        let hospital = try Hospital.withSigners()
        for login in ["otto", "ada"] { try hospital.login(login).mustBe(0) }
        let report = try hospital.file("report.txt", "restore test 8")
        try hospital.sign("otto", report).mustBeRefused("not-permitted")
        try hospital.accountability("otto").mustBeRefused("not-permitted")
        let acts = try hospital.run(
            "ada", "audit", "search", "--person", "otto", "--outcome", "not-permitted", "--json"
        )
        .mustBe(0).lines()
        #expect(acts.map { $0.text("act") } == ["sign", "signatures-accountability"])
    }
}
