import Testing

/// The same repository in the hands of several people.
extension Place {
    /// The administrator's: the repository was made with this passphrase.
    private var administering: [String: String] {
        ["SAFEHOLD_REPOSITORY": repository, "SAFEHOLD_PASSPHRASE_FILE": passphraseFile]
    }

    /// What somebody sets who has nothing but the repository.
    var visiting: [String: String] { ["SAFEHOLD_REPOSITORY": repository, "SAFEHOLD_HOME": scratch.path + "/nobody"] }

    func administer(_ words: [String]) throws -> Ended {
        try ChildProcess.run([program] + words, environment: administering)
    }
    func administer(_ words: String...) throws -> Ended { try administer(words) }

    /// Runs a command with the key that `words` give, and with no other.
    func visit(_ words: [String]) throws -> Ended { try ChildProcess.run([program] + words, environment: visiting) }
    func visit(_ words: String...) throws -> Ended { try visit(words) }

    /// What reads, with the key of the file that the repository was made for.
    func read(_ words: String...) throws -> Ended { try ChildProcess.run([program] + words, environment: reading) }

    /// A pair of keys beside the repository; returns the private one's path.
    func generateKey(_ name: String) throws -> String {
        let file = scratch.path + "/" + name
        try ChildProcess.run([program, "keys", "generate", "--output", file]).mustBe(0)
        return file
    }

    /// Expects that `key`, options that give one, restores exactly what is below `original`.
    func expectRestores(
        _ snapshot: String, as original: String, with key: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let target = try scratch.folder("given-\(try FileStatus.count(in: scratch.path))")
        try visit(["restore", snapshot, "--target", target, "--strip", "--json"] + key).mustBe(0, sourceLocation)
        try Comparison.expectSame(original, target, sourceLocation: sourceLocation)
    }

    /// The lines of `keys --json`, for which no key is needed.
    func keyLines(_ kind: String? = nil) throws -> [Summary] {
        let lines = try visit("keys", "--json").mustBe(0).lines()
        #expect(lines.allSatisfy { $0.type == "key" })
        return lines.filter { kind == nil || $0.text("kind") == kind }
    }
}
