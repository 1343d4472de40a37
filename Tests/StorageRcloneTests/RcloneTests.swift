import Foundation
import Primitives
import Storage
import StorageConformance
import StorageRclone
import TestSupport
import Testing

/// Beside the real rclone, with a remote on this machine and one in a bucket of a real server.
@Suite(
    .serialized,
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/rclone"),
        "rclone is not installed here: scripts/install-dependencies.sh --for-tests"))
struct RcloneTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        setenv("RCLONE_CONFIG", folder.path + "/rclone.conf", 1)
        try configure("[disk]\ntype = local\n")
    }

    private func configure(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/rclone.conf"))
    }

    private func store(_ address: String) throws -> RcloneStore {
        RcloneStore(try RcloneAddress.parse(address), spoolPlaces: [folder.path])
    }

    private var effort: ConformanceSuite.Effort {
        var effort = ConformanceSuite.Effort()
        effort.rivals = 3
        effort.rounds = Soak.count(1, full: 5)
        effort.bigObjectBytes = 2 << 20
        return effort
    }

    @Test("A remote on this machine is a store, within one process") func local() throws {
        let store = try store("rclone:disk:\(folder.path)/store")
        try store.makeRoot()
        #expect(ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings == [])
        #expect(try !store.refusesTakenNames())
        let left = try folder.everything.filter { $0.hasPrefix("store/tmp/") || $0.hasPrefix("safehold-upload") }
        #expect(left == [], "temporary files are left")
    }

    @Test("A bucket by way of rclone is one", .enabled(if: S3Server.isPossible && Soak.isOn, "soak only, and radosgw"))
    func bucket() throws {
        let server = try S3Server.shared.get()
        try configure(
            """
            [bucket]
            type = s3
            provider = Ceph
            endpoint = \(server.endpoint)
            access_key_id = \(server.accessKey)
            secret_access_key = \(server.secret)
            region = \(server.region)

            """)
        let store = try store("rclone:bucket:\(try server.bucket())/below")
        #expect(ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings == [])
    }

    @Test(
        "A few objects go into a bucket by way of rclone and come back",
        .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
    func objects() throws {
        let server = try S3Server.shared.get()
        try configure(
            "[bucket]\ntype = s3\nprovider = Ceph\nendpoint = \(server.endpoint)\naccess_key_id = \(server.accessKey)\nsecret_access_key = \(server.secret)\nregion = \(server.region)\n"
        )
        let store = try store("rclone:bucket:\(try server.bucket())/below")
        var random = SeededGenerator(seed: 5)
        let (small, large) = (random.bytes(100), random.bytes(7_000_000))
        #expect(try store.put(small, as: ObjectName("a/small"), .immediate) == .created)
        #expect(try store.put(large, as: ObjectName("a/large"), .immediate) == .created)
        #expect(try store.put(small, as: ObjectName("a/large"), .immediate) == .exists)
        #expect(try store.readAll(ObjectName("a/large"), limit: 1 << 24) == large)
        #expect(
            try store.readRange(ObjectName("a/large"), at: 5_000_000, count: 1000)
                == Array(large[5_000_000..<5_001_000]))
        #expect(try store.size(of: ObjectName("a/none")) == nil)
        #expect(try store.names(below: "a").map(\.path) == ["a/large", "a/small"])
        try store.remove(ObjectName("a/small"))
        #expect(try store.names(below: "").map(\.path) == ["a/large"])
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
