import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

/// The table of docs/s3.md beside a real server: who has these rights and no others can do what it says, and no more.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct PermissionTests {
    private let server: S3Server
    private let bucket: String
    private let inBucket = [
        "s3:ListBucket", "s3:GetBucketVersioning", "s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration",
    ]
    private let writing = [
        "s3:GetObject", "s3:PutObject", "s3:GetObjectVersion", "s3:PutObjectRetention", "s3:GetObjectRetention",
    ]
    private let name = ObjectName("packs/00/a")

    init() throws {
        server = try S3Server.shared.get()
        bucket = try server.bucket(.locked)
    }

    private func guest() throws -> S3Store {
        let address = try S3Address.parse(
            "s3://\(bucket)/below?region=\(server.region)&endpoint=\(server.endpoint)", { _ in nil })
        let credentials = S3Credentials(accessKey: server.guest.accessKey, secret: server.guest.secret)
        return try S3Store(address, .only(credentials), spoolPlaces: ["/tmp"])
    }

    private func code(_ body: () throws -> Void) -> Failure.Code? {
        do { try body() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test("A host's rights let it write, lock, list and read, and destroy nothing") func host() throws {
        try server.allowGuest(bucket, below: "below", bucketActions: inBucket, objectActions: writing)
        let store = try guest()
        let locking = try #require(store.locking)
        let until = try locking.now().nanoseconds.dividedFloor(by: 1_000_000_000) + 3600
        locking.lockNewObjects(
            ObjectLock(mode: .governance, until: Timestamp(nanoseconds: until * 1_000_000_000)))
        #expect(try store.put([1, 2, 3], as: name, .immediate) == .created)
        locking.lockNewObjects(nil)
        #expect(try store.put([4], as: ObjectName("packs/00/b"), .immediate) == .created)
        #expect(try store.put([5], as: name, .immediate) == .exists)
        #expect(try locking.lock(of: name) != nil)
        #expect(try store.readAll(name, limit: 10) == [1, 2, 3])
        #expect(try store.names(below: "packs").count == 2)
        #expect(code { try store.remove(ObjectName("packs/00/b")) } == .storageDenied)
        let id = try #require(server.versions(bucket, "below/packs/00/b").first)
        let key = "\(bucket)/below/packs/00/b"
        #expect(try server.request("DELETE", "\(key)?versionId=\(id)", asGuest: true).status == 403)
        #expect(try server.request("PUT", key, body: "rubbish", asGuest: true).status == 200)
        #expect(try server.request("PUT", "\(bucket)/other/x", body: "x", asGuest: true).status == 403)
        #expect(try store.readAll(ObjectName("packs/00/b"), limit: 10) == [4])
    }

    @Test("A collector's rights are the host's and the deleting of versions") func collector() throws {
        let deleting = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
        try server.allowGuest(bucket, below: "below", bucketActions: inBucket, objectActions: writing + deleting)
        let store = try guest()
        #expect(try store.put([1, 2, 3], as: name, .immediate) == .created)
        #expect(try store.refusesTakenNames())
        try store.remove(name)
        #expect(try store.size(of: name) == nil)
        #expect(try server.versions(bucket, "below/packs/00/a").isEmpty)
    }

    @Test("Who may not ask about versions is told so when it matters, or reads the newest") func without() throws {
        try server.allowGuest(
            bucket, below: "below", bucketActions: ["s3:ListBucket"], objectActions: ["s3:GetObject", "s3:PutObject"])
        let store = try guest()
        #expect(store.locking == nil)
        #expect(try store.put([1], as: name, .immediate) == .created)
        #expect(try store.readAll(name, limit: 10) == [1])
        try server.allowGuest(
            bucket, below: "below", bucketActions: ["s3:ListBucket", "s3:GetBucketVersioning"], objectActions: writing)
        #expect(code { _ = try guest().readAll(name, limit: 10) } == .storageDenied)
    }
}
