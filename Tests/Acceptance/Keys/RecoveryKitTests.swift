import Foundation
import Testing

/// The page for the day when only the repository is left.
@Suite struct RecoveryKitTests {
    private func place() throws -> Place {
        let place = try Place()
        try ChildProcess.shell("mkdir d; echo one > d/one; head -c 9000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        return place
    }

    @Test("It is one page, says which repository and what opens it, and holds no secret") func page() throws {
        let place = try place()
        try place.administer("keys", "escrow", "--output", place.scratch.path + "/shares", "--label", "board").mustBe(0)
        let gone = try place.generateKey("gone")
        try place.administer("keys", "add", "--recipient", gone + ".pub", "--label", "long-gone").mustBe(0)
        try place.administer("keys", "remove", "long-gone").mustBe(0)
        let kit = try place.visit("keys", "recovery-kit", "--hint", "safe in room 12").mustBe(0).text
        let lines = kit.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 66, "does not fit a page of 66 lines")
        #expect(lines.filter { !$0.contains(place.repository) }.allSatisfy { $0.count <= 100 })

        let administrator = try #require(try place.keyLines("administrator").first)
        let format = try String(contentsOfFile: place.repository + "/FORMAT", encoding: .utf8)
        let id = try #require(format.split(separator: "\n").first { $0.hasPrefix("repository: ") }).dropFirst(12)
        #expect(kit.contains(place.repository) && kit.contains(id))
        #expect(kit.filter { !$0.isWhitespace }.contains(administrator.text("fingerprint")))
        for part in ["'owner'", "3 of the 5 shares 'board'", "private key file", "safe in room 12"] {
            #expect(kit.contains(part), "\(part) is missing from: \(kit)")
        }
        #expect(!kit.contains("long-gone"), "what was removed does not open it")

        var secrets = [Place.passphrase]
        let files = ["key", "gone"] + (1...5).map { "shares/share-\($0)-of-5.txt" }
        for file in files {
            let text = try String(contentsOfFile: place.scratch.path + "/" + file, encoding: .utf8)
            secrets += text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
                String($0.drop { $0 != ":" }.dropFirst())
            }
        }
        try #require(secrets.count == 8)
        for secret in secrets { #expect(!kit.contains(secret.prefix(16))) }
    }

    @Test("It goes to a file of its owner's alone, and over none that is there") func file() throws {
        let place = try place()
        let file = place.scratch.path + "/kit.txt"
        try place.visit("keys", "recovery-kit", "--output", file).mustBe(0)
        #expect(try FileStatus.mode(file) == "600")
        let before = try String(contentsOfFile: file, encoding: .utf8)
        #expect(before.contains("RESTORE WITHOUT SAFEHOLD"))
        let again = try place.visit("keys", "recovery-kit", "--json", "--output", file).mustBe(1).error()
        #expect(again.text("code") == "target-unusable")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
    }

    @Test("Typed as they stand, its commands restore, with Safehold and without") func steps() throws {
        let place = try place()
        let kit = try place.visit("keys", "recovery-kit").mustBe(0).text
        let commands = kit.split(separator: "\n").compactMap { line -> String? in
            let words = line.drop { $0 == " " || $0.isNumber || $0 == "." }
            guard ["safehold", "python3", "grep", "cp"].contains(words.prefix { $0 != " " }) else { return nil }
            // What stands far behind a command explains it.
            return words.split(separator: "  ").first.map(String.init)
        }
        try #require(commands.count == 6, "\(commands)")
        // A stranger's working directory: the passphrase in `pass`, the repository attached as DIR.
        let desk = try place.scratch.folder("desk")
        try ChildProcess.shell(
            "cp \"$1\" pass; ln -s \"$2\" DIR; ln -s \"$3\" safehold", place.passphraseFile, place.repository, program,
            directory: desk)
        func type(_ command: String, to target: String) throws -> String {
            let words = command.replacing("/tmp/back", with: desk + "/" + target)
                .replacing("<restorer>", with: "$(sed -n 's/^restorer: //p' DIR/FORMAT)")
            return try ChildProcess.shell(
                "PATH=\"$PWD:$PATH\"; export SAFEHOLD_HOME=\"$PWD/home\"; "
                    + words.replacing("python3 ", with: "\"$1\" "),
                Restorer.python ?? "python3", directory: desk)
        }
        let snapshot = try #require(try place.snapshots().first).text("id")
        #expect(try type(commands[0], to: "").contains(snapshot.prefix(12)))
        _ = try type(commands[1], to: "with")
        try Comparison.expectSame(place.source, desk + "/with" + place.source)
        guard Restorer.isAvailable else { return }
        #expect(try type(commands[2], to: "").contains("restorer"))
        _ = try type(commands[3], to: "")
        #expect(try type(commands[4], to: "").contains(snapshot.prefix(12)))
        _ = try type(commands[5], to: "without")
        try Comparison.expectSame(place.source, desk + "/without" + place.source)
    }
}
