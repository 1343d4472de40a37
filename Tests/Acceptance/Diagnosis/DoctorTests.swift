import Testing

/// What the doctor says of a host and a repository, and that its advice helps.
@Suite struct DoctorTests {
    /// The host's own look: nothing that opens anything.
    static func doctor(_ place: Place, _ words: String..., setting: [String: String] = [:]) throws -> Ended {
        try ChildProcess.run([program, "doctor"] + words, environment: place.writing.merging(setting) { $1 })
    }

    /// Findings, but for those about the machine that the tests run on.
    static func findings(_ place: Place, status: Int32 = 0, setting: [String: String] = [:]) throws -> [Summary] {
        let lines = try doctor(place, "--json", setting: setting).mustBe(status).lines()
        #expect(lines.allSatisfy { $0.type == "finding" })
        return lines.filter {
            !$0.text("message").contains("processor") && !$0.text("message").contains("MiB are free")
        }
    }

    private func place() throws -> Place {
        let place = try Place()
        try ChildProcess.shell("echo one > one; head -c 100000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        return place
    }

    @Test("Where all is well it says what it looked at, and changes nothing") func healthy() throws {
        let place = try place()
        let before = try Comparison.contents(place.scratch.path)
        #expect(try Self.findings(place).isEmpty)
        let text = try Self.doctor(place).mustBe(0).text
        for part in [
            "ok      The repository", "is the certified writer", "can be written to", "The newest of 1 snapshots",
            "2 recipients can open", "\(place.home) is its owner's alone",
        ] {
            #expect(text.contains(part), "\(part) is missing from: \(text)")
        }
        #expect(try Comparison.contents(place.scratch.path) == before)
    }

    @Test("A host without an identity, a repository without a snapshot, and one with a single key are remarked on")
    func remarks() throws {
        let place = try Place()
        let other = try place.scratch.folder("other-home")
        try ChildProcess.shell("chmod 700 \"$1\"", other)
        let key = try #require(try place.keyLines("key-file").first)
        try place.administer("keys", "remove", key.text("id")).mustBe(0)
        let remarks = try Self.findings(place, setting: ["SAFEHOLD_HOME": other])
        #expect(remarks.count == 3 && remarks.allSatisfy { $0.text("severity") == "note" })
        let identity = try #require(remarks.first { $0.text("message").contains("not a writer") })
        #expect(identity.text("advice").contains("init --join") && identity.text("message").contains(other))
        #expect(remarks.contains { $0.text("message").contains("no snapshot yet") })
        #expect(
            remarks.contains { $0.text("message").contains("Only 'owner'") && $0.text("advice").contains("keys add") })
        #expect(
            try Self.findings(place, setting: ["SAFEHOLD_HOME": place.scratch.path + "/nothing"]).contains {
                $0.text("message").contains("no state") && $0.text("advice").contains("safehold init")
            })
    }

    @Test(
        "What others can read and should not is named, and is well again when the advice was followed",
        arguments: ["state", "identity", "passphrase"])
    func permissions(what: String) throws {
        let place = try place()
        let identity = try #require(try FileStatus.files(below: place.home).first { $0.hasSuffix("/identity") })
        let path = ["state": place.home, "identity": place.home + "/" + identity, "passphrase": place.passphraseFile][
            what, default: ""]
        let setting = ["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]
        try ChildProcess.shell("chmod go= \"$1\" \"$2\"", place.passphraseFile, path)
        #expect(try Self.findings(place, setting: setting).isEmpty)
        for mode in ["o+r", "g+r"] {
            try ChildProcess.shell("chmod \"$2\" \"$1\"", path, mode)
            let found = try Self.findings(place, setting: setting)
            try #require(found.count == 1 && found[0].text("severity") == "warning", "\(found)")
            #expect(found[0].text("message").contains(path) && found[0].text("advice").contains("chmod"))
            try ChildProcess.shell("chmod go= \"$1\"", path)
            #expect(try Self.findings(place, setting: setting).isEmpty)
        }
    }

    @Test(
        "A newest snapshot that is old, or of a time to come, is a warning",
        .enabled(if: Faults.isAvailable, Faults.reason),
        arguments: [(days: 8, says: "8 days old"), (days: -1, says: "yet to come")])
    func age(days: Int, says: String) throws {
        let place = try place()
        let clock = try Faults.environment(["FAULT_CLOCK": "\(days * 86_400)"])
        let found = try Self.findings(place, setting: clock)
        try #require(found.map { $0.text("severity") } == ["warning"] && !found[0].text("advice").isEmpty)
        #expect(found[0].text("message").contains(says), "\(found)")
        #expect(try Self.findings(place, setting: try Faults.environment(["FAULT_CLOCK": "\(6 * 86_400)"])).isEmpty)
    }

    @Test("A snapshot record that is missing is damage, and makes the exit status 11") func damage() throws {
        let place = try place()
        try place.backup()
        try ChildProcess.shell("rm \"$1\"/snapshots/*/*1", place.repository)
        let found = try Self.findings(place, status: 11)
        #expect(found.contains { $0.text("severity") == "damage" && $0.text("code") == "object-missing" })
        #expect(try Self.doctor(place).mustBe(11).text.contains("DAMAGE"))
    }

    @Test("Without a repository it looks at the host, and with one that is not there it says so") func noRepository()
        throws
    {
        let place = try place()
        let remarks = try Self.findings(place, setting: ["SAFEHOLD_REPOSITORY": ""])
        try #require(remarks.map { $0.text("severity") } == ["note"])
        #expect(remarks[0].text("advice").contains("--repository"))
        let absent = try Self.findings(place, status: 10, setting: ["SAFEHOLD_REPOSITORY": place.source])
        #expect(absent.map { $0.text("code") } == ["repository-missing"])
    }
}
