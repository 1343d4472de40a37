import Primitives
import Storage
import StorageConformance
import StorageS3
import TestSupport
import Testing

/// Beside a real server: what the contract says holds in a bucket.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct RealServerTests {
    private func store(_ server: S3Server, _ bucket: String, secure: Bool = false, secret: String? = nil) throws
        -> S3Store
    {
        let text =
            "s3://\(bucket)/below?region=\(server.region)&endpoint="
            + (secure ? server.secureEndpoint + "&ca=" + server.authorities : server.endpoint)
        let credentials = S3Credentials(accessKey: server.accessKey, secret: secret ?? server.secret)
        return try S3Store(try S3Address.parse(text, { _ in nil }), .only(credentials), spoolPlaces: ["/tmp"])
    }

    private var effort: ConformanceSuite.Effort {
        var effort = ConformanceSuite.Effort()
        effort.rounds = Soak.count(2, full: 50)
        effort.bigObjectBytes = Soak.count(6 << 20, full: 100 << 20)
        return effort
    }

    @Test("A bucket is a store", arguments: [false, true]) func conformance(_ secure: Bool) throws {
        let server = try S3Server.shared.get()
        let store = try store(server, try server.bucket(), secure: secure)
        try store.checkBucket()
        #expect(ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings == [])
    }

    @Test("More objects than a page has are listed, each once") func pages() throws {
        let server = try S3Server.shared.get()
        let store = try store(server, try server.bucket())
        let threads = WorkerThreads()
        for part in 0..<8 {
            threads.start {
                for i in 0..<130 { _ = try? store.put([1], as: ObjectName("many/\(part)-\(i)"), .deferred) }
            }
        }
        threads.joinAll()
        let names = try store.names(below: "many")
        #expect(names.count == 1040 && Set(names).count == 1040)
    }

    @Test("Where a server ignores the condition, who comes later is told that the name is taken all the same")
    func versioned() throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket(versioned: true)
        let (first, second) = (try store(server, bucket), try store(server, bucket))
        #expect(try first.put([1, 2, 3], as: ObjectName("a"), .immediate) == .created)
        for store in [first, second] {
            #expect(try store.put([4], as: ObjectName("a"), .immediate) == .exists)
            #expect(try store.put([1, 2, 3], as: ObjectName("a"), .immediate) == .exists)
        }
        #expect(try second.readAll(ObjectName("a"), limit: 10) == [1, 2, 3])
    }

    @Test("A wrong secret is told from a missing bucket") func mistakes() throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket()
        func code(_ body: () throws -> Void) -> Failure.Code? { #expect(throws: Failure.self, performing: body)?.code }
        #expect(
            code { _ = try store(server, bucket, secret: "wrong").size(of: ObjectName("a")) } == .storageCredentials)
        #expect(code { try store(server, "there-is-none").checkBucket() } == .storageMissing)
        #expect(
            code { _ = try store(server, "there-is-none").put([1], as: ObjectName("a"), .immediate) } == .storageMissing
        )
        #expect(code { _ = try store(server, "there-is-none").names(below: "") } == .storageMissing)
    }

    @Test("A server that takes a name twice is found out before anybody collects there", arguments: [false, true])
    func refusals(versioned: Bool) throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket(versioned: versioned)
        let format = ObjectName("FORMAT")
        #expect(try store(server, bucket).put([1, 2, 3], as: format, .immediate) == .created)
        let other = try store(server, bucket)
        #expect(try other.refusesTakenNames() == !versioned)
        #expect(try other.readAll(format, limit: 10) == [1, 2, 3])
    }
}
