import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Testing

/// Collections beside real backups: what is wanted stays, what nobody needs goes.
@Suite("A collection")
struct CollectTests {
    private func noise(_ seed: UInt8, count: Int = 300_000) -> [UInt8] {
        var state = UInt64(seed) &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    @Test("frees what only dropped snapshots needed, and everything else restores") func frees() throws {
        let trip = try CollectedTrip()
        trip.write("stays", noise(1))
        _ = try trip.backup()
        trip.write("goes", noise(2))
        let first = try trip.backup()
        trip.write("goes", noise(3))
        let second = try trip.backup()
        let before = trip.packBytes
        #expect(try trip.collect().packs == 0, "something was removed that a snapshot needs")

        try trip.drop(first)
        let summary = try trip.collect(below: 0)
        #expect(summary.packs > 0 && summary.bytes > 0)
        #expect(trip.packBytes == before - summary.bytes)
        try trip.expectRestores(second, ["goes": noise(3), "stays": noise(1)])
        #expect(try trip.verify().isIntact)
        #expect(try trip.verify(keys: false).isIntact)
        #expect(try trip.collect(below: 0).packs == 0, "a second collection found more")
    }

    @Test("keeps what later snapshots share with dropped ones") func shared() throws {
        let trip = try CollectedTrip()
        for number in 0..<40 { trip.write("file-\(number)", noise(UInt8(number), count: 30_000)) }
        var snapshots = [try trip.backup()]
        for round in 0..<6 {
            trip.write("file-\(round * 5)", noise(UInt8(100 + round), count: 30_000))
            snapshots.append(try trip.backup())
        }
        for index in [0, 2, 3, 5] { try trip.drop(snapshots[index]) }
        _ = try trip.collect()
        #expect(try trip.verify().isIntact)
        for index in [1, 4, 6] {
            #expect(try trip.restore(snapshots[index]) { $0.overwrite = .always }.problems.isEmpty)
        }
        #expect(try trip.catalog().committed.count == 3)
    }

    @Test("opens nothing but structure") func blind() throws {
        let trip = try CollectedTrip()
        trip.write("one", noise(4))
        let first = try trip.backup()
        trip.write("one", noise(5))
        let second = try trip.backup()
        try trip.drop(first)
        let summary = try trip.collect(with: try trip.structureOnly(of: second))
        #expect(summary.packs > 0)
        try trip.expectRestores(second, ["one": noise(5)])
    }

    @Test("does not make the next backup store what is still there, nor trust what is gone") func nextBackup() throws {
        let trip = try CollectedTrip()
        trip.write("old", noise(6))
        _ = try trip.backup()
        trip.write("other", noise(7))
        let second = try trip.backup()
        trip.remove("other")
        let third = try trip.backup()
        try trip.drop(second)
        _ = try trip.collect()
        trip.write("other", noise(7))
        let fourth = try trip.backup()
        try trip.expectRestores(fourth, ["other": noise(7), "old": noise(6)])
        let stored = try fourth.record.description(opener: trip.opener).storedBytes
        #expect(stored < 500_000, "\(stored) bytes for one file of 300,000")
        try trip.drop(third)
        _ = try trip.collect()
        #expect(try trip.verify().isIntact)
    }

    @Test("refuses while a snapshot cannot be read") func damagedSnapshot() throws {
        let trip = try CollectedTrip()
        trip.write("one", noise(8))
        let first = try trip.backup()
        trip.write("one", noise(9))
        let second = try trip.backup()
        try trip.drop(first)
        try trip.flip(second.name, at: 400)
        #expect(throws: Failure.self) { try trip.collect() }
        #expect(try Sweeps(store: trip.store).newest == 0)
        try trip.flip(second.name, at: 400)
        #expect(try trip.collect().packs > 0)
    }

    @Test(
        "does not remove what somebody else condemned and a snapshot needs",
        arguments: [[SweepStep.begin, .condemned], [.begin, .condemned, .sweep, .pardoned], SweepStep.allCases])
    func forgedSteps(_ steps: [SweepStep]) throws {
        let trip = try CollectedTrip()
        trip.write("one", noise(12))
        let snapshot = try trip.backup()
        var objects: [SweepRecord.Object] = []
        // Data only, so that listings and their twins can still be walked.
        for (prefix, kind) in [("packs", PackClass.data)] {
            try trip.store.list(below: prefix) { name, size in
                guard let digest = Digest32(hex: name.lastComponent) else { return }
                objects.append(SweepRecord.Object(kind: kind, digest: digest, size: UInt64(size)))
            }
        }
        for step in steps {
            let record = SweepRecord(1, step, at: WallClock.system.now(), step == .condemned ? objects : [])
            _ = try trip.store.put(record.encoded(), as: Names.sweep(1, step), .immediate)
        }
        let before = trip.packBytes
        // Twice: what is left over from the first is not to be removed by the second either.
        for _ in 0..<2 { _ = try? trip.collect() }
        #expect(trip.packBytes == before)
        try trip.expectRestores(snapshot, ["one": noise(12)])
    }

    @Test("does not take a drop record that the administrator did not sign") func forgedDrop() throws {
        let trip = try CollectedTrip()
        trip.write("one", noise(10))
        let first = try trip.backup()
        trip.write("one", noise(11))
        _ = try trip.backup()
        let record = DropRecord(
            writer: first.record.writer, sequence: 1, snapshot: first.digest, time: first.record.time, plan: .zero)
        let forged = try SignedRecord.encode(
            .drop, record.fields(of: trip.repository.id), repository: trip.repository.id, key: .random())
        _ = try trip.store.put(forged, as: record.name, .immediate)
        #expect(try trip.catalog().committed.count == 2)
        #expect(throws: Failure.self) { try trip.collect() }
    }
}
