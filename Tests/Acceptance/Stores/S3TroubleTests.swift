import Foundation
import TestSupport
import Testing

/// A server that is not to be trusted, a clock that is wrong, and keys that are taken away in the middle of it.
@Suite("A bucket that cannot be used", .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
struct S3TroubleTests {
    private static func refusal(_ flaw: S3Server.Flaw) -> String {
        switch flaw {
        case .expired, .future: "not valid now"
        case .wrongName: "another name"
        case .rogue: "authority"
        }
    }

    /// What a backup says to a server with this certificate.
    private func refused(_ certificate: (file: String, key: String), isOld: Bool = false) throws -> Summary {
        let place = try BucketPlace()
        try place.run("init").mustBe(0)
        let proxy = try FaultProxy(before: place.server.endpoint, certificate: certificate, isOld: isOld)
        let address =
            "s3://\(place.bucket)/host?endpoint=https://localhost:\(proxy.port)&region=\(place.server.region)&ca=\(place.server.authorities)"
        let ended = try place.run("backup", "--json", place.source, changing: ["SAFEHOLD_REPOSITORY": address])
        #expect(try proxy.counts().requests == 0, "something was sent to it")
        // Nothing is begun that would be in the way.
        try place.run("backup", "--json", place.source).mustBe(0)
        return try ended.mustBe(12).error()
    }

    @Test(
        "A certificate that is over, not yet valid, of another name or of another authority is refused",
        .enabled(if: ChildProcess.has("faketime"), "faketime is not there"), arguments: S3Server.Flaw.allCases)
    func certificates(_ flaw: S3Server.Flaw) throws {
        let error = try refused(try S3Server.shared.get().certificate(flaw))
        #expect(error.text("code") == "storage-untrusted")
        #expect(error.text("message").contains(Self.refusal(flaw)), "\(error.fields)")
    }

    @Test("A server that speaks TLS 1.2 at most is refused, and TLS 1.3 is named") func old() throws {
        let error = try refused(try S3Server.shared.get().certificate, isOld: true)
        #expect(error.text("code") == "storage-untrusted")
        #expect(error.text("message").contains("does not speak TLS 1.3"), "\(error.fields)")
    }

    @Test(
        "With a clock that is wrong by a day the server refuses, and the advice is to set the clock",
        .enabled(if: ChildProcess.has("faketime"), "faketime is not there"), arguments: ["+1d", "-1d"])
    func clock(_ wrong: String) throws {
        let place = try BucketPlace()
        try place.run("init").mustBe(0)
        let ended = try ChildProcess.run(
            ["faketime", "-f", wrong, program, "backup", "--json", place.source], environment: place.environment())
        let error = try ended.mustBe(12).error()
        #expect(error.text("code") == "storage-denied")
        #expect(error.text("advice").contains("set this host's clock right"), "\(error.fields)")
        try place.run("backup", "--json", place.source).mustBe(0)
        try place.expectRestores()
    }

    @Test(
        "A backup whose key is taken away midway says so, and goes on when it is given back",
        arguments: [
            (S3Server.Change.suspend, S3Server.Change.enable, ["storage-denied"]),
            (.revoke, .grant, ["storage-credentials"]),
        ])
    func revoked(_ takes: S3Server.Change, _ gives: S3Server.Change, _ codes: [String]) throws {
        let place = try BucketPlace()
        let account = try place.server.account()
        let changing = [
            "SAFEHOLD_REPOSITORY":
                "s3://\(account.bucket)/host?endpoint=http://127.0.0.1:\(place.proxy.port)&region=\(place.server.region)",
            "AWS_ACCESS_KEY_ID": account.accessKey, "AWS_SECRET_ACCESS_KEY": account.secret,
        ]
        try place.run("init", changing: changing).mustBe(0)
        try place.proxy.heal()
        let process = try ChildProcess(
            [program, "backup", "--json", place.source].map(\.bytes),
            environment: place.environment(changing).merging(["SAFEHOLD_BANDWIDTH": "up=4MiB"]) { $1 })
        while try place.proxy.counts().requests < 12, !process.ends(within: 50) {}
        try place.server.change(account, takes)
        let error = try process.wait().mustBe(12).error()
        #expect(codes.contains(error.text("code")), "\(error.fields)")
        #expect(!"\(error.fields)".contains(account.secret))
        #expect(try place.run("snapshots", changing: changing).status == 12)
        try place.server.change(account, gives)
        try place.run("backup", "--json", place.source, changing: changing).mustBe(0)
        try place.run("verify", "--read-data", changing: changing).mustBe(0)
        try place.expectRestores(changing)
    }
}
