import Primitives
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// A copy is made again and again while others back up, collect and die: whatever it has confirmed can be read from it alone.
@Suite("A copy among backups and collections, on schedules by seed")
struct ReplicationSimulationTests {
    /// Runs a schedule and returns what the copy lost, or never came to have.
    private static func run(seed: UInt64, confirmsFirst: Bool = false) throws -> [String] {
        let world = try SimulatedWorld(Schedule(seed: seed))
        let replica = world.emptyReplica()
        let hosts = (0...world.schedule.number(below: 2)).map { world.host($0) }
        var parties = hosts.map { CollectionSimulationTests.writer($0, world, nil) }
        parties.append(CollectionSimulationTests.collector(world, nil))
        let follows = seed % 2 == 0
        parties.append(replicator(world, replica, follows: follows, confirmsFirst))
        world.schedule.run(parties)
        var losses = try world.losses(of: replica)
        if confirmsFirst { return losses }
        // Whoever died is gone on with, and in the end the copy has all that counts.
        let reports = try copying(world, from: world.store, to: replica, follows: follows).run()
        losses += reports.flatMap { $0.problems + [$0.failure].compactMap { $0 } }.map(\.message)
        losses += try world.losses(of: replica) + missing(world.store, replica).map { "\($0) is not confirmed" }
        return losses
    }

    private static func copying(
        _ world: SimulatedWorld, from source: any ObjectStore, to replica: any ObjectStore, follows: Bool
    ) -> Replicator {
        var replicator = Replicator(from: source, to: [replica])
        replicator.threads = 1
        replicator.follows = follows
        replicator.checked = world.repository.checked
        return replicator
    }

    /// The source and the copy are stores of their own, and the schedule decides about the requests to either.
    private static func replicator(
        _ world: SimulatedWorld, _ replica: MemoryStore, follows: Bool, _ confirmsFirst: Bool
    ) -> @Sendable (Int) -> Void {
        { party in
            let source = PartyStore(world.store, world.schedule, party: party)
            let destination = PartyStore(replica, world.schedule, party: party)
            for _ in 0..<3 {
                do {
                    var replicator = copying(world, from: source, to: destination, follows: follows)
                    replicator.confirmsFirst = confirmsFirst
                    _ = try replicator.run()
                } catch is Schedule.Dead { return } catch {}
            }
        }
    }

    /// Commits that count at the source and do not stand at the copy.
    private static func missing(_ source: MemoryStore, _ replica: MemoryStore) throws -> [ObjectName] {
        let there = Set(try replica.names(below: Names.commits))
        let drops = Set(try source.names(below: Names.drops))
        return try source.names(below: Names.commits).filter {
            !there.contains($0) && !drops.contains(Names.drop(for: $0))
        }
    }

    @Test("what it confirmed can be read from it, and in the end it has everything") func safe() throws {
        let start = ContinuousClock().now
        let count = UInt64(Soak.count(500, full: 100_000))
        let loss = Schedule.firstLoss(of: 0..<count) { try Self.run(seed: $0) }
        print("Copies: " + Schedule.speed(count, since: start))
        #expect(loss == nil)
    }

    @Test("one that confirms before it copied packs is found out") func mutant() throws {
        let losing = Schedule.first(of: 0..<5_000) { seed in
            (try? Self.run(seed: seed, confirmsFirst: true).isEmpty) != true
        }
        print("confirmsFirst: found by schedule \(losing.map(String.init) ?? "none")")
        #expect(losing != nil)
    }
}
