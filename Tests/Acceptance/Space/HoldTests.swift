import TestSupport
import Testing

/// Legal holds, by the program as it is used.
@Suite("Legal holds") struct HoldTests {
    private let place: Place
    private let first: Summary

    init() throws {
        place = try Place()
        try ChildProcess.shell("head -c 400000 /dev/urandom > file", directory: place.source)
        first = try place.backup()
        try ChildProcess.shell("head -c 400000 /dev/urandom > file", directory: place.source)
        _ = try place.backup()
    }

    private func run(_ words: String...) throws -> Ended {
        try ChildProcess.run(
            [program] + words,
            environment: [
                "SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": place.scratch.path + "/nobody",
                "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile,
            ])
    }

    @Test("What is held is neither dropped nor collected until it is let go, and the reason is there for all to see")
    func held() throws {
        try run("hold", "add", first.snapshot, "--reason", "Order 17 of the court").mustBe(0)
        #expect(try run("hold").mustBe(0).text.contains("Order 17 of the court"))
        try run("forget", "--keep-last", "1").mustBe(0)
        let refused = try run("forget", "--snapshot", first.snapshot).mustBe(2)
        #expect(refused.errorText.contains("legal hold"))
        try run("collect").mustBe(0)
        try place.restore(first.snapshot, to: place.scratch.path + "/held").mustBe(0)

        try run("hold", "release", first.snapshot, "--reason", "The case is closed").mustBe(0)
        #expect(try run("hold", "list").mustBe(0).text.contains("No snapshot is under a hold"))
        try run("forget", "--keep-last", "1").mustBe(0)
        #expect(try place.snapshots().count == 1)
    }

    @Test("A hold needs a reason, and an administrator") func refused() throws {
        #expect(try run("hold", "add", first.snapshot, "--reason", " ").mustBe(2).errorText.contains("reason"))
        try run("hold", "add", first.snapshot).mustBe(2)
        try run("hold", "release", first.snapshot, "--reason", "none").mustBe(2)
        let key = place.scratch.path + "/auditor"
        try run("keys", "generate", "--output", key).mustBe(0)
        try run("keys", "add", "--recipient", key + ".pub").mustBe(0)
        let ended = try ChildProcess.run(
            [program, "hold", "add", first.snapshot, "--reason", "mine"],
            environment: [
                "SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": place.scratch.path + "/nobody",
                "SAFEHOLD_RECIPIENT_FILE": key,
            ])
        try ended.mustBe(12)
    }
}
