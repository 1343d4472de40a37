import Foundation
import Storage
import StorageS3
import TestSupport
import Testing

/// A repository in a bucket of a real server, over TLS 1.3 with a certificate of a private authority, as a user has it.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct S3Tests {
    private let server: S3Server
    private let scratch: Scratch
    private let bucket: String

    init() throws {
        server = try S3Server.shared.get()
        scratch = try Scratch()
        bucket = try server.bucket()
    }

    private var address: String {
        "s3://\(bucket)/host?endpoint=\(server.secureEndpoint)&region=\(server.region)&ca=\(server.authorities)"
    }

    private func run(_ words: String..., changing: [String: String] = [:], in directory: String? = nil) throws -> Ended
    {
        let environment = server.environment.merging([
            "SAFEHOLD_REPOSITORY": address, "SAFEHOLD_HOME": scratch.path + "/home",
            "SAFEHOLD_PASSPHRASE_FILE": try scratch.write(Place.passphrase, "passphrase"), "TMPDIR": scratch.path,
        ]) { $1 }
        return try ChildProcess.run(
            [program] + words, environment: environment.merging(changing) { $1 }, directory: directory)
    }

    @Test("A bucket holds a repository: made, written to twice, checked, restored") func wholeRound() throws {
        let source = try scratch.folder("source")
        try ChildProcess.shell(
            "cd \"$1\"; mkdir -p a/b; for i in $(seq 300); do echo \"file $i\" > a/$i; done; head -c 12M /dev/urandom > a/b/large; ln -s large a/b/link",
            source)
        try run("init").mustBe(0)
        try run("backup", source).mustBe(0)
        try ChildProcess.shell(
            "cd \"$1\"; echo more >> a/7; head -c 1M /dev/urandom | dd of=a/b/large bs=1M seek=9 conv=notrunc status=none",
            source)
        let told = try run("audit", "search", "--act", "backup", "--json").mustBe(0).lines().first
        let clocks = told?.fields["store_clocks"] as? [String] ?? []
        #expect(clocks.count == 1 && clocks[0].contains(bucket), "what the server's clock said")
        let second = try run("backup", source, "--json").mustBe(0).summary()
        #expect(second.text("mode") == "incremental")
        try run("verify", "--read-data").mustBe(0)
        try run("verify", "--read-data", "--without-key").mustBe(0)
        let target = scratch.path + "/back"
        try run("restore", "latest", "--target", target, "--strip", "--verify").mustBe(0)
        try Comparison.expectSame(source, target)
        #expect(try run("snapshots", "--json").mustBe(0).lines().filter { $0.type == "snapshot" }.count == 2)
        let doctor = try run("doctor").mustBe(0)
        #expect(!doctor.text.contains("GiB are free"), "of a disk that the repository is not on")
        #expect(
            try ChildProcess.shell("find \"$1\" -name '*spool*'", scratch.path) == "",
            "something stays of what was uploaded")
    }

    @Test("What is uploaded does not lie in memory") func memory() throws {
        let source = try scratch.folder("source")
        let mebibytes = Soak.count(192, full: 2048)
        try ChildProcess.shell("head -c \"$2\"M /dev/urandom > \"$1\"/large", source, String(mebibytes))
        try run("init").mustBe(0)
        let (ended, peak) = try MemoryUse.watching(
            ["backup", source],
            server.environment.merging([
                "SAFEHOLD_REPOSITORY": address, "SAFEHOLD_HOME": scratch.path + "/home", "TMPDIR": scratch.path,
            ]) { $1 })
        try ended.mustBe(0)
        #expect(peak < 160 << 10, "\(peak) KiB")
    }

    @Test("What lies in the bucket is a repository wherever it is copied") func copied() throws {
        let source = try scratch.folder("source")
        try ChildProcess.shell("cp -r \"$1\" \"$2\"", packageRoot.path + "/docs", source)
        try run("init").mustBe(0)
        try run("backup", source).mustBe(0)
        let store = try S3Store(
            try S3Address.parse(address, { _ in nil }),
            .only(S3Credentials(accessKey: server.accessKey, secret: server.secret)), spoolPlaces: [scratch.path])
        let copy = try DirectoryStore.create(at: scratch.path + "/copy")
        for name in try store.names(below: "") {
            #expect(try copy.put(try store.readAll(name, limit: 64 << 20), as: name, .deferred) == .created)
        }
        let local = ["SAFEHOLD_REPOSITORY": copy.location]
        try run("verify", "--read-data", changing: local).mustBe(0)
        let target = scratch.path + "/back"
        try run("restore", "latest", "--target", target, "--strip", changing: local).mustBe(0)
        try Comparison.expectSame(source, target)
    }

    @Test("A directory called s3: beside the caller has nothing to do with it") func directoryOfThatName() throws {
        let folder = try scratch.folder("here")
        let inside = "\(folder)/s3:/\(bucket)/host"
        try ChildProcess.shell("mkdir -p \"$1\"; echo text > \"$1/file\"", inside)
        try run("init", in: folder).mustBe(0)
        try run("backup", inside, in: folder).mustBe(0)
        let other = try scratch.folder("other")
        try run("backup", other, in: folder).mustBe(0)
        try run("restore", "latest", "--target", inside + "/back", in: folder).mustBe(0)
    }

    @Test("What is wrong is said with its code, and no secret") func mistakes() throws {
        func code(_ words: [String], _ changing: [String: String]) throws -> String {
            let ended = try run("snapshots", "--json", changing: changing)
            #expect(!ended.text.contains(server.secret) && !ended.errorText.contains(server.secret))
            return try ended.error().text("code")
        }
        try run("init").mustBe(0)
        #expect(try code([], ["AWS_SECRET_ACCESS_KEY": "another"]) == "storage-credentials")
        #expect(
            try code([], ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": scratch.path])
                == "storage-credentials")
        #expect(
            try code([], ["SAFEHOLD_REPOSITORY": "s3://\(bucket)/host?endpoint=\(server.secureEndpoint)"])
                == "storage-untrusted")
        #expect(
            try code([], ["SAFEHOLD_REPOSITORY": "s3://\(bucket)/other?endpoint=\(server.endpoint)"])
                == "repository-missing")
        #expect(try code([], ["SAFEHOLD_REPOSITORY": "s3://\(bucket)?endpoint=http://192.0.2.1"]) == "usage")
        let again = try run("init", "--json")
        #expect(try again.error().text("code") == "repository-exists")
        let crowded = try run(
            "init", "--json", changing: ["SAFEHOLD_REPOSITORY": address.replacing("/host?", with: "?")])
        #expect(try crowded.error().text("code") == "target-unusable")
    }
}
