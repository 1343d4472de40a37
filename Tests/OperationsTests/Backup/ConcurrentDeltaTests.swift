import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

/// One session within another, of the same host, each with a version of the same file.
@Suite("Two backups at once that store differences") struct ConcurrentDeltaTests {
    private func stored(_ snapshot: CatalogedSnapshot, _ trip: CollectedTrip) throws -> UInt64 {
        try snapshot.record.description(opener: trip.opener).storedBytes
    }

    /// Versions of a table of which so many rows differ that each takes the place of the one before.
    private static let contents: [[UInt8]] = {
        var table = RowTable(3000, seed: 71)
        return (0..<4).map { _ in
            defer { table.scatter(300) }
            return table.bytes
        }
    }()

    @Test(
        "are whole both, and the next one is small, whether the other came when all was read or when all was committed",
        arguments: ["manifest", "end"])
    func oneComponent(moment: String) throws {
        let trip = try CollectedTrip()
        trip.write("table", Self.contents[0])
        let first = try trip.backup { $0.delta = true }
        trip.write("table", Self.contents[1])
        let inner = Monitor<CatalogedSnapshot?>(nil)
        let store = InterruptedStore(trip.store, before: moment[...]) {
            trip.write("table", Self.contents[2])
            let snapshot = try trip.backup { $0.delta = true }
            inner.withLock { $0 = snapshot }
        }
        let outer = try trip.backup(on: store) { $0.delta = true }
        let other = try #require(inner.withLock { $0 })
        trip.write("table", Self.contents[3])
        let last = try trip.backup { $0.delta = true }
        for snapshot in [outer, other, last] {
            #expect(try stored(snapshot, trip) * 2 < stored(first, trip))
        }
        try trip.drop(first)
        _ = try trip.collect()
        for (snapshot, content) in [(outer, 1), (other, 2), (last, 3)] {
            try trip.expectRestores(snapshot, ["table": Self.contents[content]])
        }
        try trip.drop(other)
        _ = try trip.collect(below: 100)
        try trip.expectRestores(outer, ["table": Self.contents[1]])
        try trip.expectRestores(last, ["table": Self.contents[3]])
        #expect(try trip.verify().isIntact)
    }
}
