import Foundation
import Testing

/// What somebody who forgets is kept from, and what nobody else could give up.
@Suite("Forgetting with care") struct ForgettingTests {
    private func place(backups: Int) throws -> (place: Place, summaries: [Summary]) {
        let place = try Place()
        var summaries: [Summary] = []
        for round in 0..<backups {
            try ChildProcess.shell("echo \(round) > file", directory: place.source)
            summaries.append(try place.backup())
        }
        return (place, summaries)
    }

    @Test("What drops most of a component has to be confirmed by the digest of its plan") func confirmed() throws {
        let (place, _) = try place(backups: 12)
        let words = ["forget", "--keep-last", "1", "--json"]
        func own(_ words: [String]) throws -> Ended {
            try ChildProcess.run(
                [program] + words,
                environment: [
                    "SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile,
                ])
        }
        let error = try own(words).mustBe(2).error()
        #expect(error.text("code") == "plan-unconfirmed" && error.text("message").contains("11 of the 12"))
        #expect(try place.snapshots().count == 12)
        let planned = try own(words + ["--dry-run"]).mustBe(0).summary()
        #expect(planned["needs_confirmation"] == 1 && planned["dropped"] == 11)
        let digest = planned.text("plan")
        #expect(error.text("advice").contains(digest))
        #expect(try own(["forget", "--keep-last", "1", "--dry-run"]).mustBe(0).text.contains("--confirm " + digest))

        // A plan that became another one is not the one that was confirmed.
        try place.backup()
        #expect(try own(words + ["--confirm", digest]).mustBe(2).error().text("code") == "plan-unconfirmed")
        #expect(try place.snapshots().count == 13)
        let now = try own(words + ["--dry-run"]).mustBe(0).summary().text("plan")
        #expect(now != digest)
        try own(words + ["--confirm", now]).mustBe(0)
        #expect(try place.snapshots().count == 1)
        try place.verify().mustBe(0)
    }

    @Test("By a strategy each component has its own rules, and what it does not name stays (RET-1 to RET-4)")
    func strategy() throws {
        let place = try Place()
        for component in ["short", "long", "other"] {
            for round in 0..<3 {
                try ChildProcess.shell("echo \(round) > file", directory: place.source)
                try place.backup("--component", component, place.source)
            }
        }
        let file = try place.scratch.write(
            """
            strategy: 1
            project: sample
            root: \(place.source)
            defaults: { schedule: { full: daily at 00:00 }, retention: { last: 2 } }
            stores: { primary: { role: primary, site: here, location: \(place.repository) } }
            components:
              short: { kind: source, sources: [.], retention: { last: 1 } }
              long: { kind: documentation, sources: [.] }

            """, "safehold.yaml")
        func left() throws -> [String: Int] {
            Dictionary(grouping: try place.snapshots()) { $0.text("component") }.mapValues(\.count)
        }
        let explained = try place.read("retention", "explain", "--strategy", file, "--json").mustBe(0).lines()
            .filter { $0.type == "retention-explanation" }
        func kept(_ component: String) -> Int {
            explained.count { $0.text("component") == component && $0["kept"] == 1 }
        }
        #expect(["short", "long", "other"].map(kept) == [1, 2, 3])
        try place.administer("forget", "--strategy", file, "--dry-run").mustBe(0)
        #expect(try place.snapshots().count == 9)
        try place.administer("forget", "--strategy", file).mustBe(0)
        #expect(try left() == ["short": 1, "long": 2, "other": 3])
        try place.administer("forget", "--strategy", file, "--keep-last", "1").mustBe(2)
        try place.verify().mustBe(0)
    }

    @Test("Ten at once, or half of them, need no confirmation") func usual() throws {
        let (place, _) = try place(backups: 11)
        try place.administer("forget", "--keep-last", "1").mustBe(0)
        #expect(try place.snapshots().count == 1)
    }

    @Test("A lost snapshot is given up by its number; then space is freed, and nobody misses it") func lost() throws {
        let (place, summaries) = try place(backups: 3)
        let listed = try place.snapshots()
        let writer = listed[1].text("writer")
        try ChildProcess.shell("rm snapshots/*/0000000002", directory: place.repository)
        #expect(try place.read("collect", "--json").mustBe(11).error().text("advice").contains("repair objects"))
        #expect(try place.verify().way == .exit(11))
        let name = writer.prefix(8) + "/2"
        #expect(try place.read("forget", "--lost", String(name)).way == .exit(12), "only an administrator gives up")
        for words in [["--lost", "x"], ["--lost", writer + "/1"], ["--lost", String(name), "--keep-last", "1"]] {
            try ChildProcess.run(
                [program, "forget", "--json"] + words,
                environment: place.visiting.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 }
            ).mustBe(2)
        }
        let planned = try place.administer("forget", "--lost", String(name), "--dry-run", "--json").mustBe(0).lines()
        #expect(planned[0].text("id") == summaries[1].snapshot && planned[0]["sequence"] == 2)
        #expect(try place.verify().way == .exit(11), "nothing was dropped yet")
        try place.administer("forget", "--lost", String(name)).mustBe(0)
        try place.read("collect").mustBe(0)
        try place.verify("--read-data").mustBe(0)
        try ChildProcess.run([program, "verify", "--without-key"], environment: place.visiting).mustBe(0)
        try place.visit("replicate", "--to", place.scratch.path + "/copy", "--create", "--prune").mustBe(0)
        #expect(try place.snapshots().map { $0.text("id") } == [summaries[0].snapshot, summaries[2].snapshot])
        try place.backup()
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test(
        "The stranger's reader passes over a lost snapshot that was given up",
        .enabled(if: Restorer.isAvailable, Restorer.reason), arguments: ["rm", "truncate -s 100"])
    func stranger(how: String) throws {
        let (place, summaries) = try place(backups: 3)
        let writer = try place.snapshots()[0].text("writer")
        try ChildProcess.shell(
            "chmod u+w snapshots/*/0000000001; \(how) snapshots/*/0000000001", directory: place.repository)
        if how != "rm" { try Restorer.run(place, "--list").mustBe(11) }
        try place.administer("forget", "--lost", writer + "/1").mustBe(0)
        let listed = try Restorer.run(place, "--list").mustBe(0).text
        #expect(summaries.map { listed.contains($0.snapshot.prefix(12)) } == [false, true, true])
        try Restorer.restore(place, summaries[2].snapshot, to: place.scratch.path + "/by-stranger").mustBe(0)
    }
}
