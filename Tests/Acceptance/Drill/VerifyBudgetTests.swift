import Foundation
import Glibc
import Testing

/// What `verify` remembers to have proven (VER-1, docs/drills.md).
@Suite("Verification by budget") struct VerifyBudgetTests {
    private static func place() throws -> Place {
        let place = try Place()
        for number in 0..<4 {
            try Data((0..<200_000).map { _ in UInt8.random(in: 0...255) }).write(
                to: URL(filePath: place.source + "/\(number)"))
            _ = try place.backup(place.source)
        }
        return place
    }

    private static func verify(_ place: Place, _ words: String...) throws -> Ended {
        try ChildProcess.run([program, "verify", "--without-key", "--json"] + words, environment: place.reading)
    }

    @Test("goes on where it stopped, until everything is proven, and the status says so") func goesOn() throws {
        let place = try Self.place()
        let before = try #require(try Self.verify(place, "--status").mustBe(3).lines().last)
        #expect(before["objects_proven"] == 0 && before["objects_never_proven"] == before["objects"])
        var proven = [0]
        for _ in 0..<100 {
            let summary = try Self.verify(place, "--budget", "250KiB").mustBe(0).summary()
            proven.append(summary["objects_proven"])
            if summary["objects_unproven"] == 0 { break }
        }
        #expect(proven.count > 2 && proven == proven.sorted() && proven.last == before["objects"], "\(proven)")
        let after = try #require(try Self.verify(place, "--status").mustBe(0).lines().last)
        #expect(after["objects_proven_by_content"] == 0 && after["bytes_proven"] == after["bytes"])
        // A snapshot later there is something again that nobody has proven.
        try Data("more".utf8).write(to: URL(filePath: place.source + "/more"))
        _ = try place.backup(place.source)
        #expect(try Self.verify(place, "--status").mustBe(3).lines().last?["objects_never_proven"] ?? 0 > 0)
        try ChildProcess.run([program, "verify", "--read-data"], environment: place.reading).mustBe(0)
        let opened = try #require(try Self.verify(place, "--status").mustBe(0).lines().last)
        #expect(opened["objects_proven_by_content"] > 0)
    }

    @Test("with a key decrypts, goes on where it stopped, and names the files that damage harms") func content() throws
    {
        let place = try Self.place()
        func verify(_ words: String...) throws -> Ended {
            try ChildProcess.run([program, "verify", "--json"] + words, environment: place.reading)
        }
        // What was read without a key counts for nothing of what is in it.
        try Self.verify(place, "--budget", "1GiB").mustBe(0)
        var proven = [0]
        for _ in 0..<100 {
            try verify("--budget", "250KiB").mustBe(0)
            let status = try #require(try verify("--status").mustBe(0).lines().last)
            proven.append(status["objects_proven_by_content"])
            if proven.suffix(2) == [proven[proven.count - 1], proven[proven.count - 1]] { break }
        }
        let packs =
            try FileStatus.files(below: place.repository + "/packs")
            .count + FileStatus.files(below: place.repository + "/meta").count
        #expect(proven.count > 3 && proven == proven.sorted() && proven.last == packs, "\(proven) of \(packs)")

        let pack = try #require(try FileStatus.files(below: place.repository + "/packs").first)
        try Damage.flip(place.repository + "/packs/" + pack, at: 5000)
        let ended = try verify("--budget", "1GiB").mustBe(11)
        #expect(try ended.lines().contains { $0.type == "finding" && $0.text("object").contains(pack) }, ended.said)
        #expect(try ended.summary()["files_affected"] > 0)
    }

    @Test("finds a damaged pack without a key, and does not take it for proven until it is whole again") func damaged()
        throws
    {
        let place = try Self.place()
        try Self.verify(place, "--budget", "1GiB").mustBe(0)
        let pack = try #require(
            try ChildProcess.shell("find \"$1/packs\" -type f | sort | head -1", place.repository).split(
                separator: "\n"
            ).first.map(String.init))
        try ChildProcess.shell("cp \"$1\" \"$2\"", pack, place.scratch.path + "/kept")
        try Damage.flip(pack)
        let ended = try Self.verify(place, "--sample", "1000").mustBe(11)
        #expect(ended.text.contains((pack as NSString).lastPathComponent), ended.said)
        #expect(try Self.verify(place, "--status").mustBe(3).lines().last?["objects_never_proven"] == 1)
        try ChildProcess.shell("cp \"$2\" \"$1\"", pack, place.scratch.path + "/kept")
        try Self.verify(place, "--budget", "1KiB").mustBe(0)
        try Self.verify(place, "--status").mustBe(0)
    }

    @Test("with a key that is interrupted counts what it had read") func interrupted() throws {
        let place = try Place()
        for number in 0..<16 {
            try ChildProcess.shell("head -c 6000000 /dev/urandom > \"$1\"", place.source + "/\(number)")
            _ = try place.backup(place.source)
        }
        // Interrupted a little later each time, until it had read something and not everything.
        for wait in stride(from: Int32(40), to: 8000, by: 40) {
            let process = try ChildProcess(
                [program, "verify", "--read-data", "--json"].map(\.bytes), environment: place.reading)
            _ = process.ends(within: wait)
            process.signal(SIGINT)
            let ended = process.wait()
            try #require(ended.status != 0, "it was over before it was interrupted: \(ended.said)")
            let status = try #require(try Self.verify(place, "--status").lines().last)
            if status["objects_proven"] > 0 { return }
        }
        Issue.record("nothing that an interrupted verification read was remembered")
    }

    @Test("takes what goes together only") func wrong() throws {
        let place = try Place()
        try Self.verify(place, "--budget", "much").mustBe(2)
        try Self.verify(place, "--budget", "1MiB", "--sample", "3").mustBe(2)
        try Self.verify(place, "--read-data", "--minutes", "3").mustBe(2)
    }
}
