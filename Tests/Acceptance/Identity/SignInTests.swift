import Foundation
import Testing

/// Who comes in, how long he stays, and who does not (SEC-4, SEC-5).
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct SignInTests {
    @Test("Until somebody founds a directory of persons, whoever runs the program is the owner, and that is said")
    func unfounded() throws {
        let place = try Place()
        let who = try ChildProcess.run([program, "whoami", "--json"], environment: place.writing).mustBe(0).lines()
        #expect(who.map { $0.text("by") } == ["operating-system"])
        #expect(who.first?.fields["founded"] as? Bool == false)
        try place.backup()
        let doctor = try ChildProcess.run([program, "doctor"], environment: place.writing).mustBe(0)
        #expect(doctor.text.contains("no directory of persons"), doctor.said)
        for words in [["login", "anna"], ["logout"], ["password"]] {
            try ChildProcess.run([program] + words + ["--json"], environment: place.writing)
                .mustBeRefused("directory-missing", 10)
        }
    }

    @Test("Once it is founded, nothing is done for who is not signed in") func nobody() throws {
        let hospital = try Hospital()
        for words in [
            ["backup", hospital.place.source], ["snapshots"], ["ls", "latest"], ["verify"], ["doctor"], ["keys"],
            ["collect"],
            ["forget", "--policy", "iqhis"], ["hold", "list"], ["storage", "lock"], ["users"], ["runs"], ["init"],
            ["restore", "latest", "--target", hospital.place.scratch.path + "/target"],
            ["users", "add", "eve", "--printed-name", "Eve", "--reference", "1"], ["replicate", "--to", "/nowhere"],
        ] {
            try hospital.run(
                "nobody", words + ["--json"], settings: ["SAFEHOLD_RECIPIENT_FILE": hospital.place.keyFile]
            )
            .mustBeRefused("not-signed-in")
        }
        #expect(try hospital.run("nobody", "whoami", "--json").mustBe(0).lines().first?.text("by") == "none")
        try hospital.run("nobody", "users", "found", "--host", "nothing", "--founder", "eve:operator:1:Eve", "--json")
            .mustBeRefused("directory-exists", 1)
    }

    @Test("Somebody signs in with password and code, is known by name and roles, and signs out") func inAndOut() throws
    {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        let who = try #require(try hospital.run("otto", "whoami", "--json").mustBe(0).lines().first)
        #expect(who.text("by") == "session" && who.text("name") == "Otto Amsel" && who.text("login") == "otto")
        #expect(who.fields["roles"] as? [String] == ["operator"])
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        // Somebody copies the token away before.
        try ChildProcess.shell(
            "cp -a \"$1\"/otto \"$1\"/thief", hospital.place.scratch.path + "/sessions")
        try hospital.run("otto", "logout").mustBe(0)
        for shell in ["otto", "thief"] {
            try hospital.run(shell, "backup", hospital.place.source, "--json").mustBeRefused("not-signed-in")
        }
    }

    @Test("What was wrong is not said, and the fifth wrong attempt closes an account; also one that nobody has")
    func lockout() throws {
        let hospital = try Hospital()
        let wrong = try hospital.login("otto", password: "otto runs along the river").mustBeRefused("sign-in-refused")
        let code = try hospital.login("otto", code: "000000").mustBeRefused("sign-in-refused")
        let stranger = try hospital.login("otto2", password: "x", code: "000000").mustBeRefused("sign-in-refused")
        #expect(wrong.text == code.text && wrong.text == stranger.text)
        for _ in 0..<3 { try hospital.login("otto", code: "000000").mustBeRefused("sign-in-refused") }
        try hospital.login("otto").mustBeRefused("account-locked")
        for _ in 0..<4 { try hospital.login("otto2", password: "x", code: "000000").mustBeRefused("sign-in-refused") }
        try hospital.login("otto2", password: "x", code: "000000").mustBeRefused("account-locked")
        // Setting the clock forward opens nothing.
        try hospital.login("otto", settings: ["FAULT_CLOCK": "90000"]).mustBeRefused("account-locked")
        hospital.pass(seconds: 16 * 60)
        try hospital.login("otto").mustBe(0)
        try hospital.login("anna").mustBe(0)
    }

    @Test("A code is good once, a recovery code too") func replay() throws {
        let hospital = try Hospital()
        let code = try hospital.code("otto")
        try hospital.login("otto", code: code).mustBe(0)
        try hospital.login("otto", code: code).mustBeRefused("sign-in-refused")
        let paper = try hospital.recoveryCodes("otto")
        #expect(paper.count == 10)
        try hospital.login("otto", code: paper[3]).mustBe(0)
        try hospital.login("otto", code: paper[3]).mustBeRefused("sign-in-refused")
        try hospital.login("otto", code: paper[4]).mustBe(0)
    }

    @Test("A session that is not used ends after a quarter of an hour, one that is used after twelve hours")
    func limits()
        throws
    {
        let hospital = try Hospital()
        try hospital.login("ada").mustBe(0)
        hospital.pass(seconds: 14 * 60)
        try hospital.run("ada", "snapshots").mustBe(0)
        hospital.pass(seconds: 16 * 60)
        try hospital.run("ada", "snapshots", "--json").mustBeRefused("not-signed-in")
        try hospital.login("ada").mustBe(0)
        for _ in 0..<53 {
            hospital.pass(seconds: 14 * 60 - 30)
            try hospital.run("ada", "snapshots").mustBe(0)
        }
        hospital.pass(seconds: 14 * 60)
        try hospital.run("ada", "snapshots", "--json").mustBeRefused("not-signed-in")
    }

    @Test("A clock that is set back prolongs nothing") func setBack() throws {
        let hospital = try Hospital()
        try hospital.login("ada").mustBe(0)
        hospital.pass(seconds: 16 * 60)
        try hospital.run("ada", ["snapshots", "--json"], settings: ["FAULT_CLOCK": "-7200"]).mustBeRefused(
            "not-signed-in")
    }

    @Test("A token is worth nothing to another host, and gone at this one when it comes from another machine")
    func stolen() throws {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        let other = try Hospital()
        try ChildProcess.shell(
            "mkdir -p \"$2\" && cp -a \"$1\"/otto \"$2\"/otto", hospital.place.scratch.path + "/sessions",
            other.place.scratch.path + "/sessions")
        try other.run("otto", "backup", other.place.source, "--json").mustBeRefused("not-signed-in")
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        guard isRoot, ChildProcess.has("unshare"), FileManager.default.fileExists(atPath: "/etc/machine-id") else {
            return
        }
        // The whole state of the host on another machine, and then at home again.
        let machine = try hospital.place.scratch.write("0123456789abcdef0123456789abcdef\n", "machine-id")
        let there = ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/machine-id && exec \"$@\"", machine]
        let words = [program, "backup", hospital.place.source, "--json"]
        try ChildProcess.run(there + words, environment: try hospital.shell("otto")).mustBeRefused("not-signed-in")
        try hospital.run("otto", "backup", hospital.place.source, "--json").mustBeRefused("not-signed-in")
    }

    @Test("A session file that others could read is not taken") func readable() throws {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        let file = hospital.place.scratch.path + "/sessions/otto"
        #expect(try ChildProcess.shell("stat -c %a \"$1\"", file) == "600\n")
        try ChildProcess.shell("chmod 640 \"$1\"", file)
        try hospital.run("otto", "snapshots", "--json").mustBeRefused("not-signed-in")
    }

    @Test("Another password ends all sessions; one that is known, short or the name is not taken") func password()
        throws
    {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        let present = try hospital.place.scratch.write(Hospital.password(of: "otto") + "\n", "present")
        for weak in ["short", "I am otto, you know", Hospital.password(of: "otto")] {
            let chosen = try hospital.place.scratch.write(weak + "\n", "weak")
            try hospital.run(
                "otto", "password", "--password-file", present, "--new-password-file", chosen, "--json"
            ).mustBeRefused("password-refused", 2)
        }
        let chosen = try hospital.place.scratch.write("the ferry leaves at noon\n", "chosen")
        try hospital.run("otto", "password", "--password-file", chosen, "--new-password-file", present, "--json")
            .mustBeRefused("sign-in-refused")
        try hospital.run("otto", "password", "--password-file", present, "--new-password-file", chosen).mustBe(0)
        try hospital.run("otto", "snapshots", "--json").mustBeRefused("not-signed-in")
        try hospital.login("otto").mustBeRefused("sign-in-refused")
        try hospital.login("otto", password: "the ferry leaves at noon").mustBe(0)
    }

    @Test("No secret is in what the program prints or keeps in the catalog") func secrets() throws {
        let hospital = try Hospital()
        let said = try hospital.login("otto").mustBe(0)
        let token = try String(contentsOfFile: hospital.place.scratch.path + "/sessions/otto", encoding: .utf8)
            .split(whereSeparator: \.isWhitespace).last.map(String.init)
        let secret = try #require(
            try String(contentsOfFile: hospital.place.scratch.path + "/otto/authenticator", encoding: .utf8)
                .firstMatch(of: #/secret=([A-Z2-7]+)/#)
        ).output.1
        for hidden in [try #require(token), String(secret), Hospital.password(of: "otto")] {
            #expect(!said.text.contains(hidden) && !said.errorText.contains(hidden))
            for file in try FileManager.default.subpathsOfDirectory(atPath: hospital.place.home) {
                let data = FileManager.default.contents(atPath: hospital.place.home + "/" + file) ?? Data()
                #expect(data.range(of: Data(hidden.utf8)) == nil, "\(file)")
            }
        }
    }
}
