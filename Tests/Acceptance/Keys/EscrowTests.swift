import Foundation
import Testing

/// A key in the hands of five people, of whom any three open.
@Suite struct EscrowTests {
    private func escrowed() throws -> (place: Place, shares: [String]) {
        let place = try Place()
        try ChildProcess.shell("mkdir d; echo one > d/one; head -c 9000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        let directory = place.scratch.path + "/shares"
        let lines = try place.administer("keys", "escrow", "--output", directory, "--label", "board", "--json").mustBe(
            0
        )
        .lines()
        #expect(lines.allSatisfy { $0.text("kind") == "escrow" && $0["threshold"] == 3 && $0["shares"] == 5 })
        let shares = lines.map { $0.text("secret_file") }
        #expect(try FileStatus.files(below: directory).map { directory + "/" + $0 } == shares.sorted())
        try #require(Set(shares).count == 5)
        for (file, line) in zip(shares, lines) {
            #expect(try FileStatus.mode(file) == "600")
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains(line.text("share")))
        }
        return (place, shares)
    }

    private func options(_ files: [String]) -> [String] { files.flatMap { ["--share-file", $0] } }

    private func refusal(_ place: Place, _ files: [String]) throws -> Summary {
        let target = place.scratch.path + "/refused"
        let error = try place.visit(["restore", "latest", "--target", target, "--json"] + options(files)).mustBe(12)
            .error()
        #expect(!FileStatus.exists(target))
        #expect(error.text("code") == "share-invalid" && !error.text("advice").isEmpty)
        return error
    }

    @Test("Any three shares restore, in any order, also what is backed up in later epochs") func threeOfFive() throws {
        let (place, shares) = try escrowed()
        #expect(try place.keyLines("escrow").map { $0.text("label") } == ["board"])
        #expect(try place.visit("keys").mustBe(0).text.contains("escrow 3 of 5"))
        for triple in [[0, 1, 2], [0, 2, 4], [4, 3, 1]] {
            try place.expectRestores("latest", as: place.source, with: options(triple.map { shares[$0] }))
        }
        try place.expectRestores("latest", as: place.source, with: options(shares))
        try place.administer("keys", "new-epoch").mustBe(0)
        try ChildProcess.shell("echo two > d/two", directory: place.source)
        try place.backup()
        try place.expectRestores("latest", as: place.source, with: options([shares[3], shares[0], shares[2]]))
        // They open; that they may change keys was not said.
        let error = try place.visit(["keys", "new-epoch", "--json"] + options(Array(shares.prefix(3)))).mustBe(12)
            .error()
        #expect(error.text("code") == "key-denied")
    }

    @Test("Two shares open nothing, nor does one of them given twice") func tooFew() throws {
        let (place, shares) = try escrowed()
        let two = try refusal(place, [shares[1], shares[3]])
        #expect(two.text("message").contains("2 shares") && two.text("message").contains("3 are needed"))
        let twice = try refusal(place, [shares[1], shares[3], shares[1]])
        #expect(twice.text("message").contains("Share 3") && twice.text("message").contains("share 1"))
    }

    @Test("A mistyped share is named, by its checksum, before anything is tried") func mistyped() throws {
        let (place, shares) = try escrowed()
        let text = try String(contentsOfFile: shares[2], encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("SAFEHOLD-SHARE-1:") })
        let digit = line.index(line.endIndex, offsetBy: -20)
        let typed = line.replacingCharacters(in: digit...digit, with: line[digit] == "4" ? "5" : "4")
        let file = try place.scratch.write(typed + "\n", "typed")
        for position in 0..<3 {
            var given = [shares[0], shares[1]]
            given.insert(file, at: position)
            let error = try refusal(place, given)
            #expect(error.text("message").contains("Share \(position + 1) is mistyped"), "\(error.fields)")
            #expect(error.text("message").contains("checksum"))
        }
        let short = try place.scratch.write(String(line.dropLast()) + "\n", "short")
        #expect(try refusal(place, [shares[0], short, shares[1]]).text("message").contains("Share 2"))
        // Whoever types a page in groups and in capitals has not mistyped it.
        let digits = line.split(separator: ":")[1].uppercased()
        let grouped = "SAFEHOLD-SHARE-1:" + digits.enumerated().map { ($0 % 4 == 0 ? " " : "") + String($1) }.joined()
        let spaced = try place.scratch.write(grouped + "\n", "spaced")
        try place.expectRestores("latest", as: place.source, with: options([shares[0], spaced, shares[1]]))
    }

    @Test("Shares of two splittings are not put together, and share files are not written over") func mixed() throws {
        let (place, shares) = try escrowed()
        let directory = place.scratch.path + "/shares"
        let again = try place.administer("keys", "escrow", "--output", directory, "--label", "heirs", "--json").mustBe(
            1
        )
        .error()
        #expect(again.text("code") == "target-unusable")
        #expect(try place.keyLines("escrow").count == 1, "a recipient was added whose shares nobody has")
        let other = place.scratch.path + "/other"
        try place.administer("keys", "escrow", "--output", other, "--label", "heirs").mustBe(0)
        let error = try refusal(place, [shares[0], other + "/share-2-of-5.txt", shares[2]])
        #expect(error.text("message").contains("Share 2 belongs to another recipient"))
    }

    @Test(
        "The stranger's reader restores with three shares as well", .enabled(if: Restorer.isAvailable, Restorer.reason))
    func stranger() throws {
        let (place, shares) = try escrowed()
        let target = place.scratch.path + "/foreign"
        try ChildProcess.run([
            try #require(Restorer.python), packageRoot.appending(path: "tools/restorer/restore.py").path,
            place.repository, "--target", target, "--strip", "--shares", shares[4], shares[0], shares[3],
        ]).mustBe(0)
        try Comparison.expectSame(place.source, target)
    }
}
