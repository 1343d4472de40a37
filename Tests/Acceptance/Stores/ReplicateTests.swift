import Foundation
import Glibc
import TestSupport
import Testing

/// Copies of a repository that the built program makes, between directories and a bucket of a real server.
@Suite struct ReplicateTests {
    private let place: Place
    private var copy: String { place.scratch.path + "/copy" }

    init() throws {
        place = try Place()
        let builder = try TreeBuilder(place.source)
        var random = SeededGenerator(seed: 41)
        for i in 0..<30 { try builder.file("small-\(i)".bytes, random.bytes(900 * i)) }
        try builder.file("large".bytes, random.bytes(6_000_000))
        try place.backup()
        try builder.file("more".bytes, random.bytes(50_000))
        try place.backup()
    }

    /// Nothing that opens anything is in its environment.
    private func replicate(_ words: String..., environment: [String: String] = [:], from source: String? = nil) throws
        -> Ended
    {
        try ChildProcess.run(
            [program, "replicate", "--json", "--repository", source ?? place.repository] + words,
            environment: ["SAFEHOLD_HOME": place.scratch.path + "/nobody"].merging(environment) { $1 })
    }

    private func expectSame(_ one: String, _ other: String, _ comment: Comment? = nil) throws {
        let ended = try ChildProcess.run(["diff", "-r", "-x", "tmp", "-x", "damaged", one, other])
        #expect(ended.status == 0, comment ?? ended.said)
    }

    private func expectRestores(from repository: String, _ environment: [String: String] = [:]) throws {
        let target = place.scratch.path + "/back-" + UUID().uuidString.prefix(6)
        let reading = place.reading.merging(environment) { $1 }.merging(["SAFEHOLD_REPOSITORY": repository]) { $1 }
        try ChildProcess.run([program, "verify", "--read-data"], environment: reading).mustBe(0)
        try ChildProcess.run(
            [program, "restore", "latest", "--target", target, "--strip", "--verify"], environment: reading
        ).mustBe(0)
        try Comparison.expectSame(place.source, target)
    }

    @Test("A copy on another disk is the same, and restores when it is all that is left") func directory() throws {
        let refused = try replicate("--to", copy)
        #expect(try refused.mustBe(10).error().text("code") == "repository-missing")
        #expect(access(copy, F_OK) != 0, "a place was made that nobody asked for")
        let second = place.scratch.path + "/second"
        let lines = try replicate("--to", copy, "--to", second, "--create").mustBe(0).lines()
        #expect(lines.filter { $0.type == "destination" }.map { $0["snapshots_confirmed"] } == [2, 2])
        try expectSame(place.repository, copy)
        try expectSame(place.repository, second)
        let behind = try place.backup()
        let lag = try #require(try replicate("--to", copy, "--status").mustBe(0).lines().first { $0.type == "lag" })
        #expect(lag["snapshots_behind"] == 1 && lag["objects_behind"] > 0, "\(behind.fields)")
        let again = try replicate("--to", copy).mustBe(0).lines()
        #expect(again.first { $0.type == "destination" }?["snapshots_confirmed"] == 1)
        #expect(try replicate("--to", copy, "--status").lines().first?["objects_behind"] == 0)
        try ChildProcess.shell("rm -rf \"$1\"", place.repository)
        try expectRestores(from: copy)
    }

    /// What a session wrote, and a collection took before the copy saw it, is no loss of the copy's, nor of a copy's of it; by key, without
    /// one, and to a reader of another make.
    @Test("A copy that keeps what was collected misses nothing", arguments: [2, 18]) func keeping(_ rounds: Int) throws
    {
        try replicate("--to", copy, "--create").mustBe(0)
        let builder = try TreeBuilder(place.source)
        var random = SeededGenerator(seed: 9)
        for round in 0..<rounds {
            try builder.file("comes-\(round)".bytes, random.bytes(40_000))
            try place.backup()
            try ChildProcess.shell("rm \"$1\"", place.source + "/comes-\(round)")
            try place.backup()
            try place.administer("forget", "--keep-last", "1").mustBe(0)
            try place.read("collect", "--compact-below", "90").mustBe(0)
            if round % 7 == 0 { try replicate("--to", copy).mustBe(0) }
        }
        try replicate("--to", copy).mustBe(0)
        let second = place.scratch.path + "/second"
        try replicate("--to", second, "--create", from: copy).mustBe(0)
        for repository in [copy, second] {
            #expect(try FileStatus.files(below: repository).contains { $0.hasPrefix("unfollowed/") })
            try ChildProcess.run([program, "verify", "--repository", repository, "--without-key"]).mustBe(0)
            try expectRestores(from: repository)
            if Restorer.isAvailable { try Restorer.run(place, "--verify-only", repository: repository).mustBe(0) }
        }
    }

    @Test(
        "Killed at any moment, it has confirmed nothing that is not whole, and goes on without copying anything twice",
        .enabled(if: Faults.isAvailable, Faults.reason))
    func killed() throws {
        let words = [program, "replicate", "--json", "--repository", place.repository, "--create", "--to"]
        let calls = try Faults.count(words + [place.scratch.path + "/counted"], [:])
        let kills = Soak.isOn ? 200 : 12
        var killed = 0, confirmed = 0
        for round in 0..<kills {
            let copy = place.scratch.path + "/copy-\(round)"
            // More often towards the end, where it confirms.
            let left = 1 - (Double(round) + 0.5) / Double(kills)
            let call = 1 + Int((1 - left * left) * Double(calls))
            let ended = try ChildProcess.run(words + [copy], environment: try Faults.killing(at: call))
            if ended.way == .signal(SIGKILL) { killed += 1 }
            let there = Set(try FileStatus.files(below: copy).filter { !$0.hasPrefix("tmp/") })
            if there.contains("FORMAT") {
                let verified = try ChildProcess.run(
                    [program, "verify", "--read-data", "--json", "--repository", copy],
                    environment: place.reading)
                #expect(verified.status == 0, "killed at call \(call): \(verified.said)")
                confirmed += try verified.summary()["snapshots"]
            }
            let again = try replicate("--create", "--to", copy).mustBe(0).lines()
            let all = try FileStatus.files(below: place.repository).filter { !$0.hasPrefix("tmp/") }
            #expect(again.first { $0.type == "destination" }?["objects_copied"] == all.count - there.count)
            try expectSame(place.repository, copy, "killed at call \(call)")
            try ChildProcess.shell("rm -rf \"$1\"", copy)
        }
        #expect(killed > kills / 2 && confirmed > 0, "\(killed) were killed, \(confirmed) snapshots seen")
    }

    @Test("What rotted at the source is not copied, and comes back from the copy") func repaired() throws {
        try replicate("--to", copy, "--create").mustBe(0)
        let pack = try ChildProcess.shell("ls -S \"$1\"/packs/*/* | head -1", place.repository).split(separator: "\n")[
            0]
        try Damage.flip(String(pack))
        let third = place.scratch.path + "/third"
        let ended = try replicate("--to", third, "--create").mustBe(11)
        #expect(ended.text.contains(pack.split(separator: "/").last ?? "-"))
        let summary = try #require(try ended.lines().first { $0.type == "destination" })
        #expect(summary["snapshots_confirmed"] == 0 && summary["snapshots_held_back"] == 2)
        let repair = [program, "repair", "objects", "--json", "--from", copy]
        #expect(try ChildProcess.run(repair, environment: place.writing).mustBe(0).summary()["damaged"] == 0)
        let mended = try ChildProcess.run(repair + ["--read-data"], environment: place.writing).mustBe(0).summary()
        #expect(mended["damaged"] == 1 && mended["missing"] == 0)
        let aside = try #require((mended.fields["set_aside"] as? [String])?.first)
        #expect(access(place.repository + "/" + aside, F_OK) == 0, "the damaged bytes are gone")
        try place.verify("--read-data").mustBe(0)
        try expectSame(place.repository, copy)
        try replicate("--to", third).mustBe(0)
        try expectRestores(from: third)
    }

    @Test(
        "A second disk that goes away is not filled up as a directory, and is gone on with when it is back",
        .enabled(if: Mount.isPossible, Mount.reason))
    func vanishing() throws {
        let disk = try place.scratch.folder("disk"), image = place.scratch.path + "/image"
        guard let mount = try Mount(ext4: disk, image: image) else {
            LeftOut.say("a second disk", "no ext4 can be mounted here")
            return
        }
        try replicate("--to", disk + "/copy", "--create").mustBe(0)
        try ChildProcess.shell("head -c 4M /dev/urandom > \"$1\"/late", place.source)
        try place.backup()
        let words = [program, "replicate", "--json", "--repository", place.repository, "--to", disk + "/copy"]
        let process = try ChildProcess((words + ["--limit", "1MiB"]).map(\.bytes))
        while try FileStatus.files(below: disk + "/copy/tmp").isEmpty, !process.ends(within: 1) {}
        mount.vanish()
        let ended = process.wait()
        #expect(ended.status == 11 || ended.status == 13, ended.said)
        #expect(try FileStatus.files(below: disk) == [], "something was written below the mount point")
        try replicate("--to", disk + "/copy").mustBe(10)
        try ChildProcess.shell("mount -o loop \"$1\" \"$2\"", image, disk)
        defer { umount2(disk, Int32(MNT_DETACH)) }
        try replicate("--to", disk + "/copy").mustBe(0)
        try expectSame(place.repository, disk + "/copy")
    }

    @Test("A limit is kept") func limited() throws {
        let began = Date()
        try replicate("--to", copy, "--create", "--limit", "3MiB").mustBe(0)
        let seconds = Date().timeIntervalSince(began)
        #expect(seconds > 1.5, "6 MB in \(seconds) s")
        #expect(try replicate("--to", copy, "--limit", "fast").status == 2)
    }

    @Test("A mistake changes nothing and says what it is") func mistakes() throws {
        #expect(try replicate().mustBe(2).error().text("code") == "usage")
        #expect(try replicate("--to", place.repository).mustBe(2).error().text("code") == "usage")
        let full = try place.scratch.folder("full")
        _ = try place.scratch.write("text", "full/letter")
        #expect(try replicate("--to", full, "--create").mustBe(1).error().text("code") == "target-unusable")
        #expect(try FileStatus.files(below: full) == ["letter"])
        let other = try Place()
        try ChildProcess.run(
            [program, "init", "--repository", copy, "--passphrase-file", place.passphraseFile],
            environment: ["SAFEHOLD_HOME": other.scratch.path + "/else"]
        ).mustBe(0)
        #expect(try replicate("--to", copy).mustBe(11).error().text("code") == "replica-diverged")
    }

    @Test(
        "Into a bucket and back it is the same", .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
    func bucket() throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket()
        let address =
            "s3://\(bucket)/copy?endpoint=\(server.secureEndpoint)&region=\(server.region)&ca=\(server.authorities)"
        let environment = server.environment.merging(["TMPDIR": place.scratch.path]) { $1 }
        try replicate("--to", address, "--create", environment: environment).mustBe(0)
        let again = try replicate("--to", address, environment: environment).mustBe(0).lines()
        #expect(again.first { $0.type == "destination" }?["objects_copied"] == 0)
        try replicate("--to", copy, "--create", environment: environment, from: address).mustBe(0)
        try expectSame(place.repository, copy)
        try expectRestores(from: address, environment)
    }

    @Test("A copy keeps what was forgotten, and follows where it is told to") func forgotten() throws {
        let following = place.scratch.path + "/following"
        try ChildProcess.shell("head -c 3000000 /dev/urandom > \"$1\"/fleeting", place.source)
        try place.backup()
        try replicate("--to", copy, "--to", following, "--create").mustBe(0)
        try ChildProcess.shell("rm \"$1\"/fleeting", place.source)
        try place.backup()
        let owner = place.reading.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 }.filter {
            $0.key != "SAFEHOLD_RECIPIENT_FILE"
        }
        try ChildProcess.run([program, "forget", "--keep-last", "1"], environment: owner).mustBe(0)
        try ChildProcess.run([program, "collect"], environment: place.reading).mustBe(0)
        try replicate("--to", copy).mustBe(0)
        let lines = try replicate("--to", following, "--prune").mustBe(0).lines()
        #expect((lines.first { $0.type == "destination" }?["objects_removed"] ?? 0) > 0)
        try expectSame(place.repository, following)
        func snapshots(_ repository: String) throws -> Int {
            try ChildProcess.run(
                [program, "snapshots", "--json", "--repository", repository], environment: place.reading
            )
            .mustBe(0).lines().filter { $0.type == "snapshot" }.count
        }
        #expect(try snapshots(copy) == 4)
        #expect(try snapshots(following) == 1)
        try expectRestores(from: copy)
        try expectRestores(from: following)
    }
}
