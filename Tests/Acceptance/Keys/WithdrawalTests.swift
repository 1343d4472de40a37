import Testing

/// A host whose writer was withdrawn (EMG-2, docs/decisions/0036).
@Suite("A withdrawn writer") struct WithdrawalTests {
    private let reason = ["--reason", "stolen on the train"]

    /// What somebody does who has the host's key, and a program that knows nothing of withdrawals.
    private func addAsThief(_ place: Place) throws {
        let (there, aside) = (place.repository + "/keys/withdrawals", place.scratch.path + "/aside")
        try ChildProcess.shell("mv \"$1\" \"$2\"", there, aside)
        try ChildProcess.shell("echo encrypted > one", directory: place.source)
        try place.backup()
        try ChildProcess.shell("mv \"$2\" \"$1\"", there, aside)
    }

    private func placeWithBackup() throws -> (place: Place, original: String) {
        let place = try Place()
        try ChildProcess.shell("echo mine > one; head -c 300000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        let original = try place.scratch.folder("original")
        try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", place.source, original)
        return (place, original)
    }

    @Test("adds nothing any more: its backups are refused, and it is said why") func refused() throws {
        let (place, _) = try placeWithBackup()
        let writer = try #require(try place.keyLines("writer").first)
        // Nobody does that by a slip of the keyboard, and not without saying why.
        try place.administer("keys", "withdraw", "--json").mustBe(2)
        let unsaid = try place.administer("keys", "withdraw", writer.text("label"), "--json").mustBe(2).error()
        #expect(unsaid.text("code") == "audit-reason-missing")
        let unknown = try place.administer(["keys", "withdraw", "nobody", "--json"] + reason).mustBe(10).error()
        #expect(unknown.text("code") == "recipient-missing")

        let told = try place.administer(["keys", "withdraw", writer.text("label"), "--json"] + reason).mustBe(0).lines()
        #expect(told.map { $0.text("id") } == [writer.text("id")] && told[0]["last_sequence"] == 1)
        let listed = try #require(try place.keyLines("writer").first)
        #expect(listed.text("reason") == "stolen on the train" && listed["last_sequence"] == 1)
        #expect(try place.visit("keys").mustBe(0).text.contains("after number 1"))

        let failure = try ChildProcess.run([program, "backup", "--json", place.source], environment: place.writing)
            .mustBe(12).error()
        #expect(failure.text("code") == "writer-withdrawn" && failure.text("advice").contains("stolen on the train"))
        #expect(try place.snapshots().count == 1)
        let doctor = try ChildProcess.run([program, "doctor", "--json"], environment: place.writing).mustBe(12).lines()
        #expect(doctor.contains { $0.text("code") == "writer-withdrawn" })
        // Twice is the same as once.
        let again = try place.administer(["keys", "withdraw", writer.text("label")] + reason).mustBe(0).text
        #expect(again.contains("was withdrawn before"))
    }

    @Test("has its later snapshots told of and left out, until somebody drops them by name") func thief() throws {
        let (place, original) = try placeWithBackup()
        let writer = try #require(try place.keyLines("writer").first).text("id")
        try place.administer(["keys", "withdraw", writer] + reason).mustBe(0)
        try addAsThief(place)

        let listing = try place.read("snapshots", "--json").mustBe(11)
        #expect(try listing.lines().filter { $0.type == "snapshot" }.map { $0["sequence"] } == [1])
        #expect(try listing.lines().contains { $0.type == "finding" && $0.text("code") == "writer-withdrawn" })
        try Comparison.expectSame(original, try place.restored())
        let named = "\(writer.prefix(8))/2"
        try place.restore(named, to: place.scratch.path + "/never").mustBe(10)
        #expect(try place.verify("--read-data").mustBe(11).text.contains("after it was withdrawn"))
        if Restorer.isAvailable {
            let said = try Restorer.run(place, "--list").mustBe(0).said
            #expect("\(said)".contains("0000000002 was added after its writer was withdrawn"))
        }

        // Rules leave it alone, collections keep what it needs, and it can be held as evidence.
        try place.administer("forget", "--keep-last", "1").mustBe(0)
        try place.administer("collect").mustBe(0)
        try place.administer("hold", "add", named, "--reason", "evidence").mustBe(0)
        try place.administer("forget", "--snapshot", named).mustBe(2)
        try place.administer("hold", "release", named, "--reason", "looked at").mustBe(0)
        let plan = try place.administer("forget", "--snapshot", named, "--dry-run").mustBe(0).text
        #expect(plan.contains("its writer had been withdrawn"))
        try place.administer("forget", "--snapshot", named).mustBe(0)
        #expect(try place.read("snapshots", "--json").mustBe(0).lines().count { $0.type == "finding" } == 0)
        try place.administer("collect").mustBe(0)
        try place.verify("--read-data").mustBe(0)
        try Comparison.expectSame(original, try place.restored())
    }

    @Test("is followed by another one of the same host, which reads everything once") func anew() throws {
        let (place, _) = try placeWithBackup()
        let pass = ["--passphrase-file", place.passphraseFile]
        try place.visit(["keys", "withdraw", "--this-host"] + pass + reason).mustBe(10)
        try ChildProcess.run(
            [program, "keys", "withdraw", "--this-host"] + pass + reason, environment: place.writing
        ).mustBe(0)
        try ChildProcess.run([program, "init", "--join"] + pass, environment: place.writing).mustBe(0)
        #expect(try place.keyLines("writer").count == 2)
        try ChildProcess.shell("echo again > one", directory: place.source)
        try place.backup()
        #expect(try place.snapshots().map { $0["sequence"] } == [1, 1])
        try Comparison.expectSame(place.source, try place.restored())
        try place.verify("--read-data").mustBe(0)
        // By the host's name the one is meant that still adds.
        try place.administer(
            ["keys", "withdraw", try #require(try place.keyLines("writer").first).text("label")] + reason
        ).mustBe(0)
        #expect(try place.keyLines("writer").allSatisfy { !$0.text("withdrawn").isEmpty })
    }

    @Test("is withdrawn at every copy that is brought up to date") func copied() throws {
        let (place, original) = try placeWithBackup()
        let copy = place.scratch.path + "/copy"
        try place.read("replicate", "--to", copy, "--create").mustBe(0)
        let writer = try #require(try place.keyLines("writer").first).text("id")
        try place.administer(["keys", "withdraw", writer] + reason).mustBe(0)
        try addAsThief(place)
        try place.read("replicate", "--to", copy).mustBe(0)
        let target = place.scratch.path + "/from-copy"
        try place.read("restore", "latest", "--repository", copy, "--target", target).mustBe(0)
        try Comparison.expectSame(original, target + place.source)
    }
}
