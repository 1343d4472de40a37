import Foundation
import Operations
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

@testable import Identity

/// OpenStack Swift, which nobody here wrote: strict about signatures, loose about conditions.
@Suite(
    "A second server", .serialized,
    .enabled(if: SwiftServer.isPossible || isContinuousIntegration, Comment(rawValue: SwiftServer.reason)))
struct SwiftServerTests {
    private let server: SwiftServer
    private let scratch: Scratch
    private let bucket = "test-" + UUID().uuidString.lowercased()

    init() throws {
        server = try SwiftServer.shared.get()
        scratch = try Scratch()
    }

    private var address: String { "s3://\(bucket)/host?endpoint=\(server.endpoint)&region=\(server.region)" }

    private func store(versions: Bool) throws -> S3Store {
        let store = try S3Store(
            try S3Address.parse(address, { _ in nil }),
            .only(S3Credentials(accessKey: server.accessKey, secret: server.secret)), spoolPlaces: [scratch.path])
        try store.create()
        if versions {
            for change in try store.plan(StoreExpectation()) where change.topic == "versions" { try change.apply() }
        }
        return store
    }

    private func probe(_ store: S3Store, rivals: Int, rounds: Int) throws -> Probe.Report {
        var effort = Probe.Effort()
        (effort.rivals, effort.rounds, effort.bigObjectBytes) = (rivals, rounds, 1 << 20)
        return try Probe.run(permit: Permit(owner: "test"), store: store, clock: .system, effort: effort)
    }

    @Test("With versions, the first one counts, whatever the server makes of conditions") func versions() throws {
        let report = try probe(try store(versions: true), rivals: 12, rounds: 2)
        #expect(report.rules.flatMap(\.details) == [])
        #expect(report.facts.takenNames == .firstVersion && report.staying == 0)
        #expect(report.checksums == ["x-amz-checksum-sha256", "content-md5"])
    }

    /// Two that are told that they were first, or one that reads back another's object: which of them it is, is a matter of moments.
    @Test("Without versions rivals overwrite each other, and the probe finds it out") func conditions() throws {
        let report = try probe(try store(versions: false), rivals: 16, rounds: 8)
        let names = try #require(report.guarantees.first)
        #expect(names.standsOn == nil && names.consequence.contains("Nobody may collect"))
        let rule = try #require(report.rules.first { $0.name == "Of many who want a name at once, one gets it" })
        let signs = ["told that they were first", "is not what was uploaded a moment ago", "another object"]
        let found = rule.details.filter { detail in signs.contains { detail.contains($0) } }
        #expect(!found.isEmpty, "\(rule.details.prefix(3))")
    }

    @Test("A repository with versions there lives as anywhere") func wholeRound() throws {
        _ = try store(versions: true)
        let source = try scratch.folder("source")
        try ChildProcess.shell(
            "cd \"$1\"; mkdir a; for i in $(seq 60); do echo \"file $i\" > a/$i; done; head -c 3M /dev/urandom > large",
            source)
        let environment = [
            "AWS_ACCESS_KEY_ID": server.accessKey, "AWS_SECRET_ACCESS_KEY": server.secret,
            "AWS_EC2_METADATA_DISABLED": "true", "SAFEHOLD_REPOSITORY": address,
            "SAFEHOLD_HOME": scratch.path + "/home", "TMPDIR": scratch.path,
            "SAFEHOLD_PASSPHRASE_FILE": try scratch.write(Place.passphrase, "passphrase"),
        ]
        func run(_ words: String...) throws {
            try ChildProcess.run([program] + words, environment: environment).mustBe(0)
        }
        try run("init")
        try run("backup", source)
        try ChildProcess.shell("cd \"$1\"; rm large; echo more >> a/7", source)
        try run("backup", source)
        try run("forget", "--keep-last", "1")
        try run("collect")
        try run("verify", "--read-data")
        let target = scratch.path + "/back"
        try run("restore", "latest", "--target", target, "--strip", "--verify")
        try Comparison.expectSame(source, target)
    }
}

private let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"
