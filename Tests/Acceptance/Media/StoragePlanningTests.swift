import Foundation
import Testing

/// 3-2-1-1-0 and the bill, as a person asks for them.
@Suite(.serialized) struct StoragePlanningTests {
    private func copies(_ place: Place, _ text: String) throws -> String { try place.scratch.write(text, "copies.txt") }

    private let lines = """
        name = primary; location = /srv/backup; site = main; medium = disk; offline = no; verified = TODAY
        name = bucket; location = s3://b/p; site = cloud; medium = object-store; offline = no; verified = TODAY

        """

    private var described: String {
        let today = String(ISO8601DateFormatter().string(from: Date()).prefix(10))
        return lines.replacing("TODAY", with: today)
    }

    @Test(
        "Two copies lack a third and an offline one; a medium that was copied, checked and signed out is both",
        .enabled(if: Mount.isPossible, Mount.reason))
    func media() throws {
        let desk = try #require(try MediumDesk())
        let file = try copies(desk.place, described)
        func judge(_ status: Int32) throws -> [Summary] {
            try ChildProcess.run(
                [program, "storage", "copies", "--copies", file, "--json"], environment: desk.place.writing
            ).mustBe(status).lines()
        }
        func unmet(_ lines: [Summary]) -> [String] {
            lines.filter { $0.type == "copy-rule" && $0.fields["met"] as? Bool == false }.map { $0.text("rule") }
        }
        let before = try judge(3)
        #expect(unmet(before) == ["three-copies", "one-offline-or-immutable"])
        #expect(before.contains { $0.type == "warning" && $0.text("message").contains("nothing was copied") })
        try desk.media("copy", desk.path).mustBe(0)
        #expect(try unmet(judge(3)) == ["one-offline-or-immutable", "no-errors"])
        try desk.media("check", desk.path).mustBe(0)
        try desk.media("out", "A", "--custodian", "x", "--location", "bank", "--due", "2030-01-01").mustBe(0)
        let after = try judge(0)
        #expect(unmet(after) == [])
        #expect(after.filter { $0.type == "copy" }.map { $0.text("name") } == ["primary", "bucket", "A"])
        let text = try ChildProcess.run(
            [program, "storage", "copies", "--copies", file], environment: desk.place.writing
        ).mustBe(0).text
        #expect(text.contains("met      3 copies (primary, bucket, A)"))
    }

    @Test("A mistake in the file is told with its line, and a secret is not repeated") func mistakes() throws {
        let place = try Place()
        for (text, part) in [
            (described + "name = x; colour = red\n", "line 3"),
            (described + "name = x; password = hunter2\n", "line 3"),
            ("# nothing\n", "describes no copy"),
        ] {
            let ended = try ChildProcess.run(
                [program, "storage", "copies", "--copies", try copies(place, text), "--json"],
                environment: place.writing
            ).mustBe(2)
            #expect(try ended.error().text("message").contains(part), ended.said)
            #expect(!ended.text.contains("hunter2") && !ended.errorText.contains("hunter2"))
        }
    }

    @Test("The forecast begins with what the repository holds, or with what is given") func cost() throws {
        let place = try Place()
        try ChildProcess.shell("head -c 3000000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        let prices = packageRoot.appending(path: "examples/prices/aws-s3-standard.txt").path
        func months(_ words: String...) throws -> [Summary] {
            try ChildProcess.run(
                [program, "storage", "cost", "--prices", prices, "--json"] + words, environment: place.writing
            ).mustBe(0).lines()
        }
        let held = try #require(
            Int(
                try ChildProcess.shell(
                    "find \"$1\" -type f -printf '%s\\n' | awk '{s+=$1} END {print s}'", place.repository
                ).split(separator: "\n")[0]))
        let measured = try months("--daily-change", "0%", "--months", "2")
        #expect(measured.count == 2 && measured[0]["bytes_live"] == held)
        let given = try months("--stored", "1TiB", "--daily-change", "1%", "--months", "12", "--cohort-days", "0")
        #expect(given.count == 12 && given.allSatisfy { $0["bytes_locked"] == 0 && $0["extensions"] == 0 })
        #expect(given[11]["bytes_live"] > 1 << 40)
        let locked = try months("--stored", "1TiB", "--daily-change", "1%", "--months", "12")
        #expect(locked[11]["bytes_locked"] == locked[11]["bytes_stored"] && locked[11]["extensions"] > 16_384)
        for bad in [
            ["--daily-change", "101%"], ["--daily-change", "x"], ["--daily-change", "1%", "--stored", "many"],
        ] {
            let ended = try ChildProcess.run(
                [program, "storage", "cost", "--prices", prices, "--json"] + bad, environment: place.writing)
            #expect(try ended.mustBe(2).error().text("code") == "usage")
        }
    }
}
