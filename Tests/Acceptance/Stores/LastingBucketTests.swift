import Foundation
import TestSupport
import Testing

/// Buckets that keep versions or lock what they hold, through the whole life of a repository.
@Suite("Buckets that keep what was written", .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
struct LastingBucketTests {
    private let server: S3Server
    private let scratch: Scratch
    private let source: String

    init() throws {
        server = try S3Server.shared.get()
        scratch = try Scratch()
        source = try scratch.folder("source")
        try ChildProcess.shell("cd \"$1\"; mkdir a; for i in $(seq 40); do echo \"file $i\" > a/$i; done", source)
    }

    private func run(_ bucket: String, _ words: String...) throws -> Ended {
        let address = "s3://\(bucket)/host?endpoint=\(server.endpoint)&region=\(server.region)"
        let environment = server.environment.merging([
            "SAFEHOLD_REPOSITORY": address, "SAFEHOLD_HOME": scratch.path + "/home",
            "SAFEHOLD_PASSPHRASE_FILE": try scratch.write(Place.passphrase, "passphrase"), "TMPDIR": scratch.path,
        ]) { $1 }
        return try ChildProcess.run([program] + words, environment: environment)
    }

    /// Three snapshots, each with a file that the next one has not.
    private func history(_ bucket: String) throws {
        try run(bucket, "init").mustBe(0)
        for round in 0..<3 {
            try ChildProcess.shell(
                "cd \"$1\"; rm -f noise-*; head -c 700000 /dev/urandom > noise-$2", source, String(round))
            try run(bucket, "backup", source).mustBe(0)
        }
    }

    private func expectWhole(_ bucket: String) throws {
        try run(bucket, "verify", "--read-data").mustBe(0)
        let target = scratch.path + "/back-\(UUID().uuidString.prefix(8))"
        try run(bucket, "restore", "latest", "--target", target, "--strip", "--verify").mustBe(0)
        try Comparison.expectSame(source, target)
    }

    private func keys(_ bucket: String) throws -> [String] {
        let list = try server.request("GET", "\(bucket)?max-keys=1000&versions=").body
        return Set(list.matches(of: /<Key>([^<]+)<\/Key>/).map { String($0.output.1) }).sorted()
    }

    /// Writes over every object, or marks it deleted, with the account's own key.
    private func spoil(_ bucket: String) throws {
        let all = "\(bucket)/{\(try keys(bucket).joined(separator: ","))}"
        #expect(try server.request("PUT", all, body: "rubbish").status == 200)
        #expect(try server.request("DELETE", all).status == 204)
        #expect(try !server.request("GET", "\(bucket)?list-type=2").body.contains("<Key>"), "it still looks alive")
    }

    @Test("With versions, everything overwritten and deleted restores; then forgetting and collecting free the space")
    func versions() throws {
        let bucket = try server.bucket(.versioned)
        try history(bucket)
        try spoil(bucket)
        try expectWhole(bucket)
        #expect(try run(bucket, "snapshots", "--json").mustBe(0).lines().filter { $0.type == "snapshot" }.count == 3)
        try run(bucket, "backup", source).mustBe(0)
        let packs = try keys(bucket).filter { $0.hasPrefix("host/packs/") }
        try run(bucket, "forget", "--keep-last", "1").mustBe(0)
        let summary = try run(bucket, "collect", "--json").mustBe(0).summary()
        #expect(summary["packs_removed"] >= 1 && summary["bytes_removed"] > 600_000, "\(summary)")
        let left = try keys(bucket).filter { $0.hasPrefix("host/packs/") }
        #expect(left.count < packs.count, "versions or markers of what was collected are left")
        try expectWhole(bucket)
        try run(bucket, "backup", source).mustBe(0)
        try expectWhole(bucket)
    }

    @Test("With a default retention, a repository lives as anywhere; collecting leaves what is locked")
    func retention() throws {
        let bucket = try server.bucket(.retaining(mode: "COMPLIANCE", days: 1))
        try history(bucket)
        try spoil(bucket)
        try expectWhole(bucket)
        let before = try keys(bucket)
        try run(bucket, "forget", "--keep-last", "1").mustBe(0)
        let collected = try run(bucket, "collect", "--json").mustBe(0).summary()
        #expect(collected["packs_removed"] == 0 && collected["packs_locked"] > 0, "\(collected.fields)")
        #expect(try Set(keys(bucket)).isSuperset(of: before))
        try run(bucket, "backup", source).mustBe(0)
        try expectWhole(bucket)
    }
}
