import Foundation
import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

@testable import Identity

@Suite("An erasure") struct ErasureTests {
    private let trip: RoundTrip

    init() throws { trip = try RoundTrip() }

    private static func host(_ trip: RoundTrip) -> Erase.Host {
        Erase.Host(state: trip.host, copies: [], scratch: trip.folder.path, clock: trip.clock)
    }

    private func write(_ name: String, seed: UInt64, count: Int = 100_000) {
        var random = SeededGenerator(seed: seed)
        trip.write(name, random.bytes(count))
    }

    private static func plan(_ choice: ErasureChoice, of trip: RoundTrip) throws -> ErasurePlan {
        try Erase.plan(
            permit: { _ in Permit<InspectAction>(owner: "test") }, repository: trip.repository, opener: trip.opener,
            choice: choice, host: host(trip), observer: SilentObserver())
    }

    private func plan(_ choice: ErasureChoice) throws -> ErasurePlan { try Self.plan(choice, of: trip) }

    @discardableResult
    private static func erase(_ choice: ErasureChoice, confirmed: Digest32?, in trip: RoundTrip) throws -> ErasurePlan {
        let file = trip.folder.path + "/passphrase"
        try Data("a passphrase for tests".utf8).write(to: URL(filePath: file))
        let nobody = Terminal(width: { _ in 0 }, readSecret: { _ in nil }, isInterrupted: { false })
        let authority = KeyAuthority(
            repository: try Repository.open(trip.store), source: .passphraseFile(file), terminal: nobody,
            clock: trip.clock)
        return try Erase.run(
            permit: { _ in Permit(owner: "test") }, authority: authority, choice: choice,
            confirmation: confirmed?.hex, host: host(trip), observer: SilentObserver(),
            leave: { Leave(.owner, $0.act, plan: $0.digest) })
    }

    private func status(_ plan: ErasurePlan) throws -> ErasureStatus {
        try Erase.status(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, plan: plan.digest.hex,
            host: Self.host(trip), observer: SilentObserver())
    }

    private func collect(below percent: UInt64) throws {
        var options = CollectOptions()
        options.compactsBelow = percent
        _ = try Collect.run(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, options: options,
            observer: SilentObserver(), clock: trip.clock)
    }

    @Test("plans exactly a component's snapshots, and what only they hold") func planned() throws {
        write("shared", seed: 1)
        let other = try trip.backup { $0.component = "other" }
        write("own", seed: 2, count: 200_000)
        let own = [try trip.backup(), try trip.backup()]
        let plan = try plan(.component("tree"))
        #expect(plan.lines.map(\.summary.id) == own.map(\.digest).sorted())
        #expect(plan.grave.act == .erase && plan.grave.target == Target(component: "tree"))
        #expect(plan.sole.bytes > 200_000 && plan.sole.bytes < 250_000, "\(plan.sole)")
        #expect(try self.plan(.snapshots([SnapshotSelector(own[0].digest.hex)])).sole.chunks < plan.sole.chunks)
        // What others are asked for is that plan, as long as the component has no other snapshot.
        #expect(try self.plan(.agreed(plan.grave.words)).digest == plan.digest)
        let third = try trip.backup()
        #expect(try self.plan(.agreed(plan.grave.words)).digest != plan.digest)
        let some = try self.plan(.snapshots([SnapshotSelector(third.digest.hex)]))
        _ = try trip.backup()
        #expect(try self.plan(.agreed(some.grave.words)).digest == some.digest)
        try Self.erase(.component("tree"), confirmed: try self.plan(.component("tree")).digest, in: trip)
        #expect(throws: Failure.self) { try self.plan(.agreed(some.grave.words)) }
        #expect(throws: Failure.self) { try self.plan(.component("tree")) }
        #expect(try SnapshotCatalog(repository: trip.repository).committed.map(\.digest) == [other.digest])
    }

    @Test("is over when a collection left nothing unneeded, also in packs that are mostly needed") func gone() throws {
        write("stays", seed: 3, count: 900_000)
        write("goes", seed: 4)
        let first = try trip.backup()
        unlink(trip.source + "/goes")
        let second = try trip.backup()
        let choice = ErasureChoice.snapshots([try SnapshotSelector(first.digest.hex)])
        #expect(throws: Failure.self) { try Self.erase(choice, confirmed: nil, in: trip) }
        #expect(throws: Failure.self) { try Self.erase(choice, confirmed: .zero, in: trip) }
        #expect(try SnapshotCatalog(repository: trip.repository).committed.count == 2)
        let plan = try Self.erase(choice, confirmed: try self.plan(choice).digest, in: trip)
        var status = try status(plan)
        #expect(status.snapshots == [first.digest] && status.bytes >= plan.sole.bytes && !status.isGone)
        try collect(below: 60)
        status = try self.status(plan)
        #expect(!status.isGone && status.bytes > 100_000)
        try collect(below: 100)
        status = try self.status(plan)
        #expect(status.isGone && status.packs == 0 && status.bytes == 0)
        #expect(try trip.verify().isIntact)
        #expect(try trip.restore(second).problems.isEmpty)
    }

    @Test("does nothing over a lock, and says until when it lasts") func locked() throws {
        let now = Monitor(Timestamp(nanoseconds: 20_000 * 86_400_000_000_000))
        let clock = WallClock { now.withLock { $0 } }
        let trip = try RoundTrip(
            store: MemoryStore(locksBy: clock), clock: clock,
            locks: LockSettings(mode: "compliance", classes: ["daily=14"]))
        trip.write("one", [1])
        let snapshot = try trip.backup()
        let planned = try Self.plan(.component("tree"), of: trip)
        #expect(planned.blocked.count == 1)
        #expect(planned.lines[0].lockedUntil == snapshot.record.requiredUntil)
        #expect(planned.sole.locked.packs > 0 && planned.sole.locked.until != nil)
        #expect(throws: Failure.self) { try Self.erase(.component("tree"), confirmed: planned.digest, in: trip) }
        #expect(try SnapshotCatalog(repository: trip.repository).committed.count == 1)
        now.withLock { $0 = snapshot.record.requiredUntil.later(by: .seconds(1)) }
        try Self.erase(.component("tree"), confirmed: planned.digest, in: trip)
        #expect(try SnapshotCatalog(repository: trip.repository).committed.isEmpty)
    }
}
