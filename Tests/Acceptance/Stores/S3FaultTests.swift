import Foundation
import TestSupport
import Testing

/// One request in ten fails, between the program and a real server.
@Suite(
    "A bucket behind a bad connection", .serialized,
    .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
struct S3FaultTests {
    /// What is tried again, and is not seen by the user.
    private static let passing: [FaultProxy.Fault] = [
        .status(500, "InternalError"), .status(503, "SlowDown"), .status(429, "TooManyRequests"),
        .status(504, "GatewayTimeout"), .status(400, "RequestTimeout").for("^PUT "), .reset(.up, after: 20_000),
        .reset(.down, after: 300), .cut(after: 200), .cut(after: 0), .hang(1, beforeAnswer: true),
        .hang(1, beforeAnswer: false), .lost(500), .lost(nil), .twice, .garbage, .flip(.up),
        .shorten(by: 40).for("[?&](list-type|versions)="), .page(of: 3), .page(of: 1),
    ]

    enum Bucket: CaseIterable, Sendable {
        case plain, versioned, locked

        var kind: S3Server.BucketKind {
            switch self {
            case .plain: .plain
            case .versioned: .versioned
            case .locked: .locked
            }
        }
        var words: [String] { self == .locked ? ["--lock", "compliance", "--lock-class", "daily=1"] : [] }
    }

    @Test("A whole life is as if nothing had been", arguments: Bucket.allCases) func life(_ bucket: Bucket) throws {
        let place = try BucketPlace(bucket.kind)
        try place.proxy.spoil(0.1, Self.passing, seed: 11)
        try ChildProcess.run([program, "init"] + bucket.words, environment: place.environment()).mustBe(0)
        let (first, peak) = try MemoryUse.watching(["backup", "--json", place.source], place.environment())
        try first.mustBe(0)
        #expect(peak < 160 << 10, "\(peak) KiB")
        for round in 1...2 {
            try place.change(round)
            try place.run("backup", "--json", place.source).mustBe(0)
        }
        try place.run("verify", "--read-data", "--json").mustBe(0)
        try place.expectRestores()
        // From the bucket to a disk, and from there into another place of the bucket.
        let copy = ["SAFEHOLD_REPOSITORY": place.scratch.path + "/copy"]
        let back = ["SAFEHOLD_REPOSITORY": place.address("back", direct: true)]
        try place.run("replicate", "--create", "--to", place.scratch.path + "/copy", "--json").mustBe(0)
        try place.run("replicate", "--create", "--to", place.address("back"), "--json", changing: copy).mustBe(0)
        try place.run("forget", "--keep-last", "1", "--json").mustBe(0)
        let collected = try place.run("collect", "--json").mustBe(0).summary()
        #expect((collected["packs_removed"] > 0) == (bucket != .locked), "\(collected.fields)")
        let suffered = try place.proxy.counts()
        #expect(suffered.suffered.values.reduce(0, +) > suffered.requests / 20, "\(suffered)")
        #expect(Set(suffered.suffered.keys).count >= 6, "\(suffered)")
        for repository in [place.direct, copy, back] {
            try place.run("verify", "--read-data", "--json", changing: repository).mustBe(0)
            try place.expectRestores(repository)
        }
        // Nothing is there that nobody needs.
        if bucket != .locked {
            let plan = try place.run("collect", "--dry-run", "--json", changing: place.direct).mustBe(0).summary()
            #expect(plan["packs_removed"] == 0, "\(plan.fields)")
        }
    }

    /// What cannot be told from a damaged store: over TLS it does not come to that.
    private static let spoiling: [FaultProxy.Fault] = [
        .flip(.down), .shorten(by: 7), .stale, .page(of: 2), .lost(nil), .twice, .reset(.down, after: 100),
    ]

    @Test(
        "Answers that were altered on their way are never believed, and whatever failed goes on",
        arguments: Bucket.allCases)
    func altered(_ bucket: Bucket) throws {
        let place = try BucketPlace(bucket.kind)
        try ChildProcess.run([program, "init"] + bucket.words, environment: place.environment()).mustBe(0)
        var flips = 0
        for (round, words) in [
            ["backup", place.source], ["backup", place.source], ["verify", "--read-data"],
            ["forget", "--keep-last", "1"],
            ["collect"], ["replicate", "--create", "--to", place.scratch.path + "/copy"],
        ].enumerated() {
            if round == 1 { try place.change(1) }
            flips += try persevere(place, words)
        }
        #expect(flips > 0)
        try place.proxy.heal()
        for repository in [place.direct, ["SAFEHOLD_REPOSITORY": place.scratch.path + "/copy"]] {
            try place.run("verify", "--read-data", "--json", changing: repository).mustBe(0)
            try place.expectRestores(repository)
        }
        try place.run("backup", "--json", place.source).mustBe(0)
    }

    /// Runs a command, which may fail, but not in any odd way; in the end without faults. Returns how many answers were altered.
    private func persevere(_ place: BucketPlace, _ words: [String]) throws -> Int {
        try place.proxy.spoil(0.1, Self.spoiling, seed: Int(words[0].utf8.reduce(5) { $0 + Int($1) }))
        func flips() throws -> Int { try place.proxy.counts().suffered["flip"] ?? 0 }
        for _ in 0..<3 {
            let ended = try ChildProcess.run([program] + words + ["--json"], environment: place.environment())
            if ended.status == 0 { return try flips() }
            #expect([10, 11, 13].contains(ended.status), ended.said)
            #expect(try ended.lines().contains { ["error", "finding"].contains($0.type) }, ended.said)
        }
        let altered = try flips()
        try place.proxy.heal()
        try ChildProcess.run([program] + words + ["--json"], environment: place.environment()).mustBe(0)
        return altered
    }
}
