import Foundation
import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

@Suite("A legal hold") struct HoldTests {
    private func administration(_ trip: RoundTrip) throws -> KeyAdministration {
        KeyAdministration(
            repository: trip.repository.id, store: trip.store, administrator: try trip.administrator(),
            clock: trip.clock)
    }

    private func plan(_ trip: RoundTrip) throws -> ForgetPlan {
        try Forget.plan(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener,
            choice: .policy(RetentionPolicy(last: 1)), clock: trip.clock)
    }

    private func current(_ trip: RoundTrip, _ id: Digest32) throws -> CatalogedSnapshot {
        try #require(try SnapshotCatalog(repository: trip.repository).snapshots.first { $0.digest == id })
    }

    @Test("keeps a snapshot that no rule keeps, until it is released") func holds() throws {
        let trip = try RoundTrip()
        trip.write("one", [1])
        let first = try trip.backup()
        trip.write("one", [2])
        _ = try trip.backup()
        let time = trip.clock.now()
        let held = try administration(trip).hold(first, true, reason: "court", at: time)
        #expect(held.number == 1)
        #expect(try plan(trip).lines.first { $0.summary.id == first.digest }?.reasons == [.held])
        let released = try administration(trip).hold(
            try current(trip, first.digest), false, reason: "closed", at: time)
        #expect(released.number == 2)
        #expect(try plan(trip).dropped.map(\.id) == [first.digest])
    }

    @Test("that is damaged is not taken for none") func damaged() throws {
        let trip = try RoundTrip()
        trip.write("one", [1])
        let first = try trip.backup()
        trip.write("one", [2])
        _ = try trip.backup()
        let held = try administration(trip).hold(first, true, reason: "court", at: trip.clock.now())
        try trip.flip(held.name, at: 30)
        #expect(throws: Failure.self) { try plan(trip) }
    }
}

/// What the store itself holds, by requests that records say nothing of.
@Suite("A legal hold in a store that locks") struct StoreHoldTests {
    private let trip: RoundTrip

    init() throws { trip = try RoundTrip(store: MemoryStore(locksBy: .system)) }

    private func write(_ name: String, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        trip.write(name, random.bytes(300_000))
    }

    private func set(_ isHeld: Bool, _ snapshot: CatalogedSnapshot) throws -> Int? {
        try Self.set(isHeld, snapshot, trip).objects
    }

    private static func set(_ isHeld: Bool, _ snapshot: CatalogedSnapshot, _ trip: RoundTrip) throws -> Hold.Line {
        let file = trip.folder.path + "/passphrase"
        try Data("a passphrase for tests".utf8).write(to: URL(filePath: file))
        let nobody = Terminal(width: { _ in 0 }, readSecret: { _ in nil }, isInterrupted: { false })
        let authority = KeyAuthority(
            repository: try Repository.open(trip.store), source: .passphraseFile(file), terminal: nobody,
            clock: trip.clock)
        return try Hold.set(
            permit: { _ in Permit(owner: "test") }, authority: authority,
            selector: SnapshotSelector(snapshot.digest.hex),
            isHeld: isHeld, reason: "court", scratch: trip.folder.path,
            leave: { Leave(.owner, $0.act, plan: $0.digest) })
    }

    private func held() throws -> Set<ObjectName> {
        Set(try trip.store.names(below: "").filter { try trip.store.hasLegalHold($0) })
    }

    /// Everything that is not held goes, whoever takes it.
    private func removeWhatIsNotHeld() throws {
        let held = try held()
        for name in try trip.store.names(below: "") where !held.contains(name) { try trip.store.remove(name) }
    }

    @Test("keeps all that the snapshot needs, so that it restores when everything else is gone") func keeps() throws {
        write("stays", seed: 1)
        _ = try trip.backup()
        write("comes", seed: 2)
        let second = try trip.backup()
        write("goes", seed: 3)
        let third = try trip.backup()
        let objects = try #require(try set(true, second))
        #expect(objects == (try held().count))
        for name in try held() { #expect(throws: Failure.self) { try trip.store.remove(name) } }
        try removeWhatIsNotHeld()
        let restored = try trip.restore(second)
        #expect(restored.problems.isEmpty)
        #expect(trip.content("stays")?.count == 300_000 && trip.content("comes")?.count == 300_000)
        #expect(throws: Failure.self) { try trip.restore(third) }
    }

    @Test("is lifted from what no other held snapshot needs, and from the rest with the last") func lifted() throws {
        write("stays", seed: 1)
        let first = try trip.backup()
        write("comes", seed: 2)
        let second = try trip.backup()
        _ = try set(true, first)
        let ofFirst = try held()
        _ = try set(true, second)
        #expect(try held().isStrictSuperset(of: ofFirst))
        _ = try set(false, second)
        #expect(try held() == ofFirst)
        _ = try set(true, second)
        _ = try set(false, first)
        #expect(try !held().contains(Names.commit(first.record.writer, first.record.sequence)))
        try removeWhatIsNotHeld()
        #expect(try trip.restore(second).problems.isEmpty)
        _ = try set(false, second)
        #expect(try held().isEmpty)
    }

    @Test("that was cut off is finished by the next run, both ways") func resumed() throws {
        write("stays", seed: 1)
        let snapshot = try trip.backup()
        let whole = try #require(try set(true, snapshot))
        // As if the run had ended in the middle, after its record.
        let some = try held().sorted().prefix(whole / 2)
        for name in some { try trip.store.setLegalHold(false, on: name) }
        #expect(try set(true, snapshot) == some.count)
        for name in some { try trip.store.setLegalHold(false, on: name) }
        #expect(try set(false, snapshot) == whole - some.count)
        try trip.store.setLegalHold(true, on: snapshot.name)
        #expect(try set(false, snapshot) == 1)
        #expect(try held().isEmpty)
    }

    @Test("asks nothing of a store that cannot lock") func unlockable() throws {
        let trip = try RoundTrip()
        trip.write("one", [1])
        let snapshot = try trip.backup()
        let line = try Self.set(true, snapshot, trip)
        #expect(line.isHeld && line.objects == nil)
    }
}
