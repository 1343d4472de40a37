import Foundation
import Testing

/// 21 CFR 11.50, 11.70, 11.10: signatures and what they are put on, by the numbers of docs/part11.md.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct Part11RecordsTests {
    @Test("N-01, N-02: a signature that is put on another record, or on the next version of the same, does not hold")
    func carriedOver() throws {
        let hospital = try Hospital.withSigners()
        try hospital.login("carla").mustBe(0)
        let (first, other) = (try hospital.file("a.txt", "record A"), try hospital.file("b.txt", "record B"))
        try hospital.sign("carla", first).mustBe(0)
        try hospital.signAgain("carla", other).mustBe(0)
        let authority = try hospital.authority(by: "carla")
        try hospital.verify(first, by: authority).mustBe(0)
        try hospital.verify(other, by: authority, signature: first + ".signature")
            .mustBeRefused("signature-invalid", 11)
        let next = try hospital.file("a2.txt", "record A, amended")
        try hospital.verify(next, by: authority, signature: first + ".signature")
            .mustBeRefused("signature-invalid", 11)
        // Cut out of one file and pasted into another by whoever has the disk.
        try ChildProcess.shell("cp \"$1\" \"$2\"", first + ".signature", other + ".signature")
        try hospital.verify(other, by: authority).mustBeRefused("signature-invalid", 11)
    }

    @Test("N-03, N-25: the log has a signature, and somebody put out, of whom a state that was put back knows nothing")
    func putBack() throws {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "anna", "ada"] { try hospital.login(login).mustBe(0) }
        try hospital.keep("catalog.sqlite* identity", as: "older")
        let report = try hospital.file("report.txt", "restore test 18")
        let signed = try #require(try hospital.sign("carla", report).mustBe(0).lines().last).text("signature")
        try hospital.run("anna", "users", "remove", "dora").mustBe(0)
        let whole = try hospital.run("ada", "signatures", "reconcile", "--json").mustBe(0).lines()
        #expect(whole.last?["signatures"] == Hospital.signers.count + 1 && whole.last?["findings"] == 0)
        // Key, note and catalog fit each other: nothing on the host tells.
        try hospital.putBack("older")
        try hospital.run("ada", "snapshots").mustBe(0)
        let found = try hospital.run("ada", "signatures", "reconcile", "--json").mustBe(11).lines()
        let messages = found.filter { $0.type == "finding" }.map { $0.text("message") }
        #expect(messages.count == 2)
        #expect(messages.contains { $0.contains(signed) && $0.contains(report) })
        #expect(messages.contains { $0.hasPrefix("dora was put out") })
        try hospital.run("ben", "signatures", "reconcile", "--json").mustBe(12)
    }

    @Test(
        "N-03: a signature's row that is deleted or copied shuts the door",
        .enabled(if: ChildProcess.has("sqlite3"), "there is no sqlite3"),
        arguments: [
            "DELETE FROM identity_signature WHERE key IN (SELECT key FROM identity_signature LIMIT 1)",
            "DELETE FROM identity_proof",
            "INSERT INTO identity_signature SELECT zeroblob(16), bytes FROM identity_signature LIMIT 1",
        ])
    func row(_ statement: String) throws {
        let hospital = try Hospital.withSigners()
        try hospital.login("ada").mustBe(0)
        try ChildProcess.shell("sqlite3 \"$1\"/catalog.sqlite \"$2\"", hospital.place.home, statement)
        for words in [["signatures", "reconcile"], ["users"], ["audit", "log"]] {
            try hospital.run("ada", words + ["--json"]).mustBeRefused("identity-behind", 11)
        }
    }

    @Test("N-04: signature and log entry are taken away together: a checkpoint that somebody else has tells")
    func bothReplaced() throws {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "ada"] { try hospital.login(login).mustBe(0) }
        try hospital.keep("catalog.sqlite* identity audit audit-head", as: "older")
        let report = try hospital.file("report.txt", "restore test 19")
        try hospital.sign("carla", report).mustBe(0)
        try ChildProcess.shell(
            "cp \"$1\"/audit/log/checkpoint \"$1\"/audit/policy \"$2\"", hospital.place.home,
            hospital.place.scratch.path)
        let scratch = hospital.place.scratch.path
        let kept = ["audit", "verify", "--against", scratch + "/checkpoint", "--policy", scratch + "/policy", "--json"]
        try hospital.run("ada", kept).mustBe(0)
        try hospital.putBack("older")
        let finding = try hospital.run("ada", kept).mustBe(11).lines().first
        #expect(finding?.text("code") == "audit-rolled-back")
        // Another one in its place, with the log's own key.
        try hospital.login("carla").mustBe(0)
        try hospital.run(
            "carla",
            ["sign", report, "--meaning", "review", "--output", report + ".other", "--json"]
                + hospital.shown("carla")
        ).mustBe(0)
        for _ in 0..<3 { try hospital.run("ada", "snapshots").mustBe(0) }
        #expect(try hospital.run("ada", kept).mustBe(11).lines().first?.text("code") == "audit-forked")
    }

    @Test("N-07: name, date and time with their zone, and meaning, on the screen and for programs") func shown() throws
    {
        let hospital = try Hospital.withSigners()
        try hospital.login("carla").mustBe(0)
        let report = try hospital.file("report.txt", "restore test 20")
        let line = try #require(
            try hospital.sign("carla", report, "--zone", "Asia/Kolkata").mustBe(0).lines().last)
        #expect(line.text("printed_name") == "Carla Amsel" && line.text("meaning") == "review")
        #expect(line.text("zone") == "Asia/Kolkata" && line.text("local_time").hasSuffix("+05:30"))
        let text = try ChildProcess.run(
            [program, "signatures", "verify", report, "--authority", try hospital.authority(by: "carla")],
            environment: ["SAFEHOLD_HOME": hospital.place.scratch.path + "/elsewhere"]
        ).mustBe(0).text
        for words in ["Carla Amsel", line.text("local_time"), "Asia/Kolkata", "UTC", "review: reviewed it"] {
            #expect(text.contains(words), "\(words): \(text)")
        }
    }

    @Test(
        "N-07: on paper, in a table and in a PDF, as another program reads it; what does not hold gets no sheet",
        .enabled(if: ChildProcess.has("pdftotext"), "there is no pdftotext"))
    func sheet() throws {
        let hospital = try Hospital.withSigners()
        try hospital.login("carla").mustBe(0)
        let report = try hospital.file("Prüfung Łódź.txt", "restore test 26")
        let line = try #require(
            try hospital.sign("carla", report, "--zone", "Asia/Kolkata").mustBe(0).lines().last)
        let elsewhere = ["SAFEHOLD_HOME": hospital.place.scratch.path + "/elsewhere"]
        let words = [
            program, "signatures", "sheet", report, "--authority", try hospital.authority(by: "carla"), "--json",
        ]
        for form in ["txt", "csv", "pdf"] {
            let file = hospital.place.scratch.path + "/sheet." + form
            try ChildProcess.run(words + ["--output", file], environment: elsewhere).mustBe(0)
            let read = form == "pdf" ? ["pdftotext", "-layout", file, "-"] : ["cat", file]
            let text = try ChildProcess.run(read).mustBe(0).text.filter { !$0.isWhitespace }
            // A long name goes on in the next line.
            for words in ["Carla Amsel", line.text("local_time"), "Asia/Kolkata", "review", "Prüfung Łódź.txt"] {
                #expect(text.contains(words.filter { !$0.isWhitespace }), "\(form) lacks \(words): \(text)")
            }
            try ChildProcess.run(words + ["--output", file], environment: elsewhere).mustBeRefused(
                "target-unusable", 1)
        }
        try ChildProcess.run(words + ["--output", report + ".docx"], environment: elsewhere).mustBeRefused("usage", 2)
        _ = try hospital.file("Prüfung Łódź.txt", "restore test 27")
        let late = hospital.place.scratch.path + "/late.pdf"
        try ChildProcess.run(words + ["--output", late], environment: elsewhere).mustBeRefused("signature-invalid", 11)
        #expect(!FileStatus.exists(late))
    }

    @Test("N-08, N-29: who is put out has signed, and another of the same name in print is another signer")
    func gone() throws {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "anna"] { try hospital.login(login).mustBe(0) }
        let report = try hospital.file("report.txt", "restore test 21")
        let signed = try #require(try hospital.sign("carla", report).mustBe(0).lines().last)
        let authority = try hospital.authority(by: "carla")
        try hospital.run("anna", "users", "remove", "carla").mustBe(0)
        let shown = try #require(try hospital.verify(report, by: authority).mustBe(0).lines().last)
        #expect(shown.text("printed_name") == "Carla Amsel" && shown.text("signer") == signed.text("signer"))
        func add(_ login: String, _ reference: String) throws -> Ended {
            try hospital.run(
                "anna", "users", "add", login, "--printed-name", "Carla Amsel", "--reference", reference, "--json")
        }
        try add("carla", "another").mustBeRefused("directory-refused", 2)
        let other = try #require(try add("carla2", "another").mustBe(0).lines().last)
        let back = try #require(try add("carla", "carla-1").mustBe(0).lines().last)
        #expect(other.text("id") != signed.text("signer") && back.text("id") == signed.text("signer"))
        // Nobody has verified again who she is.
        #expect(back.text("document") == "" && back.fields["roles"] as? [String] == [])
    }

    @Test("N-21: what nobody else has reviewed is not approved, and what has a newer version is not signed")
    func steps() throws {
        let hospital = try Hospital.withSigners()
        for login in ["carla", "dora"] { try hospital.login(login).mustBe(0) }
        let policy = try hospital.file("policy.txt", "version 1")
        let out = hospital.place.scratch.path + "/"
        func sign(_ login: String, _ meaning: String, _ version: Int, _ name: String) throws -> Ended {
            try hospital.sign(
                login, policy, meaning: meaning, "--record-version", "\(version)", "--output", out + name)
        }
        try sign("dora", "approval", 1, "early").mustBeRefused("approval-refused")
        try sign("dora", "review", 1, "review-1").mustBe(0)
        try sign("dora", "approval", 1, "own").mustBeRefused("approval-refused")
        try sign("carla", "approval", 1, "approval-1").mustBe(0)
        // N-26: another content is another version; the review of the former one does not count for it.
        try ChildProcess.shell("cp \"$1\" \"$1\".1; echo 'version 2' > \"$1\"", policy)
        try sign("dora", "review", 1, "again").mustBeRefused("approval-refused")
        try sign("carla", "approval", 2, "unreviewed").mustBeRefused("approval-refused")
        try sign("dora", "review", 2, "review-2").mustBe(0)
        try ChildProcess.shell("cp \"$1\".1 \"$1\"", policy)
        try sign("carla", "approval", 1, "late").mustBeRefused("approval-refused")
        let authority = try hospital.authority(by: "carla")
        try hospital.verify(policy, by: authority, signature: out + "approval-1").mustBe(0)
        try hospital.verify(policy, by: authority, signature: out + "review-2").mustBeRefused("signature-invalid", 11)
        for name in ["early", "own", "again", "unreviewed", "late"] {
            #expect(!FileManager.default.fileExists(atPath: out + name))
        }
    }

    @Test("N-24: a program that is not ours has the same verdict", .enabled(if: Restorer.isAvailable, Restorer.reason))
    func outside() throws {
        let hospital = try Hospital.withSigners()
        try hospital.login("carla").mustBe(0)
        let report = try hospital.file("report.txt", "restore test 22")
        try hospital.sign("carla", report).mustBe(0)
        let authority = try hospital.authority(by: "carla")
        let script = packageRoot.appending(path: "Tests/OutsideVerifiers/signature-check.py").path
        func verdict(_ file: String, _ signature: String) throws -> Ended {
            try ChildProcess.run([try #require(Restorer.python), script, authority, file, signature])
        }
        let good = try verdict(report, report + ".signature").mustBe(0)
        #expect(good.text.contains("Carla Amsel") && good.text.contains("review"))
        let altered = try hospital.file("altered.txt", "restore test 23")
        try verdict(altered, report + ".signature").mustBe(1)
        try ChildProcess.shell("sed 's/Carla/Karla/g' \"$1\" > \"$1\".other", report + ".signature")
        try verdict(report, report + ".signature.other").mustBe(1)
    }
}
