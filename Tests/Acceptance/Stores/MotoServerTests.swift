import Foundation
import Operations
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

@testable import Identity

/// moto, an emulator, for two things that no real server here has: conditions that hold in a bucket with versions, and access logs that
/// the store delivers into a bucket by itself. Its lines are made up, so that whose a request was is shown with radosgw's.
@Suite(
    "An emulator", .serialized,
    .enabled(if: MotoServer.isPossible || isContinuousIntegration, Comment(rawValue: MotoServer.reason)))
struct MotoServerTests {
    private let server: MotoServer
    private let scratch: Scratch
    private let bucket = "test-" + UUID().uuidString.lowercased()

    init() throws {
        server = try MotoServer.shared.get()
        scratch = try Scratch()
    }

    private func address(_ bucket: String, _ prefix: String) -> String {
        "s3://\(bucket)/\(prefix)?endpoint=\(server.endpoint)&region=\(server.region)"
    }

    private func store(_ bucket: String, _ prefix: String = "host") throws -> S3Store {
        try S3Store(
            try S3Address.parse(address(bucket, prefix), { _ in nil }),
            .only(S3Credentials(accessKey: "tests", secret: "tests")), spoolPlaces: [scratch.path])
    }

    private func run(_ words: String...) throws -> Ended {
        try ChildProcess.run(
            [program] + words,
            environment: [
                "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_EC2_METADATA_DISABLED": "true",
                "SAFEHOLD_REPOSITORY": address(bucket, "host"), "SAFEHOLD_HOME": scratch.path + "/home",
                "TMPDIR": scratch.path, "SAFEHOLD_PASSPHRASE_FILE": try scratch.write(Place.passphrase, "passphrase"),
            ])
    }

    @Test("Conditions that hold are relied on, with versions and without", arguments: [false, true])
    func conditions(versions: Bool) throws {
        try put(bucket)
        let store = try store(bucket)
        if versions {
            for change in try store.plan(StoreExpectation()) where change.topic == "versions" { try change.apply() }
        }
        var effort = Probe.Effort()
        (effort.rivals, effort.rounds, effort.bigObjectBytes) = (16, 4, 1 << 20)
        let report = try Probe.run(permit: Permit(owner: "test"), store: store, clock: .system, effort: effort)
        #expect(report.rules.flatMap(\.details) == [])
        #expect(report.facts.takenNames == (versions ? .firstVersion : .condition) && report.staying == 0)
        // With versions too the server itself refuses what is late: there is no second version.
        let name = ObjectName("keys/taken")
        #expect(try store.put([1], as: name, .immediate) == .created)
        #expect(try store.put([2], as: name, .immediate) == .exists)
        #expect(try store.readAll(name, limit: 10) == [1])
        let list = try ChildProcess.shell(
            "curl -sS -f --aws-sigv4 aws:amz:us-east-1:s3 --user tests:tests \"$1\"",
            "\(server.endpoint)/\(bucket)?versions=&prefix=host/keys/taken")
        #expect(list.components(separatedBy: "<VersionId>").count == 2, "\(list)")
    }

    @Test("Access logs are switched on, arrive in their bucket, and are read from there; no log is not a clean one")
    func logs() throws {
        let logs = bucket + "-logs"
        try put(bucket)
        try put(logs)
        try run("init").mustBe(0)
        let refused = try run("storage", "configure", "--apply", "--log-bucket", logs)
        #expect(refused.text.contains("logging.s3.amazonaws.com"), refused.said)
        try letDeliver(into: logs)
        let configured = try run("storage", "configure", "--apply", "--log-bucket", logs, "--json").lines()
        #expect(configured.contains { $0.text("topic") == "access-logs" && $0["done"] == 1 }, "\(configured)")
        let verdicts = try run("storage", "check", "--json").lines()
        #expect(verdicts.contains { $0.text("topic") == "access-logs" && $0.text("verdict") == "good" }, "\(verdicts)")
        #expect(verdicts.contains { $0.text("topic") == "versions" && $0.text("verdict") != "unknown" }, "\(verdicts)")
        let none = try run("storage", "accesses", "--logs", address(logs, "elsewhere"), "--json")
        #expect(try none.mustBe(10).error().text("code") == "source-missing")
        // Its lines name neither bucket nor request, and are said to be what cannot be read.
        let lines = try run("storage", "accesses", "--logs", address(logs, bucket), "--json").mustBe(3).lines()
        #expect(lines[0]["unreadable"] > 5 && lines[0]["remembered"] > 20)
    }

    /// A policy that lets the service which delivers logs write.
    private func letDeliver(into logs: String) throws {
        try put(
            logs + "?policy=",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"logging.s3.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::\(logs)/*\"}]}"
        )
    }

    /// By curl: buckets that the program makes lock objects, which this server does badly.
    private func put(_ target: String, _ body: String = "") throws {
        try ChildProcess.shell(
            "curl -sS -f -X PUT -H 'content-type: application/json' --aws-sigv4 aws:amz:us-east-1:s3 --user tests:tests ${1:+--data-binary \"$1\"} \"$2\"",
            body, "\(server.endpoint)/\(target)")
    }
}

private let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"
