import Foundation
import Primitives
import Storage
import StorageConformance
import StorageRclone
import TestSupport
import Testing

private let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/rclone")

/// Beside the real rclone, with a remote on this machine and one in a bucket of a real server.
@Suite(
    .serialized, .enabled(if: isInstalled, "rclone is not installed here: scripts/install-dependencies.sh --for-tests"))
struct RcloneTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        setenv("RCLONE_CONFIG", folder.path + "/rclone.conf", 1)
        // rclone 1.60 does not start on S3 while it is set.
        unsetenv("AWS_CA_BUNDLE")
        try configure("[disk]\ntype = local\n")
    }

    private func configure(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/rclone.conf"))
    }

    private func store(_ address: String) throws -> RcloneStore {
        RcloneStore(try RcloneAddress.parse(address), spoolPlaces: [folder.path])
    }

    private func diskStore() throws -> RcloneStore {
        let store = try store("rclone:disk:\(folder.path)/store")
        try store.makeRoot()
        return store
    }

    private func bucketStore() throws -> RcloneStore {
        let server = try S3Server.shared.get()
        let lines = [
            "[bucket]", "type = s3", "provider = Ceph", "endpoint = \(server.endpoint)",
            "access_key_id = \(server.accessKey)", "secret_access_key = \(server.secret)", "region = \(server.region)",
        ]
        try configure(lines.joined(separator: "\n") + "\n")
        return try store("rclone:bucket:\(try server.bucket())/below")
    }

    private func findings(_ store: RcloneStore) -> [String] {
        var effort = ConformanceSuite.Effort()
        (effort.rivals, effort.rounds, effort.bigObjectBytes) = (3, 1, 2 << 20)
        return ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings.map { "\($0)" }
    }

    @Test("A remote on this machine keeps the whole contract") func wholeContract() throws {
        let found = findings(try diskStore())
        #expect(found == [], "\(found)")
    }

    @Test(
        "A bucket by way of rclone keeps it too",
        .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
    func wholeContractInABucket() throws { #expect(findings(try bucketStore()) == []) }

    @Test("Objects go to a remote on this machine and come back, and nothing is left over") func disk() throws {
        let store = try diskStore()
        try comeBack(store)
        #expect(try !store.refusesTakenNames())
        let left = try folder.everything.filter { $0.hasPrefix("store/tmp/") || $0.hasPrefix("safehold-upload") }
        #expect(left == [], "temporary files are left")
    }

    @Test(
        "Objects go into a bucket by way of rclone and come back",
        .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
    func bucket() throws { try comeBack(try bucketStore()) }

    private func comeBack(_ store: RcloneStore) throws {
        var random = SeededGenerator(seed: 5)
        let (small, large) = (random.bytes(100), random.bytes(7_000_000))
        let (one, other, none) = (ObjectName("a/small"), ObjectName("a/large"), ObjectName("a/none"))
        #expect(try store.put(small, as: one, .immediate) == .created)
        #expect(try store.put(large, as: other, .immediate) == .created)
        #expect(try store.put(small, as: other, .immediate) == .exists)
        #expect(try store.put([], as: ObjectName("empty"), .immediate) == .created)
        #expect(try store.readAll(other, limit: 1 << 24) == large)
        #expect(try store.readRange(other, at: 5_000_000, count: 1000) == Array(large[5_000_000..<5_001_000]))
        var beyond = [UInt8](repeating: 0, count: 10)
        #expect(try beyond.withUnsafeMutableBytes { try store.read(one, at: 100, into: $0) } == 0)
        #expect(try store.size(of: none) == nil && store.size(of: ObjectName("a")) == nil)
        let failure = #expect(throws: Failure.self) { try store.readRange(none, at: 0, count: 1) }
        #expect(failure?.code == .objectMissing)
        #expect(try store.names(below: "a") == [other, one])
        #expect(try store.names(below: "a/large") == [] && store.names(below: "b") == [])
        try store.remove(one)
        try store.remove(one)
        #expect(try store.names(below: "") == [other, ObjectName("empty")])
    }

    @Test("An rclone that was killed is started again, and none is left") func killed() throws {
        let store = try diskStore()
        _ = try store.put([1, 2], as: ObjectName("a"), .immediate)
        // Only those that serve this process: others may run rclone too.
        let own = "pgrep -P \(ProcessInfo.processInfo.processIdentifier) -x rclone"
        try #require(system("\(own) > /dev/null && kill -9 $(\(own))") == 0)
        #expect(try store.readAll(ObjectName("a"), limit: 9) == [1, 2])
    }

    @Test("Leftovers of a week ago are removed, others stay") func leftovers() throws {
        let store = try diskStore()
        try FileManager.default.createDirectory(atPath: folder.path + "/store/tmp", withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: folder.path + "/store/tmp/new"))
        try Data([1]).write(to: URL(filePath: folder.path + "/store/tmp/old"))
        try #require(system("touch -d '8 days ago' '\(folder.path)/store/tmp/old'") == 0)
        #expect(try store.removeAbandoned() == 1 && store.removeAbandoned() == 0)
        #expect(try folder.everything.filter { $0.hasPrefix("store/tmp/") } == ["store/tmp/new"])
    }

    @Test("A remote that is not there, or described in place, is refused") func mistakes() throws {
        for text in ["rclone:", "rclone:disk", "rclone::local:/x", "rclone::s3,secret_access_key=x:/y", "rclone:-x:/y"]
        {
            #expect(throws: Failure.self) { try RcloneAddress.parse(text) }
        }
        let failure = #expect(throws: Failure.self) { try store("rclone:nowhere:/x").size(of: ObjectName("FORMAT")) }
        #expect(failure?.code == .storageMisconfigured, "\(failure as Any)")
    }
}
