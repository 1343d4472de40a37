import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

/// Packs that are mostly garbage, rewritten by somebody who opens no content.
@Suite("A collection that rewrites packs") struct CompactionTests {
    private func noise(_ seed: UInt64, count: Int = 300_000) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return random.bytes(count)
    }

    /// Ten files in one pack; the second snapshot has only three of them, and the first is dropped.
    private func prepared(_ store: MemoryStore? = nil) throws -> (trip: CollectedTrip, kept: CatalogedSnapshot) {
        let trip = try CollectedTrip(store: store)
        for number in 0..<10 { trip.write("file-\(number)", noise(UInt64(number))) }
        let first = try trip.backup()
        for number in 3..<10 { trip.remove("file-\(number)") }
        let kept = try trip.backup()
        try trip.drop(first)
        return (trip, kept)
    }

    private func contents() -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: (0..<3).map { ("file-\($0)", noise(UInt64($0))) })
    }

    @Test("frees what is not needed of a pack, and what is needed restores and verifies, with keys and without")
    func rewrites() throws {
        let (trip, kept) = try prepared()
        let before = trip.packBytes
        let planned = try trip.plan()
        #expect(planned.rewritten > 0 && trip.packBytes == before)
        let report = try trip.collect()
        #expect(report.rewritten == planned.rewritten && report.movedBytes == planned.movedBytes)
        #expect(report.packs == planned.packs && report.movedBytes > 900_000)
        #expect(before - trip.packBytes > 1_800_000, "\(before) became \(trip.packBytes)")
        try trip.expectRestores(kept, contents())
        let verified = try trip.verify()
        #expect(verified.isIntact, "\(verified.findings)")
        #expect(try trip.verify(keys: false).isIntact)
        #expect(try trip.collect().generation == 0, "a second collection found more")
    }

    @Test("leaves packs whole where it is told to") func whole() throws {
        let (trip, _) = try prepared()
        #expect(try trip.collect(below: 0).rewritten == 0)
    }

    @Test("opens nothing but structure") func blind() throws {
        let (trip, kept) = try prepared()
        let report = try trip.collect(with: try trip.structureOnly(of: kept))
        #expect(report.rewritten > 0)
        try trip.expectRestores(kept, contents())
    }

    @Test("moves again what was moved before") func twice() throws {
        // Nobody backs up in between: a host would store its files again, and the moved copies would not be needed.
        let (trip, kept) = try prepared()
        for number in 1..<3 { trip.remove("file-\(number)") }
        let last = try trip.backup()
        #expect(try trip.collect().movedBytes > 900_000)
        try trip.drop(kept)
        let again = try trip.collect()
        #expect(again.rewritten > 0 && (300_000..<600_000).contains(again.movedBytes))
        try trip.expectRestores(last, ["file-0": noise(0)])
        #expect(try trip.verify().isIntact)
    }

    @Test(
        "is followed by a backup that stores again what it counts on no more, and by a collection that frees the copies"
    )
    func nextBackup() throws {
        let (trip, kept) = try prepared()
        _ = try trip.collect()
        let size = trip.packBytes
        let next = try trip.backup()
        try trip.expectRestores(next, contents())
        #expect(trip.packBytes > size)
        let report = try trip.collect()
        #expect(report.packs > 0 && trip.packBytes < size + 100_000, "copies stay: \(size) became \(trip.packBytes)")
        // What the writer stored itself is kept, so that it need not store it once more.
        let after = trip.packBytes
        _ = try trip.backup()
        #expect(trip.packBytes < after + 60_000)
        try trip.expectRestores(kept, contents())
        try trip.expectRestores(next, contents())
        #expect(try trip.verify().isIntact)
    }

    @Test("finds moved chunks without any index, and a repair of the index names their new place") func index() throws {
        let (trip, kept) = try prepared()
        _ = try trip.collect()
        try trip.store.list(below: "index") { name, _ in trip.store.tamper(name, with: nil) }
        try trip.expectRestores(kept, contents())
        #expect(try trip.repairIndex().problems.isEmpty)
        #expect(try trip.verify().isIntact)
    }

    @Test("does not carry damage into a pack whose name holds") func damaged() throws {
        let (trip, _) = try prepared()
        let largest = try trip.largestPack()
        try trip.flip(largest, at: 300_000)
        let report = try trip.collect()
        #expect(!report.unreadable.isEmpty && report.movedBytes < 900_000)
        #expect(try trip.store.size(of: largest) != nil)
        #expect(try !trip.verify(keys: false).isIntact, "the damage is no longer seen")
    }
}

/// Packs that the store keeps locked.
@Suite("A collection in a store that locks") struct LockedCollectionTests {
    private final class Hands: Sendable {
        let time = Monitor<Int64>(1_800_000_000)
        var clock: WallClock { WallClock { [time] in Timestamp(unix: time.withLock { $0 }) } }
        func pass(_ seconds: Int64) { time.update { $0 += seconds } }
    }

    private func trip(_ hands: Hands, lock: Int64) throws -> (trip: CollectedTrip, kept: CatalogedSnapshot) {
        let store = MemoryStore(locksBy: hands.clock)
        let trip = try CollectedTrip(store: store)
        let until = Timestamp(unix: 1_800_000_000 + lock)
        store.lockNewObjects(ObjectLock(mode: .compliance, until: until))
        var random = SeededGenerator(seed: 9)
        for number in 0..<10 { trip.write("file-\(number)", random.bytes(300_000)) }
        let first = try trip.backup()
        for number in 3..<10 { trip.remove("file-\(number)") }
        let kept = try trip.backup()
        try trip.drop(first)
        store.lockNewObjects(nil)
        return (trip, kept)
    }

    @Test("leaves what is locked, says until when, and takes it when the lock has ended") func locked() throws {
        let hands = Hands()
        let (trip, kept) = try trip(hands, lock: 1_000)
        for _ in 0..<2 {
            let report = try trip.collect()
            #expect(report.packs == 0 && report.rewritten == 0 && report.generation == 0)
            #expect(report.locked.packs > 0 && report.locked.bytes > 2_900_000 && report.locked.held == 0)
            #expect(report.locked.until == Timestamp(unix: 1_800_001_000))
        }
        #expect(try Sweeps(store: trip.store).newest == 0, "lists were written about packs that stay")
        hands.pass(2_000)
        let report = try trip.collect()
        #expect(report.packs > 0 && report.locked.packs == 0)
        #expect(try trip.restore(kept).problems.isEmpty)
        #expect(try trip.verify().isIntact)
    }

    @Test("leaves what is under a legal hold") func held() throws {
        let hands = Hands()
        let (trip, _) = try trip(hands, lock: 1)
        hands.pass(10)
        let largest = try trip.largestPack()
        try trip.store.setLegalHold(true, on: largest)
        let report = try trip.collect()
        #expect(report.locked.held == 1 && report.locked.until == nil)
        #expect(try trip.store.size(of: largest) != nil)
        try trip.store.setLegalHold(false, on: largest)
        #expect(try trip.collect().packs > 0)
        #expect(try trip.store.size(of: largest) == nil)
    }

    @Test("goes on where a lock came between, and does not write list after list about what stays") func between()
        throws
    {
        let hands = Hands()
        let (trip, kept) = try trip(hands, lock: 1)
        hands.pass(10)
        let until = Timestamp(unix: 1_800_000_500)
        let largest = try trip.largestPack()
        let store = InterposedStore(trip.store) { [store = trip.store] request, name in
            guard request == .remove, name == largest else { return }
            try store.extendLock(of: largest, ObjectLock(mode: .governance, until: until))
        }
        let report = try trip.collect(on: store)
        #expect(report.locked.packs == 1 && report.locked.until == until && report.generation > 0)
        #expect(try trip.store.size(of: largest) != nil)
        let newest = try Sweeps(store: trip.store).newest
        for _ in 0..<3 { #expect(try trip.collect().locked.packs == 1) }
        #expect(try Sweeps(store: trip.store).newest == newest)
        hands.pass(1_000)
        _ = try trip.collect()
        #expect(try trip.store.size(of: largest) == nil)
        #expect(try trip.restore(kept).problems.isEmpty && trip.verify().isIntact)
    }
}

extension Timestamp {
    fileprivate init(unix seconds: Int64) { self.init(nanoseconds: seconds * 1_000_000_000) }
}
