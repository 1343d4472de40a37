import Testing

/// A breach on a host with a directory of persons (EMG-2, SEC-4).
@Suite("A breach among several people", .enabled(if: Hospital.isAvailable, Hospital.reason)) struct BreachRolesTests {
    @Test(
        "goes from hand to hand by what each may do, and what others agreed to before it is not carried out meanwhile"
    )
    func roles() throws {
        let hospital = try Hospital()
        for login in ["otto", "ben", "anna", "dora"] { try hospital.login(login).mustBe(0) }
        func withKey(_ login: String, _ words: String...) throws -> Ended {
            let key = ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile]
            return try hospital.run(login, words + ["--json"], settings: key)
        }
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        let snapshot = try hospital.run("otto", "backup", hospital.place.source, "--json").mustBe(0).summary().snapshot
        try withKey("anna", "hold", "add", snapshot, "--reason", "court").mustBe(0)
        let asked = try #require(
            try withKey("anna", "hold", "release", snapshot, "--reason", "closed", "--request").mustBe(0).lines().last)
        let id = asked.text("id")
        for login in ["ben", "dora"] {
            try hospital.run(login, "approve", id, "--plan", asked.text("plan")).mustBe(0)
        }
        hospital.pass(seconds: 25 * 3600)
        for login in ["anna", "otto", "dora"] { try hospital.login(login).mustBe(0) }

        try hospital.run("dora", "emergency", "start", "breach", "--cause", "strange files").mustBe(0)
        try hospital.run("dora", "emergency", "next").mustBe(0)
        // To secure backups is the security lead's: the step fails for others, and waits.
        let refused = try withKey("dora", "emergency", "next").mustBe(3)
        #expect(try refused.lines().contains { $0.text("standing") == "failed" }, refused.said)
        try hospital.run("dora", "emergency", "hand-over", "anna").mustBe(0)
        try withKey("anna", "hold", "release", snapshot, "--reason", "closed", "--request-id", id)
            .mustBeRefused("retention-frozen")
        try withKey("anna", "emergency", "next").mustBe(0)
        try hospital.run("otto", "backup", hospital.place.source, "--json").mustBeRefused("writer-withdrawn")

        try hospital.run("anna", "emergency", "abort", "--reason", "It was a test of ours").mustBe(0)
        try withKey("anna", "hold", "release", snapshot, "--reason", "closed", "--request-id", id).mustBe(0)
    }
}
