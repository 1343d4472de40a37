import Foundation
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

/// What somebody who has the account's own key does to a bucket that keeps versions, by plain requests, changes nothing of what is read.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct FirstVersionTests {
    private let server: S3Server
    private let bucket: String
    private let name = ObjectName("snapshots/a")
    private let bytes = Array("what was backed up".utf8)

    init() throws {
        server = try S3Server.shared.get()
        bucket = try server.bucket(.versioned)
    }

    private func store() throws -> S3Store { try S3Store.beside(server, bucket) }

    private func expectUnchanged(_ store: S3Store, _ what: String) throws {
        #expect(try store.size(of: name) == Int64(bytes.count), "\(what)")
        #expect(try store.readAll(name, limit: 100) == bytes, "\(what)")
        #expect(try store.readRange(name, at: 5, count: 3) == Array(bytes[5..<8]), "\(what)")
        var listed: [ObjectName: Int64] = [:]
        try store.list(below: "snapshots") { listed[$0] = $1 }
        #expect(listed == [name: Int64(bytes.count)], "\(what)")
        #expect(try store.put([1], as: name, .immediate) == .exists, "\(what)")
        #expect(try store.put(bytes, as: name, .immediate) == .exists, "\(what)")
    }

    @Test("Overwritten, deleted, and overwritten again, an object reads and lists as before") func later() throws {
        let old = try store()
        #expect(try old.put(bytes, as: name, .immediate) == .created)
        for (what, method) in [("overwritten", "PUT"), ("deleted", "DELETE"), ("overwritten again", "PUT")] {
            let said = try server.request(
                method, "\(bucket)/below/snapshots/a", body: method == "PUT" ? "what I put there" : "")
            #expect(said.status < 300)
            try expectUnchanged(old, what)
            try expectUnchanged(try store(), what)
        }
    }

    @Test("A repository that was there before versions were switched on keeps its objects") func before() throws {
        let bucket = try server.bucket()
        #expect(try S3Store.beside(server, bucket).put(bytes, as: name, .immediate) == .created)
        let status = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        try #require(server.request("PUT", "\(bucket)?versioning=", body: status).status == 200)
        try server.request("PUT", "\(bucket)/below/snapshots/a", body: "later")
        try server.request("DELETE", "\(bucket)/below/snapshots/a")
        try expectUnchanged(try S3Store.beside(server, bucket), "first version without an id of its own")
        let store = try S3Store.beside(server, bucket)
        try store.remove(name)
        #expect(try store.size(of: name) == nil && store.names(below: "").isEmpty)
    }

    @Test("With versions switched off again, the first one is still what is read") func suspended() throws {
        let store = try store()
        #expect(try store.put(bytes, as: name, .immediate) == .created)
        let status = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
        try #require(server.request("PUT", "\(bucket)?versioning=", body: status).status == 200)
        try server.request("PUT", "\(bucket)/below/snapshots/a", body: "later")
        let other = try self.store()
        #expect(try other.readAll(name, limit: 100) == bytes)
        #expect(try other.put([1], as: ObjectName("snapshots/b"), .immediate) == .created)
        #expect(try other.put([2], as: ObjectName("snapshots/b"), .immediate) == .exists)
        #expect(try other.readAll(ObjectName("snapshots/b"), limit: 100) == [1])
    }

    @Test("A marker where nothing was is no object, and does not keep one from being written") func onlyMarker() throws
    {
        try server.request("DELETE", "\(bucket)/below/snapshots/a")
        let store = try store()
        #expect(try store.size(of: name) == nil)
        #expect(try store.names(below: "").isEmpty)
        #expect(try store.put(bytes, as: name, .immediate) == .created)
        try expectUnchanged(store, "after a marker")
    }

    @Test("Removing takes every version and marker, and leaves none that could be read") func removing() throws {
        let store = try store()
        _ = try store.put(bytes, as: name, .immediate)
        for round in 0..<5 {
            try server.request("PUT", "\(bucket)/below/snapshots/a", body: "later \(round)")
            try server.request("DELETE", "\(bucket)/below/snapshots/a")
        }
        let neighbour = ObjectName("snapshots/ab")
        _ = try store.put([7], as: neighbour, .immediate)
        try store.remove(name)
        #expect(try server.versions(bucket, "below/snapshots/a") == server.versions(bucket, "below/snapshots/ab"))
        #expect(try store.readAll(neighbour, limit: 10) == [7])
        #expect(try store.size(of: name) == nil)
        #expect(try store.put([8], as: name, .immediate) == .created)
        #expect(try store.readAll(name, limit: 10) == [8])
    }

    @Test("What another client removed and wrote anew is seen as it is now") func replaced() throws {
        let (one, other) = (try store(), try store())
        _ = try one.put(bytes, as: name, .immediate)
        #expect(try one.readAll(name, limit: 100) == bytes)
        try other.remove(name)
        #expect(try one.size(of: name) == nil)
        let failure = #expect(throws: Failure.self) { _ = try one.readRange(name, at: 0, count: 1) }
        #expect(failure?.code == .objectMissing)
        #expect(try other.put([1, 2], as: name, .immediate) == .created)
        #expect(try one.readAll(name, limit: 100) == [1, 2])
        // Known to both, and exchanged between two reads.
        try other.remove(name)
        _ = try other.put([3], as: name, .immediate)
        #expect(try one.readRange(name, at: 0, count: 1) == [3])
    }

    @Test("Names with more versions than a page has are one object each") func manyVersions() throws {
        let store = try store()
        let threads = WorkerThreads()
        for part in 0..<8 {
            threads.start {
                for i in 0..<60 { _ = try? store.put([UInt8(part)], as: ObjectName("m/\(part)-\(i)"), .deferred) }
            }
        }
        threads.joinAll()
        // One call of curl writes a name six hundred times; a busy server refuses some.
        var versions = 0
        for _ in 0..<8 where versions <= 600 {
            try server.request("PUT", "\(bucket)/below/m/3-0#[1-600]", body: "later")
            versions = try server.versions(bucket, "below/m/3-0").count
        }
        #expect(versions > 600, "\(versions) versions")
        var sizes: [ObjectName: Int64] = [:]
        var count = 0
        try store.list(below: "m") {
            sizes[$0] = $1
            count += 1
        }
        #expect(count == 480 && sizes.count == 480 && sizes.values.allSatisfy { $0 == 1 })
        #expect(try store.readAll(ObjectName("m/3-0"), limit: 10) == [3])
    }

    @Test("Without the right to ask about versions, a bucket is used as one without any") func forbidden() throws {
        let server = ScriptedServer(isPlain: false) { asked, _ in
            asked.line.contains("versioning")
                ? ScriptedServer.answer("403 Forbidden", [], "<Error><Code>AccessDenied</Code></Error>")
                : ScriptedServer.answer("404 Not Found")
        }
        defer { server.stop() }
        let address = try S3Address.parse("s3://box/p?endpoint=http://127.0.0.1:\(server.port)", { _ in nil })
        let store = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        #expect(try store.size(of: name) == nil)
        #expect(store.locking == nil)
    }
}

extension S3Store {
    /// A store in a bucket of the real server, of its own client.
    static func beside(
        _ server: S3Server, _ bucket: String, secure: Bool = false, secret: String? = nil, choices: String = "",
        bandwidth: BandwidthPlan = .unlimited
    ) throws -> S3Store {
        let text =
            "s3://\(bucket)/below?region=\(server.region)&endpoint="
            + (secure ? server.secureEndpoint + "&ca=" + server.authorities : server.endpoint) + choices
        let credentials = S3Credentials(accessKey: server.accessKey, secret: secret ?? server.secret)
        return try S3Store(
            try S3Address.parse(text, { _ in nil }), .only(credentials), spoolPlaces: ["/tmp"], bandwidth: bandwidth)
    }
}
