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
        try S3Store.beside(server, bucket, secure: secure, secret: secret)
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
        #expect(store.locking == nil)
        #expect(ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings == [])
    }

    @Test("A bucket that keeps versions is a store, though its server ignores conditions") func versioned() throws {
        let server = try S3Server.shared.get()
        let store = try store(server, try server.bucket(.versioned))
        var effort = effort
        effort.rounds = Soak.count(8, full: 200)
        #expect(store.locking == nil)
        #expect(ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings == [])
    }

    @Test("A bucket with object lock is a store that locks") func locking() throws {
        let server = try S3Server.shared.get()
        let store = try store(server, try server.bucket(.locked))
        let report = ConformanceSuite(store: store, below: "conformance", effort: effort).run()
        #expect(report.findings == [])
        #expect(report.rules.contains { $0.contains("lock") })
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

    @Test("A wrong secret is told from a missing bucket") func mistakes() throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket()
        func code(_ body: () throws -> Void) -> Failure.Code? { #expect(throws: Failure.self, performing: body)?.code }
        #expect(
            code { _ = try store(server, bucket, secret: "wrong").size(of: ObjectName("a")) } == .storageCredentials)
        // Of a server that has answered once more is borne, as it has to be where it is busy.
        let nowhere = try store(server, "there-is-none")
        #expect(code { try nowhere.checkBucket() } == .storageMissing)
        #expect(code { _ = try nowhere.put([1], as: ObjectName("a"), .immediate) } == .storageMissing)
        #expect(code { _ = try nowhere.names(below: "") } == .storageMissing)
    }

    @Test("Whoever collects is told that a taken name stays taken") func refusals() throws {
        let server = try S3Server.shared.get()
        for kind in [S3Server.BucketKind.plain, .versioned, .locked] {
            let bucket = try server.bucket(kind)
            let format = ObjectName("FORMAT")
            #expect(try store(server, bucket).put([1, 2, 3], as: format, .immediate) == .created)
            let other = try store(server, bucket)
            #expect(try other.refusesTakenNames())
            #expect(try other.readAll(format, limit: 10) == [1, 2, 3])
        }
    }
}
