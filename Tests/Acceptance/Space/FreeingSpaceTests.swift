import Foundation
import Glibc
import TestSupport
import Testing

/// Space that comes back, by the program as it is used.
@Suite("Freeing space") struct FreeingSpaceTests {
    /// Six snapshots, each with a file that the next one has not, and one that all have.
    private func history() throws -> (place: Place, summaries: [Summary]) {
        let place = try Place()
        try ChildProcess.shell("head -c 400000 /dev/urandom > stays", directory: place.source)
        var summaries: [Summary] = []
        for round in 0..<6 {
            try ChildProcess.shell(
                "rm -f noise-*; head -c 700000 /dev/urandom > noise-\(round)", directory: place.source)
            summaries.append(try place.backup())
        }
        return (place, summaries)
    }

    private func own(_ place: Place, _ words: String...) throws -> Ended {
        try ChildProcess.run([program] + words, environment: owner(place))
    }

    private func owner(_ place: Place) -> [String: String] {
        [
            "SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": place.scratch.path + "/nobody",
            "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile,
        ]
    }

    private func size(_ place: Place) throws -> Int {
        let text = try ChildProcess.shell("du -sb packs | cut -f1", directory: place.repository)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test("What was dropped is no longer listed, and its space comes back; what is left restores and verifies")
    func frees() throws {
        let (place, summaries) = try history()
        let before = try size(place)
        #expect(
            try own(place, "forget", "--keep-last", "2", "--dry-run").mustBe(0).text.contains("4 snapshots would be"))
        #expect(try place.snapshots().count == 6 && size(place) == before)
        try own(place, "forget", "--keep-last", "2").mustBe(0)
        #expect(try place.snapshots().map { $0.text("id") } == summaries.suffix(2).map(\.snapshot))
        #expect(try place.restore(summaries[0].snapshot, to: place.scratch.path + "/no").way == .exit(10))
        #expect(try size(place) == before)

        let planned = try place.read("collect", "--dry-run", "--json").mustBe(0).summary()
        #expect(try size(place) == before)
        let collected = try place.read("collect", "--json").mustBe(0).summary()
        #expect(collected["packs_removed"] == planned["packs_removed"])
        #expect(collected["bytes_removed"] == planned["bytes_removed"] && collected["bytes_removed"] > 2_000_000)
        #expect(try before - size(place) > 2_000_000)
        try place.verify("--read-data").mustBe(0)
        try ChildProcess.run(
            [program, "verify", "--without-key", "--read-data"],
            environment: ["SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": place.scratch.path + "/nobody"]
        ).mustBe(0)
        try Comparison.expectSame(place.source, try place.restored())
        #expect(try place.read("collect").mustBe(0).text.contains("Nothing to collect"))
        try place.backup()
        try place.verify("--read-data").mustBe(0)
    }

    @Test("Only an administrator drops, and never the last complete snapshot of a component") func refusals() throws {
        let place = try Place()
        try ChildProcess.shell("echo x > x", directory: place.source)
        try place.backup()
        let only = try place.backup("--component", "other", place.source)
        #expect(try place.read("forget", "--keep-last", "1").way == .exit(12))
        #expect(try own(place, "forget", "--snapshot", only.snapshot).mustBe(2).errorText.contains("'other'"))
        for words in [["--keep-last", "0"], [], ["--policy", "none"], ["--policy", "iqhis", "--keep-last", "1"]] {
            try ChildProcess.run([program, "forget"] + words, environment: owner(place)).mustBe(2)
        }
        #expect(try place.snapshots().count == 2)
    }

    @Test("Who forgot the packs of a host's newest listing does not break its next backup") func newestDropped() throws
    {
        let (place, summaries) = try history()
        try own(place, "forget", "--snapshot", summaries[5].snapshot).mustBe(0)
        try place.read("collect").mustBe(0)
        try place.verify("--read-data").mustBe(0)
        try place.backup()
        try Comparison.expectSame(place.source, try place.restored())
        try place.verify("--read-data").mustBe(0)
    }

    @Test(
        "The stranger's reader passes over what was dropped, and lists it when it is asked to",
        .enabled(if: Restorer.isAvailable, Restorer.reason)) func stranger() throws
    {
        let (place, summaries) = try history()
        try own(place, "forget", "--keep-last", "2").mustBe(0)
        #expect(try place.read("collect", "--json").mustBe(0).summary()["packs_rewritten"] > 0)
        let listed = try Restorer.run(place, "--list").mustBe(0).text
        #expect(summaries.map { listed.contains($0.snapshot.prefix(12)) } == [false, false, false, false, true, true])
        let all = try Restorer.run(place, "--list", "--dropped").mustBe(0).text.split(separator: "\n")
        #expect(all.count == 6 && all.filter { $0.hasSuffix("(dropped)") }.count == 4)
        try Restorer.run(place, "--verify-only").mustBe(0)
        let target = place.scratch.path + "/by-stranger"
        try Restorer.restore(place, summaries[4].snapshot, to: target).mustBe(0)
    }

    @Test(
        "A collection that was killed at any call is gone on with by the next one",
        .enabled(if: Faults.isAvailable, Faults.reason)) func killed() throws
    {
        let (place, _) = try history()
        try own(place, "forget", "--keep-last", "1").mustBe(0)
        let kept = place.scratch.path + "/kept"
        try ChildProcess.shell("cp -a \"$1\" \"$2\"", place.repository, kept)
        let words = [program, "collect"]
        let calls = try Faults.count(words, place.reading)
        #expect(calls > 10)
        let rounds = Soak.count(6, full: calls)
        for round in 0..<rounds {
            try ChildProcess.shell("rm -rf \"$1\"; cp -a \"$2\" \"$1\"", place.repository, kept)
            let call = 1 + round * calls / rounds
            let ended = try ChildProcess.run(
                words, environment: place.reading.merging(try Faults.killing(at: call)) { $1 })
            #expect(ended.way == .signal(SIGKILL), "call \(call): \(ended.said)")
            try place.verify().mustBe(0)
            try place.read("collect").mustBe(0)
            #expect(try place.read("collect").mustBe(0).text.contains("Nothing to collect"), "call \(call)")
            try place.verify("--read-data").mustBe(0)
        }
        try Comparison.expectSame(place.source, try place.restored())
    }
}
