import Testing

/// What `keys` tells anybody who can read the repository.
@Suite struct KeyListTests {
    @Test("The list says who may open, who writes, and what protects each epoch") func list() throws {
        let place = try Place()
        let (repository, home) = (place.scratch.path + "/own", place.scratch.path + "/own-home")
        let made = try ChildProcess.run(
            [
                program, "init", "--json", "--repository", repository, "--passphrase-file", place.passphraseFile,
                "--label", "chief", "--host", "ward-7", "--recipient", place.keyFile + ".pub",
            ], environment: ["SAFEHOLD_HOME": home]
        ).mustBe(0).lines()
        let told = try #require(made.first { $0.type == "repository" })

        let lines = try ChildProcess.run([program, "keys", "--json", "--repository", repository]).mustBe(0).lines()
        func only(_ kind: String) throws -> Summary {
            let found = lines.filter { $0.text("kind") == kind }
            try #require(found.count == 1, "\(kind)")
            return found[0]
        }
        #expect(try only("administrator").text("fingerprint") == told.text("fingerprint"))
        let chief = try only("passphrase")
        #expect(chief.text("label") == "chief" && chief["opens"] == 1 && chief["administers"] == 1)
        let second = try only("key-file")
        #expect(second["opens"] == 1 && second["administers"] == 0 && second["epochs"] == 1)
        let writer = try only("writer")
        #expect(writer.text("label") == "ward-7" && writer.text("id") == told.text("writer"))
        #expect(writer.text("domain") == told.text("domain"))
        let epoch = try only("epoch")
        #expect(epoch["epoch"] == 1 && epoch["suite"] == 1 && epoch.text("domain") == told.text("domain"))
        #expect(epoch.text("kem") == "X25519+ML-KEM-768" && epoch.text("aead") == "AES-256-GCM")
        #expect(epoch.text("signatures") == "Ed25519+ML-DSA-65")

        let text = try ChildProcess.run([program, "keys", "--repository", repository]).mustBe(0).text
        for part in [
            told.text("repository"), told.text("fingerprint"), repository, "chief", "ward-7", "open, administer",
            "1 of 1",
            "AES-256-GCM", "ML-KEM-768 and X25519", "Ed25519 and ML-DSA-65", "scrypt", "HMAC-SHA-256",
        ] {
            #expect(text.contains(part), "\(part) is missing from: \(text)")
        }
    }

    @Test("A new epoch is in use from the next backup on, by itself, and what was stored is not stored again")
    func newEpoch() throws {
        let place = try Place()
        try ChildProcess.shell("head -c 600000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        let begun = try place.administer("keys", "new-epoch", "--json").mustBe(0).lines()
        #expect(begun.map { $0["epoch"] } == [2] && begun[0].text("kem") == "X25519+ML-KEM-768")
        #expect(try place.keyLines("epoch").map { $0["epoch"] } == [1, 2])
        #expect(try place.keyLines("passphrase").map { $0["epochs"] } == [2])
        let text = try place.visit("keys").mustBe(0).text
        #expect(text.contains("in use") && text.contains("older backups only") && text.contains("2 of 2"), "\(text)")

        try ChildProcess.shell("cp noise again", directory: place.source)
        let summary = try place.backup()
        #expect(summary["bytes_new"] < 1000, "what the first epoch has was stored again: \(summary["bytes_new"])")
        #expect(try place.snapshots().map { $0["epoch"] } == [1, 2])
        try Comparison.expectSame(place.source, try place.restored())
        try place.verify("--read-data").mustBe(0)
    }

    @Test("A new epoch for one domain leaves the others as they are, and an unknown domain is refused") func oneDomain()
        throws
    {
        let place = try Place()
        let other = place.scratch.path + "/other-home"
        try ChildProcess.run(
            [program, "init", "--join", "--passphrase-file", place.passphraseFile, "--host", "second"],
            environment: ["SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": other]
        ).mustBe(0)
        let domains = try place.keyLines("epoch").map { $0.text("domain") }
        try #require(Set(domains).count == 2)
        let begun = try place.administer("keys", "new-epoch", "--json", "--domain", String(domains[1].prefix(8)))
            .mustBe(
                0
            ).lines()
        #expect(begun.map { $0.text("domain") } == [domains[1]])
        let epochs = try place.keyLines("epoch")
        #expect(epochs.filter { $0.text("domain") == domains[0] }.map { $0["epoch"] } == [1])
        #expect(epochs.filter { $0.text("domain") == domains[1] }.map { $0["epoch"] } == [1, 2])
        let absent = domains.contains { $0.hasPrefix("00") } ? "ffffffff" : "00000000"
        #expect(try place.administer("keys", "new-epoch", "--json", "--domain", absent).error()["exit_status"] > 0)
        #expect(try place.keyLines("epoch").count == 3)
    }
}
