import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// Writers and collectors at once, on any schedule, each of them mortal: whatever was confirmed and not dropped can be read.
@Suite("Collections among backups, on schedules by seed")
struct CollectionSimulationTests {
    enum Mutant { case none, collectorListsOnce, collectorListsBeforeFlag, writerLooksOnce }

    /// Runs a schedule and returns what was lost.
    private func run(seed: UInt64, _ mutant: Mutant = .none) throws -> [String] {
        let world = try SimulatedWorld(Schedule(seed: seed))
        let hosts = (0...world.schedule.number(below: 3)).map { world.host($0) }
        var parties: [@Sendable (Int) -> Void] = []
        for host in hosts {
            parties.append { party in
                let store = PartyStore(world.store, world.schedule, party: party)
                for _ in 0..<3 {
                    let forgets = world.schedule.number(below: 4) == 0
                    guard
                        (try? host.backup(
                            world.tree(), on: store, forgetful: forgets, looksAgain: mutant != .writerLooksOnce)) != nil
                    else { return }
                }
            }
        }
        for _ in 0...world.schedule.number(below: 2) {
            parties.append { party in
                let store = PartyStore(world.store, world.schedule, party: party)
                for _ in 0..<2 {
                    guard (try? world.dropOne(on: store)) != nil else { return }
                    let collector = Self.collector(world.repository(on: store), world, mutant)
                    // A collection that refuses is none that loses; one that died is gone on with by the next.
                    do { _ = try collector.run() } catch is Schedule.Dead { return } catch {}
                }
            }
        }
        world.schedule.run(parties)
        var losses: [String] = []
        // What died is gone on with, and what is left over is collected.
        do {
            _ = try Self.collector(world.repository, world, mutant).run()
        } catch let failure as Failure {
            losses.append("The last collection: \(failure.message)")
        }
        losses += try world.losses()
        return losses
    }

    private static func collector(_ repository: Repository, _ world: SimulatedWorld, _ mutant: Mutant) -> Collector {
        let collector = Collector(
            repository: repository, opener: world.opener, clock: world.clock,
            space: CollectionSpace(folder: "/var/tmp"))
        collector.patience = 0
        switch mutant {
        case .collectorListsOnce: collector.mutant = .listsOnce
        case .collectorListsBeforeFlag: collector.mutant = .listsBeforeFlag
        case .none, .writerLooksOnce: break
        }
        return collector
    }

    @Test("nothing that was confirmed is lost") func safe() throws {
        for seed in 0..<UInt64(Soak.count(200, full: 100_000)) {
            let losses = try run(seed: seed)
            #expect(losses == [], "seed \(seed)")
            if !losses.isEmpty { return }
        }
    }

    /// A simulation that finds nothing proves nothing before it has found something.
    @Test(
        "a party that leaves out a step is found out",
        arguments: [Mutant.collectorListsOnce, .collectorListsBeforeFlag, .writerLooksOnce])
    func mutants(_ mutant: Mutant) throws {
        for seed in 0..<UInt64(2_000) where try !run(seed: seed, mutant).isEmpty { return }
        Issue.record("2,000 schedules went well although \(mutant)")
    }
}
