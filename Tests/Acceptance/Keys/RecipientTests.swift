import Testing

/// Who is let in opens backups, and who is let go opens no later ones.
@Suite struct RecipientTests {
    private func placeWithBackup() throws -> (place: Place, snapshot: String, original: String) {
        let place = try Place()
        try ChildProcess.shell(
            "mkdir d; echo one > d/one; head -c 30000 /dev/urandom > noise", directory: place.source)
        let snapshot = try place.backup().snapshot
        let original = try place.scratch.folder("original")
        try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", place.source, original)
        return (place, snapshot, original)
    }

    private func change(_ place: Place) throws -> String {
        try ChildProcess.shell("echo two > d/two; echo changed > noise", directory: place.source)
        return try place.backup().snapshot
    }

    @Test("A generated pair is two files, the private one its owner's alone, and neither is written over")
    func generating() throws {
        let scratch = try Scratch()
        let file = scratch.path + "/auditor"
        let line = try #require(
            try ChildProcess.run([program, "keys", "generate", "--json", "--output", file, "--label", "Ann"]).mustBe(0)
                .lines().first)
        #expect(line.text("secret_file") == file && line.text("public_file") == file + ".pub")
        #expect(try FileStatus.mode(file) == "600")
        let texts = try ChildProcess.shell("cat auditor; cat auditor.pub", directory: scratch.path)
        #expect(texts.contains("private): Ann") && texts.contains("public): Ann"))
        // SHA-256 of the public key: what stands in the file, less its checksum of four bytes.
        let digest = try ChildProcess.shell(
            "grep -v '^#' auditor.pub | cut -d: -f2 | tr -d '\\n' | head -c -8 | tr a-f A-F | basenc --base16 -d | sha256sum | cut -c -64",
            directory: scratch.path)
        #expect(digest == line.text("fingerprint") + "\n")
        let before = try Comparison.fingerprint(scratch.path)
        for name in ["auditor", "other"] {
            try ChildProcess.shell("touch other.pub", directory: scratch.path)
            let again = try ChildProcess.run(
                [program, "keys", "generate", "--json", "--output", scratch.path + "/" + name])
            #expect(try again.mustBe(1).error().text("code") == "target-unusable")
        }
        try ChildProcess.shell("rm other.pub", directory: scratch.path)
        #expect(try Comparison.fingerprint(scratch.path) == before, "a half of a pair was left behind")
    }

    @Test("Who is added by key file restores what was backed up before, and what comes") func addedKeyFile() throws {
        let (place, first, original) = try placeWithBackup()
        let file = try place.generateKey("auditor")
        let key = ["--recipient-file", file]
        let refused = try place.visit(["ls", first, "--json"] + key).mustBe(12).error()
        #expect(refused.text("code") == "key-denied")
        let added = try place.administer("keys", "add", "--json", "--recipient", file + ".pub", "--label", "auditor")
            .mustBe(0).lines()
        try #require(added.map { $0.text("label") } == ["auditor"] && added[0]["epochs"] == 1 && added[0]["opens"] == 1)
        #expect(try place.keyLines("key-file").contains { $0.text("id") == added[0].text("id") })
        let second = try change(place)
        try place.expectRestores(first, as: original, with: key)
        try place.expectRestores(second, as: place.source, with: key)

        // Twice is once too often, whether by the key or by the label.
        for words in [
            ["--recipient", file + ".pub", "--label", "else"],
            ["--recipient", try place.generateKey("b") + ".pub", "--label", "auditor"],
        ] {
            let again = try ChildProcess.run(
                [program, "keys", "add", "--json", "--passphrase-file", place.passphraseFile] + words,
                environment: place.visiting)
            #expect(try again.mustBe(2).error().text("code") == "usage")
        }
        #expect(try place.keyLines("key-file").count == 2)
    }

    @Test("Who is added by passphrase restores, and changes keys only if that was said") func addedPassphrase() throws {
        let (place, first, original) = try placeWithBackup()
        for (name, words) in [("deputy", ["--administrator"]), ("reader", [])] {
            let file = try place.scratch.write("the passphrase of the \(name)\n", name)
            try ChildProcess.run(
                [program, "keys", "add", "--new-passphrase-file", file, "--label", name] + words,
                environment: place.visiting.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 }
            ).mustBe(0)
            try place.expectRestores(first, as: original, with: ["--passphrase-file", file])
        }
        func begin(_ name: String) throws -> Ended {
            try place.visit("keys", "new-epoch", "--json", "--passphrase-file", place.scratch.path + "/" + name)
        }
        #expect(try begin("reader").mustBe(12).error().text("code") == "key-denied")
        #expect(try place.keyLines("epoch").count == 1)
        try begin("deputy").mustBe(0)
        #expect(try place.keyLines("epoch").count == 2)
        let second = try change(place)
        try place.expectRestores(
            second, as: place.source, with: ["--passphrase-file", place.scratch.path + "/reader"])
    }

    /// Expects that `key` is refused whatever shows what is in `closed`, and sees `seen` and no other snapshot.
    private func expectClosed(_ closed: String, _ place: Place, with key: [String], seeing seen: [String]) throws {
        let target = place.scratch.path + "/nothing"
        for command in [
            ["restore", closed, "--target", target], ["ls", closed], ["diff", seen[0], closed],
        ] {
            let error = try place.visit([command[0], "--json"] + command.dropFirst() + key).mustBe(12).error()
            #expect(error.text("code") == "key-denied" && !error.text("advice").isEmpty, "\(command)")
        }
        #expect(!FileStatus.exists(target))
        let found = try place.visit(["find", "*", "--json"] + key).lines().filter { $0.type == "entry" }
        #expect(Set(found.map(\.snapshot)) == Set(seen))
    }

    @Test("Who was removed opens nothing that is backed up afterwards, and still what was before") func removed() throws
    {
        let (place, first, original) = try placeWithBackup()
        let file = try place.generateKey("auditor")
        let words = try place.scratch.write("a passphrase for a while\n", "words")
        let (auditor, guest) = (["--recipient-file", file], ["--passphrase-file", words])
        try place.administer("keys", "add", "--recipient", file + ".pub", "--label", "auditor").mustBe(0)
        try place.administer("keys", "add", "--new-passphrase-file", words, "--label", "guest").mustBe(0)

        let removed = try place.administer("keys", "remove", "auditor", "--json").mustBe(0).lines()
        #expect(removed.last?.text("label") == "auditor" && removed.last?.text("removed") != "")
        #expect(removed.dropLast().map { $0["epoch"] } == [2])
        let second = try change(place)
        try expectClosed(second, place, with: auditor, seeing: [first])
        try place.expectRestores(second, as: place.source, with: guest)

        try place.administer("keys", "remove", "guest").mustBe(0)
        try place.administer("keys", "new-epoch").mustBe(0)
        let third = try place.backup().snapshot
        #expect(try place.snapshots().map { $0["epoch"] } == [1, 2, 4])
        try expectClosed(third, place, with: guest, seeing: [first, second])
        try expectClosed(third, place, with: auditor, seeing: [first])
        for key in [auditor, guest] { try place.expectRestores(first, as: original, with: key) }
        try place.expectRestores(third, as: place.source, with: ["--recipient-file", place.keyFile])
    }

    @Test("The list keeps who was removed, and nobody is removed twice") func listed() throws {
        let place = try Place()
        let other = try #require(try place.keyLines("key-file").first)
        try place.administer("keys", "remove", other.text("label")).mustBe(0)
        #expect(try place.visit("keys").mustBe(0).text.contains("removed 20"))
        #expect(try place.keyLines("key-file").map { $0.text("removed").isEmpty } == [false])
        #expect(
            try place.administer("keys", "remove", other.text("label"), "--json").mustBe(10).error().text("code")
                == "recipient-missing")
    }

    @Test("Nobody removes the last administrator, or the last who can open") func last() throws {
        let place = try Place()
        let owner = try #require(try place.keyLines("passphrase").first)
        let error = try place.administer("keys", "remove", "--json", String(owner.text("id").prefix(8))).mustBe(2)
            .error()
        #expect(error.text("message").contains("last administrator"))
        let other = try #require(try place.keyLines("key-file").first)
        try place.administer("keys", "remove", other.text("id")).mustBe(0)
        let refused = try place.administer("keys", "remove", "--json", "owner").mustBe(2).error()
        #expect(refused.text("message").contains("last one who can open"))
        #expect(try place.keyLines("passphrase").allSatisfy { $0.text("removed") == "" })
    }
}
