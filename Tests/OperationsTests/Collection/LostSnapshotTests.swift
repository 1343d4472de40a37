import Operations
import Primitives
import RepositoryEngine
import Storage
import Testing

/// A snapshot that is gone may need anything, so that nothing is collected until somebody with the right to says that it is given up.
@Suite("A snapshot whose record is lost") struct LostSnapshotTests {
    private let trip: CollectedTrip
    private let snapshots: [CatalogedSnapshot]

    init() throws {
        trip = try CollectedTrip()
        var snapshots: [CatalogedSnapshot] = []
        for round in UInt8(1)...3 {
            trip.write("file", [UInt8](repeating: round, count: 200_000))
            snapshots.append(try trip.backup())
        }
        self.snapshots = snapshots
    }

    private func lose(_ index: Int, byDamage: Bool) throws {
        let name = snapshots[index].name
        if byDamage { try trip.flip(name, at: 40) } else { trip.store.tamper(name, with: nil) }
    }

    private func lost(_ index: Int) throws -> LostSnapshot {
        let record = snapshots[index].record
        return try LostSnapshot(record.writer, record.sequence, in: trip.repository)
    }

    private func code(_ body: () throws -> Void) -> Failure.Code? {
        do { try body() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test(
        "stops collections, until its number is dropped; then all goes on, the host's next backup too",
        arguments: [(0, false), (1, true), (2, false), (2, true)])
    func givenUp(index: Int, byDamage: Bool) throws {
        try lose(index, byDamage: byDamage)
        #expect(code { _ = try trip.collect() }?.class == .integrity)
        #expect(try !trip.verify().isIntact)
        let found = try lost(index)
        #expect(found.digest == snapshots[index].digest && found.committed != nil)
        try trip.drop(found)
        let catalog = try trip.catalog()
        #expect(catalog.problems == [] && catalog.lost.map(\.sequence) == [UInt64(index + 1)])
        #expect(catalog.committed.map(\.digest) == snapshots.map(\.digest).filter { $0 != snapshots[index].digest })
        #expect(try trip.collect().packs > 0, "what only it needed is freed")
        #expect(try trip.verify().findings.map(\.problem) == [])
        trip.write("file", [4])
        let next = try trip.backup()
        #expect(next.record.sequence == 4 && next.record.previous == snapshots[2].digest)
        try trip.expectRestores(next, ["file": [4]])
        #expect(try trip.verify().findings.map(\.problem) == [])
    }

    @Test("is known by the snapshot after it where its commit is lost as well, and else by nothing")
    func withoutCommit()
        throws
    {
        for index in [1, 2] {
            try lose(index, byDamage: false)
            let record = snapshots[index].record
            trip.store.tamper(Names.commit(record.writer, record.sequence), with: nil)
            if index == 1 { #expect(try lost(1).digest == snapshots[1].digest) }
        }
        #expect(code { _ = try lost(2) } == .snapshotMissing)
        #expect(code { _ = try lost(1) } == .snapshotMissing, "the one after it is lost now")
    }

    @Test("is not given up where it is whole, was dropped, or somebody holds it") func refused() throws {
        #expect(code { _ = try lost(0) } == .usage)
        try trip.hold(snapshots[0])
        try lose(0, byDamage: true)
        #expect(code { _ = try lost(0) } == .usage)
        try trip.drop(snapshots[1])
        try lose(1, byDamage: false)
        #expect(code { _ = try lost(1) } == .usage)
    }

    @Test("is another one for a drop record of another digest: that drops nothing") func otherDigest() throws {
        try lose(0, byDamage: false)
        var forged = try lost(0)
        forged.digest = snapshots[1].digest
        try trip.drop(forged)
        #expect(try trip.catalog().problems.map(\.code).contains(.rollback))
        #expect(code { _ = try trip.collect() } == .rollback)
    }
}
