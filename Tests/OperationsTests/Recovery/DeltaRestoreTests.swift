import CLinux
import Foundation
import Glibc
import Primitives
import RepositoryEngine
import TestSupport
import Testing

@testable import Operations

@Suite("A data directory that is made into a base backup") struct DeltaRestoreTests {
    private static let block = 8192

    /// Content that no two blocks have in common.
    private static func content(_ blocks: Int, _ seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<blocks * block).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// A tree with large and small files, backed up and restored.
    private struct Cluster {
        let trip: RoundTrip
        let snapshot: CatalogedSnapshot
        let target: String

        /// Made once: what a repository takes longest for is its passphrase.
        // SAFETY: what was made is only read from then on.
        nonisolated(unsafe) private static let made = Result { try Cluster() }

        /// The same snapshot, restored to a place of its own.
        static func make() throws -> Cluster { try Cluster(try made.get()) }

        private init(_ other: Cluster) throws {
            (trip, snapshot) = (other.trip, other.snapshot)
            target = "\(other.target)-\(UInt64.random(in: 0 ... .max))"
            try restore()
        }

        func restore() throws { _ = try trip.restore(snapshot) { [target] in $0.target = target } }

        func content(_ name: String) throws -> [UInt8]? { try LocalFile.read(target + "/" + name, limit: 1 << 30) }

        private init() throws {
            trip = try RoundTrip()
            target = trip.target
            for folder in ["base", "base/1", "global", "empty"] { mkdir(trip.source + "/" + folder, 0o700) }
            trip.write("base/1/1259", DeltaRestoreTests.content(300, 1), mode: 0o600)
            trip.write("base/1/2619", DeltaRestoreTests.content(100, 2), mode: 0o600)
            trip.write("base/1/nothing", [], mode: 0o600)
            trip.write("global/1260", DeltaRestoreTests.content(1, 3), mode: 0o600)
            trip.write("PG_VERSION", Array("15\n".utf8), mode: 0o600)
            snapshot = try trip.backup()
        }

        func delta(
            _ observer: any OperationObserver = SilentObserver(), _ change: (inout RecoveredTree) -> Void = { _ in }
        )
            throws -> DeltaRestore.Outcome
        {
            let engine = try SnapshotReader(repository: trip.repository, opener: trip.opener, snapshot: snapshot)
            var tree = RecoveredTree(source: Array(trip.source.utf8.dropFirst()), target: target)
            change(&tree)
            return try DeltaRestore(engine: engine, trees: [tree], observer: observer).run()
        }

        func spoil(_ name: String, at offset: Int, _ bytes: [UInt8]) throws {
            let file = open(target + "/" + name, O_WRONLY)
            try #require(file >= 0)
            defer { close(file) }
            try #require(pwrite(file, bytes, bytes.count, offset) == bytes.count)
        }

        func expectSame(_ name: String) throws {
            let wanted = try LocalFile.read(trip.source + "/" + name, limit: 1 << 30)
            #expect(try content(name) == wanted, "\(name)")
        }
    }

    @Test("is read, and not written, where it is the same") func same() throws {
        let cluster = try Cluster.make()
        let done = try cluster.delta()
        #expect((done.filesSame, done.filesAmended, done.bytesWritten, done.removed) == (5, 0, 0, 0))
    }

    @Test("has only those blocks written that are not the same") func blocks() throws {
        let cluster = try Cluster.make()
        // One byte each in blocks 3, 4 and 299, and across the border of blocks 9 and 10.
        for offset in [3 * Self.block + 7, 4 * Self.block, 300 * Self.block - 1] {
            try cluster.spoil("base/1/1259", at: offset, [0xAA ^ 0x55])
        }
        try cluster.spoil("base/1/2619", at: 10 * Self.block - 2, [1, 2, 3, 4])
        let done = try cluster.delta()
        #expect((done.filesSame, done.filesAmended) == (3, 2))
        #expect(done.bytesWritten <= UInt64(5 * Self.block) && done.bytesWritten >= UInt64(4 * Self.block))
        for name in ["base/1/1259", "base/1/2619"] { try cluster.expectSame(name) }
        #expect(try cluster.delta().bytesWritten == 0)
    }

    @Test("is cut where it is longer and filled where it is shorter") func sizes() throws {
        let cluster = try Cluster.make()
        try cluster.spoil("base/1/1259", at: 300 * Self.block, Self.content(5, 9))
        truncate(cluster.target + "/base/1/2619", off_t(40 * Self.block + 100))
        try cluster.spoil("base/1/nothing", at: 0, [1])
        let done = try cluster.delta()
        #expect(done.bytesWritten == UInt64(60 * Self.block))
        for name in ["base/1/1259", "base/1/2619", "base/1/nothing"] { try cluster.expectSame(name) }
    }

    @Test("loses what does not belong, and keeps what is kept") func removed() throws {
        let cluster = try Cluster.make()
        let target = cluster.target
        mkdir(target + "/base/5", 0o700)
        for name in ["base/5/1", "base/1/999", "mark", "backup_label.old"] {
            try LocalFile.write([1], to: target + "/" + name)
        }
        symlink("/etc/passwd", target + "/base/1/link")
        // A second name elsewhere is not to be changed with it.
        link(target + "/global/1260", cluster.target + "-elsewhere")
        let done = try cluster.delta { $0.kept = [Array("mark".utf8)] }
        #expect(done.removed == 6)
        for name in ["base/5", "base/1/999", "base/1/link", "backup_label.old", "global/1260"] {
            #expect(cluster.trip.status(target + "/" + name) == nil, "\(name)")
        }
        #expect(try cluster.content("mark") == [1])
        #expect(cluster.trip.status("/etc/passwd") != nil)
        try cluster.restore()
        try cluster.expectSame("global/1260")
    }

    @Test("has a file where a directory stands, and a directory where a file stands") func kinds() throws {
        let cluster = try Cluster.make()
        let target = cluster.target
        unlink(target + "/global/1260")
        for folder in ["/global/1260", "/global/1260/inner"] { mkdir(target + folder, 0o700) }
        try LocalFile.write([1], to: target + "/global/1260/inner/file")
        rmdir(target + "/empty")
        try LocalFile.write([1], to: target + "/empty")
        #expect(try cluster.delta().removed == 4)
        try cluster.restore()
        try cluster.expectSame("global/1260")
        #expect(try FileManager.default.contentsOfDirectory(atPath: target + "/empty").isEmpty)
    }

    @Test("keeps what another version has beside it") func shared() throws {
        let cluster = try Cluster.make()
        mkdir(cluster.target + "/PG_14_202107181", 0o700)
        try LocalFile.write([1], to: cluster.target + "/base/stranger")
        let done = try cluster.delta { $0.isShared = true }
        #expect(done.removed == 1)
        #expect(cluster.trip.status(cluster.target + "/PG_14_202107181") != nil)
    }

    @Test("goes on where it was interrupted") func interrupted() throws {
        let cluster = try Cluster.make()
        try cluster.spoil("base/1/1259", at: 0, Self.content(300, 77))
        try cluster.spoil("base/1/2619", at: 0, Self.content(100, 78))
        for patience in 0..<12 {
            do {
                _ = try cluster.delta(ImpatientObserver(patience))
            } catch let failure as Failure {
                #expect(failure.code == .interrupted)
            }
        }
        _ = try cluster.delta()
        for name in ["base/1/1259", "base/1/2619", "global/1260"] { try cluster.expectSame(name) }
    }

    @Test("is the same with many more files than threads, and ends where it is interrupted among them") func many()
        throws
    {
        let trip = try RoundTrip()
        for number in 0..<300 { trip.write("\(number)", Self.content(1, UInt64(number)), mode: 0o600) }
        let snapshot = try trip.backup()
        _ = try trip.restore(snapshot)
        func delta(_ observer: any OperationObserver) throws -> DeltaRestore.Outcome {
            let engine = try SnapshotReader(repository: trip.repository, opener: trip.opener, snapshot: snapshot)
            let tree = RecoveredTree(source: Array(trip.source.utf8.dropFirst()), target: trip.target)
            return try DeltaRestore(engine: engine, trees: [tree], observer: observer).run()
        }
        for number in 0..<300 { try LocalFile.write([1], to: "\(trip.target)/\(number)") }
        #expect(throws: Failure.self) { try delta(ImpatientObserver(100)) }
        let done = try delta(SilentObserver())
        #expect(done.filesSame + done.filesAmended == 300 && done.filesSame > 0 && done.filesAmended > 150)
        for number in 0..<300 {
            #expect(try LocalFile.read("\(trip.target)/\(number)", limit: 1 << 20) == Self.content(1, UInt64(number)))
        }
    }
}

/// Wants it to end after so many questions.
final class ImpatientObserver: OperationObserver {
    private let left: Monitor<Int>

    init(_ patience: Int) { left = Monitor(patience) }

    func progress(_ progress: OperationProgress) {}
    func problem(_ problem: EntryProblem) {}
    func warning(_ message: String) {}
    var isCancelled: Bool {
        left.withLock { left in
            left -= 1
            return left < 0
        }
    }
}
