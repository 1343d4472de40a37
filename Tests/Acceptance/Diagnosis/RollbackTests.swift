import Testing

/// A repository that was put back to an older state, behind the back of a host that has seen a newer one.
@Suite struct RollbackTests {
    /// Two snapshots were made, and the repository is as it was after the first.
    private func rolledBack() throws -> (place: Place, lost: String) {
        let place = try Place()
        try ChildProcess.shell("echo one > one; head -c 300000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        try ChildProcess.shell("cp -a \"$1\" \"$1\".old", place.repository)
        try ChildProcess.shell("echo two > two; head -c 300000 /dev/urandom > more", directory: place.source)
        let lost = try place.backup().snapshot
        try ChildProcess.shell("mv \"$1\" \"$1\".new; mv \"$1\".old \"$1\"", place.repository)
        return (place, lost)
    }

    @Test("The doctor says so before a backup is tried, with what to do") func diagnosed() throws {
        let (place, _) = try rolledBack()
        let before = try Comparison.contents(place.scratch.path)
        let found = try DoctorTests.findings(place, status: 11)
        #expect(found.map { $0.text("code") } == ["rollback"], "\(found)")
        #expect(found.first?.text("severity") == "damage")
        #expect(found.first?.text("message").contains("no longer has snapshot 2") == true)
        #expect(found.first?.text("advice").contains("doctor --accept-rollback") == true)
        #expect(try DoctorTests.doctor(place).mustBe(11).text.contains("DAMAGE"))
        #expect(try Comparison.contents(place.scratch.path) == before, "looking changes nothing")
        // Another host has seen nothing newer.
        let elsewhere = ["SAFEHOLD_HOME": place.scratch.path + "/nobody"]
        #expect(try DoctorTests.findings(place, setting: elsewhere).allSatisfy { $0.text("code") == "" })
    }

    @Test("A backup refuses it and adds nothing") func refused() throws {
        let (place, _) = try rolledBack()
        let before = try Comparison.fingerprint(place.repository)
        let error = try ChildProcess.run([program, "backup", "--json", place.source], environment: place.writing)
            .mustBe(11).error()
        #expect(error.text("code") == "rollback" && error.text("advice").contains("--accept-rollback"))
        #expect(try Comparison.fingerprint(place.repository) == before)
    }

    @Test("--accept-rollback goes on from it: the next backup has everything, and the doctor is content")
    func accepted()
        throws
    {
        let (place, lost) = try rolledBack()
        let text = try DoctorTests.doctor(place, "--accept-rollback").mustBe(0).text
        #expect(text.contains("Accepted") && text.contains("number 1"))
        #expect(try DoctorTests.findings(place).isEmpty)
        // Content of the lost snapshot that this host remembers as stored is not there any more.
        let next = try place.backup()
        #expect(next["sequence"] == 2 && next.snapshot != lost)
        try Comparison.expectSame(place.source, try place.restored())
        try place.verify("--read-data").mustBe(0)
        #expect(try DoctorTests.findings(place).isEmpty)
        // What was accepted was that state, not whatever comes: put back once more, it is noticed again.
        try ChildProcess.shell("rm -r \"$1\"; mv \"$1\".new \"$1\"", place.repository)
        #expect(try DoctorTests.findings(place, status: 11).contains { $0.text("code") == "rollback" })
    }

    @Test("A newest snapshot that was taken away, or exchanged for an older one's bytes, is noticed as well")
    func newestTaken() throws {
        let place = try Place()
        try ChildProcess.shell("echo one > one", directory: place.source)
        for _ in 1...2 { try place.backup() }
        for script in ["rm snapshots/*/*2 commits/*/*2", "cp snapshots/*/*1 snapshots/*/*2"] {
            try ChildProcess.shell("cp -a . ../kept; chmod -R u+w .; \(script)", directory: place.repository)
            let found = try DoctorTests.findings(place, status: 11)
            #expect(found.contains { $0.text("severity") == "damage" }, "\(script)")
            let error = try ChildProcess.run([program, "backup", "--json", place.source], environment: place.writing)
                .mustBe(11).error()
            #expect(error.text("class") == "integrity", "\(script)")
            try ChildProcess.shell("rm -r \"$1\"; mv kept \"$1\"", place.repository, directory: place.scratch.path)
            #expect(try DoctorTests.findings(place).isEmpty)
        }
    }
}
