import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

/// What differences lean on is kept for as long as anything leans on it.
@Suite("A collection of differences") struct CollectedDeltaTests {
    private func backUp(_ table: RowTable, _ trip: CollectedTrip) throws -> CatalogedSnapshot {
        trip.write("table", table.bytes)
        return try trip.backup { $0.delta = true }
    }

    private func expectRestores(_ trip: CollectedTrip, _ versions: [(CatalogedSnapshot, [UInt8])]) throws {
        for (snapshot, bytes) in versions { try trip.expectRestores(snapshot, ["table": bytes]) }
        let report = try trip.verify()
        #expect(report.isIntact, "\(report.findings)")
    }

    @Test("keeps what the left snapshots lean on, whichever were dropped, and in whatever order", arguments: [1, 2])
    func anyOrder(seed: UInt64) throws {
        let trip = try CollectedTrip()
        var random = SeededGenerator(seed: seed)
        var table = RowTable(3000, seed: seed)
        var versions: [(CatalogedSnapshot, [UInt8])] = []
        for _ in 0..<4 {
            versions.append((try backUp(table, trip), table.bytes))
            table.scatter(400)
            table.edit()
        }
        while versions.count > 1 {
            let dropped = versions.remove(at: Int(random.next() % UInt64(versions.count)))
            try trip.drop(dropped.0)
            _ = try trip.collect(below: random.next() % 2 == 0 ? 60 : 100)
            try expectRestores(trip, versions)
            // What a collection moved is stored again, for no writer counts on it.
            table.scatter(40)
            let next = (try backUp(table, trip), table.bytes)
            try trip.expectRestores(next.0, ["table": next.1])
            try trip.drop(next.0)
        }
    }

    @Test("keeps it for whoever has the same content under another name, without differences of its own")
    func sharedPieces() throws {
        let trip = try CollectedTrip()
        var table = RowTable(6000, seed: 21)
        let first = try backUp(table, trip)
        table.scatter(60)
        trip.write("twin", table.bytes)
        let second = try backUp(table, trip)
        trip.remove("table")
        trip.write("copy", table.bytes)
        let third = try trip.backup { $0.component = "other" }
        try trip.expectRestores(third, ["copy": table.bytes, "twin": table.bytes])
        try trip.drop(first)
        try trip.drop(second)
        _ = try trip.collect(below: 0)
        try trip.expectRestores(third, ["copy": table.bytes, "twin": table.bytes])
        #expect(try trip.verify().isIntact)
        // Taken over unread, and after one more collection.
        let fourth = try trip.backup { $0.component = "other" }
        try trip.drop(third)
        _ = try trip.collect()
        try trip.expectRestores(fourth, ["copy": table.bytes, "twin": table.bytes])
        #expect(try trip.verify().isIntact)
    }

    @Test("keeps it for files with the same content that are backed up at once")
    func sameContents() throws {
        let trip = try CollectedTrip()
        var table = RowTable(3000, seed: 27)
        _ = try backUp(table, trip)
        table.scatter(30)
        let names = ["table"] + (0..<24).map { "twin-\($0)" }
        for name in names { trip.write(name, table.bytes) }
        let taken = try trip.backup { $0.delta = true }
        try trip.expectRestores(taken, Dictionary(uniqueKeysWithValues: names.map { ($0, table.bytes) }))
    }

    @Test("is not needed for what a lost pack held: it is stored anew, and verify names what leaned on it")
    func lostBase() throws {
        let trip = try CollectedTrip()
        var table = RowTable(6000, seed: 31)
        let first = try backUp(table, trip)
        let base = try trip.store.names(below: "packs")
        table.scatter(60)
        let second = try backUp(table, trip)
        for name in base { trip.store.tamper(name, with: nil) }
        let report = try trip.verify()
        #expect(!report.isIntact)
        #expect(report.findings.contains { $0.snapshots.contains(second.digest) && !$0.files.isEmpty })
        #expect(report.findings.contains { $0.snapshots.contains(first.digest) })

        table.scatter(60)
        let third = try backUp(table, trip)
        try trip.expectRestores(third, ["table": table.bytes])
        #expect(try trip.verify().findings.allSatisfy { !$0.snapshots.contains(third.digest) })
    }
}
