import Foundation
import Glibc
import TestSupport
import Testing

/// A store that copies by itself to another site of its own: real radosgw zones, which send objects in any order.
@Suite("Two sites of one store", .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
struct ReplicatingSitesTests {
    private let first: S3Server
    private let second: S3Server
    private let scratch: Scratch
    private let source: String
    private let passphrase: String

    init() throws {
        (first, second) = try S3Server.sites.get()
        scratch = try Scratch()
        source = try scratch.folder("source")
        passphrase = try scratch.write(Place.passphrase, "passphrase")
    }

    private func change(_ round: Int) throws {
        try ChildProcess.shell(
            "cd \"$1\"; echo \"round $2\" > small; rm -f noise-*; head -c 700000 /dev/urandom > \"noise-$2\"", source,
            String(round))
    }

    private func run(_ site: S3Server, _ bucket: String, _ words: String...) throws -> Ended {
        let address = "s3://\(bucket)/host?endpoint=\(site.endpoint)&region=\(site.region)"
        return try ChildProcess.run(
            [program] + words,
            environment: site.environment.merging([
                "SAFEHOLD_REPOSITORY": address, "SAFEHOLD_HOME": scratch.path + "/home",
                "SAFEHOLD_PASSPHRASE_FILE": passphrase, "TMPDIR": scratch.path,
            ]) { $1 })
    }

    /// Everything in a bucket, with the versions where it keeps any.
    private func content(_ site: S3Server, _ bucket: String) throws -> Set<String> {
        let list = try site.request("GET", "\(bucket)?max-keys=1000&versions=").body
        return Set(
            list.matches(of: /<(Version|DeleteMarker)>.*?<\/\1>/.dotMatchesNewlines()).map { match in
                let fields = ["Key", "VersionId", "ETag"].map { name in
                    match.output.0.components(separatedBy: "<\(name)>").dropFirst().first?
                        .components(separatedBy: "</\(name)>").first ?? ""
                }
                return fields.joined(separator: " ")
            })
    }

    /// A bucket that both sites keep in step. What is written while a site learns of a bucket it sometimes loses for good, one part of the bucket's
    /// index at a time; so something is written to all of these parts first, and where not all of it arrives, another bucket is taken.
    private func bucketInStep(_ kind: S3Server.BucketKind = .plain) throws -> String {
        for _ in 0..<3 {
            let bucket = try first.bucket(kind)
            for number in 0..<64 { _ = try first.request("PUT", "\(bucket)/probe-\(number)", body: "\(number)") }
            if try arrives(bucket, try content(first, bucket), within: 60) { return bucket }
        }
        throw S3Server.DidNotStart(said: "Of three buckets none was copied whole to the other site.")
    }

    private func arrives(_ bucket: String, _ wanted: Set<String>, within seconds: Int) throws -> Bool {
        for _ in 0..<10 * seconds {
            if try content(second, bucket) == wanted { return true }
            usleep(100_000)
        }
        return false
    }

    private func expectArrives(_ bucket: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let wanted = try content(first, bucket)
        #expect(!wanted.isEmpty, sourceLocation: sourceLocation)
        // A limit, not a measure: zones that lost sight of each other ask again every twenty seconds.
        if try arrives(bucket, wanted, within: 180) { return }
        let there = try content(second, bucket)
        Issue.record(
            "missing there: \(wanted.subtracting(there).sorted()), too much: \(there.subtracting(wanted).sorted())",
            sourceLocation: sourceLocation)
    }

    private func expectRestores(_ bucket: String) throws {
        try run(second, bucket, "verify", "--read-data").mustBe(0)
        let target = scratch.path + "/back-" + UUID().uuidString.prefix(8)
        try run(second, bucket, "restore", "latest", "--target", target, "--strip", "--verify").mustBe(0)
        try Comparison.expectSame(source, target)
    }

    @Test(
        "What arrived at the other site verifies and restores there, and so it does after a collection",
        arguments: [S3Server.BucketKind.plain, .versioned])
    func collected(_ kind: S3Server.BucketKind) throws {
        let bucket = try bucketInStep(kind)
        try run(first, bucket, "init").mustBe(0)
        for round in 0..<3 {
            try change(round)
            try run(first, bucket, "backup", source).mustBe(0)
        }
        try expectArrives(bucket)
        try expectRestores(bucket)
        try run(first, bucket, "forget", "--keep-last", "1").mustBe(0)
        let summary = try run(first, bucket, "collect", "--json").mustBe(0).summary()
        #expect(summary["packs_removed"] >= 1)
        try expectArrives(bucket)
        try expectRestores(bucket)
    }

    @Test("Locks arrive with what they lock, and hold there") func locked() throws {
        let bucket = try bucketInStep(.locked)
        try run(first, bucket, "init", "--lock", "compliance", "--lock-class", "daily=3").mustBe(0)
        try change(0)
        try run(first, bucket, "backup", source).mustBe(0)
        try expectArrives(bucket)
        let objects = try content(second, bucket).map { $0.split(separator: " ") }
        let packs = objects.filter { $0[0].hasPrefix("host/packs/") }
        #expect(!packs.isEmpty)
        for pack in packs {
            let target = "\(bucket)/\(pack[0])"
            let head = try second.request("GET", "\(target)?versionId=\(pack[1])", printsHeaders: true).body
            #expect(head.lowercased().contains("x-amz-object-lock-mode: compliance"), "\(head)")
            #expect(try second.request("DELETE", "\(target)?versionId=\(pack[1])").status == 403)
        }
        try expectRestores(bucket)
    }

    @Test("While objects are on their way, what restores at the other site is whole, and nothing else is said to be")
    func underWay() throws {
        let bucket = try bucketInStep()
        try run(first, bucket, "init").mustBe(0)
        for round in 0..<4 {
            try change(round)
            try ChildProcess.shell("cp -a \"$1\" \"$2\"", source, scratch.path + "/kept-\(round)")
            try run(first, bucket, "backup", source).mustBe(0)
            let target = scratch.path + "/early-\(round)"
            let early = try run(second, bucket, "restore", "latest", "--target", target, "--strip", "--verify")
            guard early.status == 0 else {
                #expect(early.status != nil, early.said)
                continue
            }
            let small = try String(contentsOfFile: target + "/small", encoding: .utf8)
            let whose = small.trimmingCharacters(in: .whitespacesAndNewlines).replacing("round ", with: "")
            try Comparison.expectSame(scratch.path + "/kept-" + whose, target)
        }
        try expectArrives(bucket)
        try expectRestores(bucket)
    }
}
