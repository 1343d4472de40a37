import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// Writers and collectors at once, on any schedule, each of them mortal: whatever was confirmed and not dropped can be read.
@Suite("Collections among backups, on schedules by seed")
struct CollectionSimulationTests {
    enum Mutant: CaseIterable {
        case collectorListsOnce, collectorListsBeforeFlag, collectorIndexesLast, writerLooksOnce
    }

    /// Runs a schedule and returns what was lost.
    private static func run(seed: UInt64, _ mutant: Mutant? = nil) throws -> [String] {
        let world = try SimulatedWorld(Schedule(seed: seed), locks: seed % 3 == 0)
        let hosts = (0...world.schedule.number(below: 3)).map { world.host($0) }
        var parties = hosts.map { host in writer(host, world, mutant) }
        for _ in 0...world.schedule.number(below: 2) { parties.append(collector(world, mutant)) }
        if world.store.locking != nil { parties.append(locker(world)) }
        world.schedule.run(parties)
        var losses: [String] = []
        // What died is gone on with, and what is left over is collected.
        do {
            _ = try collector(world.repository, world, mutant).run()
        } catch let failure as Failure {
            losses.append("The last collection: \(failure.message)")
        }
        losses += try world.losses()
        // What led there, for whoever has to find out why.
        return losses.isEmpty ? [] : losses + world.schedule.deeds.map(\.description)
    }

    static func writer(_ host: SimulatedHost, _ world: SimulatedWorld, _ mutant: Mutant?)
        -> @Sendable (Int) -> Void
    {
        { party in
            let store = PartyStore(world.store, world.schedule, party: party)
            for _ in 0..<3 {
                let forgets = world.schedule.number(below: 4) == 0
                do {
                    try host.backup(
                        world.tree(), on: store, forgetful: forgets, looksAgain: mutant != .writerLooksOnce)
                } catch is Schedule.Dead { return } catch {}
            }
        }
    }

    static func collector(_ world: SimulatedWorld, _ mutant: Mutant?) -> @Sendable (Int) -> Void {
        { party in
            let store = PartyStore(world.store, world.schedule, party: party)
            for _ in 0..<2 {
                do {
                    try world.dropOne(on: store)
                    // A collection that refuses is none that loses; one that died is gone on with by the next.
                    _ = try collector(world.repository(on: store), world, mutant).run()
                } catch is Schedule.Dead { return } catch {}
            }
        }
    }

    private static func collector(_ repository: Repository, _ world: SimulatedWorld, _ mutant: Mutant?) -> Collector {
        let collector = Collector(
            repository: repository, opener: world.opener, clock: world.clock,
            space: CollectionSpace(folder: "/var/tmp"))
        collector.patience = 0
        collector.compactsBelow = 90
        collector.mostGenerations = 1
        collector.sessions.use(world.session)
        switch mutant {
        case .collectorListsOnce: collector.mutant = .listsOnce
        case .collectorListsBeforeFlag: collector.mutant = .listsBeforeFlag
        case .collectorIndexesLast: collector.mutant = .indexesLast
        case .writerLooksOnce, nil: break
        }
        return collector
    }

    /// Locks packs and lets time pass.
    private static func locker(_ world: SimulatedWorld) -> @Sendable (Int) -> Void {
        { party in
            let store = PartyStore(world.store, world.schedule, party: party)
            for _ in 0..<12 {
                guard let packs = try? store.names(below: "meta"), let now = try? world.store.now() else { return }
                world.hands.pass(world.schedule.number(below: 1_000))
                if packs.isEmpty { continue }
                let until = Timestamp(
                    nanoseconds: now.nanoseconds + Int64(world.schedule.number(below: 2_000)) * 1_000_000_000)
                try? store.locking?.extendLock(
                    of: packs[world.schedule.number(below: packs.count)],
                    ObjectLock(mode: .compliance, until: until))
            }
        }
    }

    /// The mutants below are found within some dozens of schedules: this is fifty times as many.
    @Test("nothing that was confirmed is lost") func safe() throws {
        let start = ContinuousClock().now
        let count = UInt64(Soak.count(2_500, full: 1_000_000))
        let loss = Schedule.firstLoss(of: 0..<count) { try Self.run(seed: $0) }
        print(Schedule.speed(count, since: start))
        #expect(loss == nil)
    }

    /// A simulation that finds nothing proves nothing before it has found something.
    @Test("a party that leaves out a step is found out", arguments: Mutant.allCases)
    func mutants(_ mutant: Mutant) throws {
        let losing = Schedule.first(of: 0..<20_000) { seed in (try? Self.run(seed: seed, mutant).isEmpty) != true }
        print("\(mutant): found by schedule \(losing.map(String.init) ?? "none")")
        #expect(losing != nil, "20,000 schedules went well although \(mutant)")
    }
}
