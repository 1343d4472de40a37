import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import Testing

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
