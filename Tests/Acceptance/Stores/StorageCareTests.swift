import Foundation
import Operations
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

@testable import Identity

/// A real server is tried, asked, judged and mended.
@Suite("Looking after a bucket", .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
struct StorageCareTests {
    private let server: S3Server
    private let scratch: Scratch
    private let page: DocumentedLines

    init() throws {
        server = try S3Server.shared.get()
        scratch = try Scratch()
        page = try DocumentedLines()
    }

    private func address(_ bucket: String) -> String {
        "s3://\(bucket)/host?endpoint=\(server.secureEndpoint)&region=\(server.region)&ca=\(server.authorities)"
    }

    private func run(_ bucket: String, _ words: String..., asGuest: Bool = false) throws -> Ended {
        var environment = server.environment.merging([
            "SAFEHOLD_REPOSITORY": address(bucket), "SAFEHOLD_HOME": scratch.path + "/home",
            "SAFEHOLD_PASSPHRASE_FILE": try scratch.write(Place.passphrase, "passphrase"), "TMPDIR": scratch.path,
        ]) { $1 }
        if asGuest {
            environment["AWS_ACCESS_KEY_ID"] = server.guest.accessKey
            environment["AWS_SECRET_ACCESS_KEY"] = server.guest.secret
        }
        return try ChildProcess.run([program] + words, environment: environment)
    }

    /// Every line is as docs/json.md says.
    private func lines(_ ended: Ended, _ status: Int32 = 0) throws -> [Summary] {
        let lines = try ended.mustBe(status).lines()
        for line in lines { #expect(page.problems(of: line).isEmpty, "\(line)") }
        return lines
    }

    private func keys(_ bucket: String) throws -> [String] {
        let list = try server.request("GET", "\(bucket)?max-keys=1000&versions=").body
        return list.matches(of: /<Key>([^<]+)<\/Key>/).map { String($0.output.1) }
    }

    // MARK: probe

    @Test("A probe beside a repository says what it stands on, and leaves the bucket as it was") func probe() throws {
        let bucket = try server.bucket()
        try run(bucket, "init").mustBe(0)
        let before = try keys(bucket)
        let lines = try lines(try run(bucket, "storage", "probe", "--json"))
        #expect(lines.filter { $0.type == "store-rule" }.count > 20)
        let names = try #require(lines.first { $0.type == "store-guarantee" })
        #expect(names.text("stands_on").contains("If-None-Match"))
        #expect(lines.last?.type == "store" && lines.last?["staying"] == 0)
        #expect(lines.last?.text("encryption") == "TLS 1.3" && lines.last?.text("versions") == "off")
        #expect(lines.last?["requests"] ?? 0 > 1000)
        #expect(try keys(bucket) == before)
    }

    private func core(_ kind: S3Server.BucketKind) throws -> (Probe.Report, left: [String]) {
        let bucket = try server.bucket(kind)
        let store = try S3Store(
            try S3Address.parse(address(bucket), { _ in nil }),
            .only(S3Credentials(accessKey: server.accessKey, secret: server.secret)), spoolPlaces: [scratch.path])
        var effort = Probe.Effort()
        (effort.rivals, effort.rounds, effort.bigObjectBytes, effort.lockSeconds) = (24, 2, 1 << 20, 3)
        let report = try Probe.run(permit: Permit(owner: "test"), store: store, clock: .system, effort: effort)
        return (report, try keys(bucket))
    }

    @Test("With versions, a taken name stands on the first version, and no version stays") func probeVersions() throws {
        let (report, left) = try core(.versioned)
        #expect(report.isFit && report.facts.takenNames == .firstVersion)
        #expect(report.guarantees.first?.standsOn?.contains("first version") == true)
        #expect(report.checksums == ["content-md5"], "what this server looks at")
        #expect(report.staying == 0 && left == [])
    }

    @Test("With object lock, locks are tried for seconds, and nothing stays") func probeLocks() throws {
        let (report, left) = try core(.locked)
        #expect(report.isFit && report.facts.locks && report.rules.contains { $0.name.contains("legal hold") })
        #expect(report.guarantees.contains { $0.standsOn?.contains("object lock") == true })
        #expect(report.staying == 0 && left == [])
    }

    @Test("A default retention of a day does not keep what a probe wrote for a day") func probeRetention() throws {
        let (report, left) = try core(.retaining(mode: "COMPLIANCE", days: 1))
        #expect(report.isFit && report.untried?.contains("1 days") == true)
        #expect(report.rules.contains { $0.name.contains("stays for them") })
        #expect(report.staying == 0 && left == [])
    }

    // MARK: status

    @Test("The status of a bucket is one screen, and writes nothing") func status() throws {
        let bucket = try server.bucket(.retaining(mode: "GOVERNANCE", days: 3))
        let store = try #require(try lines(try run(bucket, "storage", "status", "--json")).first)
        #expect(store.text("encryption") == "TLS 1.3" && store.fields["hybrid_key_exchange"] is Bool)
        #expect(store["default_retention_days"] == 3 && store.text("default_retention_mode") == "governance")
        #expect(store.text("taken_names") == "first-version")
        #expect(abs((store.fields["clock_ahead_seconds"] as? Double) ?? 99) < 2)
        #expect(try keys(bucket) == [])
        #expect(try run("no-such-bucket", "storage", "status").status == 10)
        let text = try run(bucket, "storage", "status").mustBe(0).text
        #expect(text.contains("TLS 1.3") && text.split(separator: "\n").count < 24)
    }

    // MARK: check and configure

    private func verdicts(_ bucket: String, _ words: [String] = [], _ status: Int32 = 3) throws -> [String: String] {
        let ended = try ChildProcess.run(
            [program, "storage", "check", "--json", "--repository", address(bucket)] + words,
            environment: server.environment.merging(["SAFEHOLD_HOME": scratch.path + "/home"]) { $1 })
        let found = try lines(ended, status).map { ($0.text("topic"), $0.text("verdict")) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    @Test("What is wrong is found, planned, changed on request only, and right afterwards") func mended() throws {
        let bucket = try server.bucket()
        let eats =
            "<LifecycleConfiguration><Rule><ID>eats</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>"
        #expect(try server.request("PUT", "\(bucket)?lifecycle=", body: eats).status == 200)
        try server.allowGuest(bucket, below: "host", bucketActions: ["s3:ListBucket"], objectActions: ["s3:*"])
        let guest = ["--writer", "arn:aws:iam:::user/guest"]
        let before = try verdicts(bucket, guest)
        for topic in [
            "versions", "object-lock", "tls-only", "writers-remove-nothing", "lifecycle", "these-credentials",
        ] {
            #expect(before[topic] == "bad", "\(topic)")
        }
        #expect(before["encryption"] == "unknown" && before["public-access"] == "good")

        let plan = try lines(try run(bucket, "storage", "configure", "--json", guest[0], guest[1]))
        #expect(plan.map { $0.text("topic") } == ["versions", "policy", "lifecycle"])
        #expect(try verdicts(bucket, guest) == before, "a plan changed something")

        let done = try lines(try run(bucket, "storage", "configure", "--apply", "--json", guest[0], guest[1]))
        #expect(done.allSatisfy { $0.fields["done"] as? Bool == true })
        let after = try verdicts(bucket, guest + ["--administrator"])
        for topic in [
            "versions", "tls-only", "tls-version", "writers-remove-nothing", "lifecycle", "these-credentials",
        ] {
            #expect(after[topic] == "good", "\(topic)")
        }
        // The other account's statement is still there, and the refusal counts for it.
        #expect(try server.request("PUT", "\(bucket)/host/x", body: "x", asGuest: true).status == 200)
        #expect(try server.request("DELETE", "\(bucket)/host/x", asGuest: true).status == 403)
        #expect(try server.request("DELETE", "\(bucket)/host/x").status == 204)
        #expect(try server.request("GET", "\(bucket)?lifecycle=").body.contains("<ID>eats</ID>"))
        #expect(
            try run(bucket, "storage", "configure", guest[0], guest[1]).mustBe(0).text.contains(
                "Nothing is to be changed"))
    }

    @Test("A repository's signed locks are what a bucket's default retention is measured by") func bounds() throws {
        let bucket = try server.bucket(.locked)
        try run(bucket, "init", "--lock", "governance", "--lock-class", "daily=2").mustBe(0)
        #expect(try verdicts(bucket)["default-retention"] == "bad")
        let done = try lines(try run(bucket, "storage", "configure", "--apply", "--json"))
        #expect(done.contains { $0.text("topic") == "default-retention" })
        let after = try verdicts(bucket)
        #expect(after["default-retention"] == "good" && after["lock-bounds"] == "good")
        // With the policy in force, a backup goes on as before. (This server does not keep to bounds of locks: docs/s3.md.)
        let source = try scratch.folder("source")
        try run(bucket, "backup", source).mustBe(0)
    }

    @Test("Names that somebody wrote over or marked deleted are named") func tampered() throws {
        let bucket = try server.bucket(.versioned)
        try run(bucket, "init").mustBe(0)
        #expect(try verdicts(bucket)["overwritten-names"] == "good")
        #expect(try server.request("PUT", "\(bucket)/host/FORMAT", body: "rubbish").status == 200)
        let key = try #require(try keys(bucket).first { $0 != "host/FORMAT" })
        #expect(try server.request("DELETE", "\(bucket)/\(key)").status == 204)
        let text = try run(bucket, "storage", "check").mustBe(3).text
        #expect(text.contains("1 names were written over and 1 marked deleted"))
    }

    @Test("A host's credentials that may not remove are right, and a bucket is made only when told to") func rights()
        throws
    {
        let bucket = try server.bucket(.versioned)
        try server.allowGuest(
            bucket, below: "host",
            bucketActions: ["s3:ListBucket", "s3:GetBucketVersioning", "s3:ListBucketVersions", "s3:GetBucketPolicy"],
            objectActions: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"])
        let text = try run(bucket, "storage", "check", asGuest: true).mustBe(3).text
        #expect(text.contains("ok      these-credentials: they may not remove"))
        let new = "made-\(UUID().uuidString.lowercased())"
        try run(new, "storage", "configure").mustBe(10)
        try run(new, "storage", "configure", "--create").mustBe(2)
        try run(new, "storage", "configure", "--create", "--apply").mustBe(0)
        #expect(try verdicts(new)["object-lock"] == "good")
    }

    // MARK: accesses

    @Test("The server's own log holds what we did, and names what somebody else did") func accesses() throws {
        let bucket = try server.bucket(.versioned, named: "logged-")
        try run(bucket, "init").mustBe(0)
        let source = try scratch.folder("source")
        try ChildProcess.shell("echo content > \"$1\"/file", source)
        try run(bucket, "backup", source).mustBe(0)
        let clean = try log(bucket)
        let first = try lines(try run(bucket, "storage", "accesses", "--logs", clean, "--json"))
        #expect(first.map(\.type) == ["store-log"] && first[0]["ours"] > 20 && first[0]["unreadable"] == 0)
        #expect(first[0]["ours"] <= first[0]["remembered"])

        try server.allowGuest(bucket, below: "host", bucketActions: ["s3:ListBucket"], objectActions: ["s3:GetObject"])
        #expect(try server.request("GET", "\(bucket)/host/FORMAT", asGuest: true).status == 200)
        #expect(try server.request("DELETE", "\(bucket)/host/FORMAT", asGuest: true).status == 403)
        let found = try lines(
            try run(bucket, "storage", "accesses", "--logs", clean, "--logs", try log(bucket), "--json"), 3)
        let guest = found.filter { $0.text("principal") == "guest" }
        #expect(guest.map { $0.text("operation") } == ["get_obj", "delete_obj"])
        #expect(guest.allSatisfy { ($0.fields["reasons"] as? [String]) == ["unrecorded", "principal"] })
        #expect(guest.map { $0["status"] } == [200, 403] && guest.allSatisfy { $0.text("key") == "host/FORMAT" })

        // Another host knows nothing of ours before it is given our record.
        let record = scratch.path + "/record"
        try run(bucket, "storage", "accesses", "--export", record).mustBe(0)
        func elsewhere(_ words: String...) throws -> Ended {
            try ChildProcess.run(
                [program, "storage", "accesses", "--repository", address(bucket), "--logs", clean] + words,
                environment: server.environment.merging(["SAFEHOLD_HOME": scratch.path + "/elsewhere"]) { $1 })
        }
        try elsewhere().mustBe(3)
        try elsewhere("--record", record).mustBe(0)
        try elsewhere("--record", scratch.path + "/nothing").mustBe(10)
    }

    /// The server's log of one bucket, from when it was made on, without the requests of the tests themselves.
    private func log(_ bucket: String) throws -> String {
        let all = try server.accessLog().split(separator: "\n")
        let mine = all.filter { $0.contains("\"bucket\":\"\(bucket)\"") }
        let kept = mine.filter { $0.contains("\"user\":\"guest\"") || !$0.contains("\"user_agent\":\"curl") }
        return try scratch.write(kept.joined(separator: "\n"), "log-\(UUID().uuidString.prefix(8))")
    }
}
