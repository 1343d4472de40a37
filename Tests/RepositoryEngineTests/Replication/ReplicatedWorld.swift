import Primitives
import Storage
import TestSupport

@testable import RepositoryEngine

/// A repository of simulated hosts that is copied; nobody takes turns here, each request is served at once.
final class ReplicatedWorld: Sendable {
    let world: SimulatedWorld
    let hosts: [SimulatedHost]
    var source: MemoryStore { world.store }

    init(seed: UInt64 = 1, backups: Int = 3) throws {
        let world = try SimulatedWorld(Schedule(seed: seed))
        self.world = world
        hosts = (0..<2).map { world.host($0) }
        for _ in 0..<backups { try backup() }
    }

    func backup(on store: (any ObjectStore)? = nil) throws {
        for host in hosts { try host.backup(world.tree(), on: store ?? source, forgetful: false, looksAgain: true) }
    }

    func collect(on store: MemoryStore? = nil, dropping count: Int = 1) throws {
        let store = store ?? source
        for _ in 0..<count { try world.dropOne(on: store) }
        let collector = Collector(
            repository: world.repository(on: store), opener: world.opener, clock: world.clock,
            space: CollectionSpace(folder: "/var/tmp"))
        collector.patience = 0
        _ = try collector.run()
    }

    /// What cannot be read of what a store has confirmed and not dropped.
    func losses(_ store: MemoryStore) throws -> [String] {
        guard try store.size(of: Names.format) != nil else { return [] }
        let repository = try Repository.open(store)
        let catalog = try SnapshotCatalog(repository: repository)
        var losses = catalog.problems.map(\.message)
        let index = try IndexSet(store: store, opener: world.opener)
        let packs = PackCache(store: store, opener: world.opener)
        var reader = ChunkReader(store: store, locator: index.locator, packs: packs, identity: world.identity)
        for snapshot in catalog.committed {
            do {
                try world.read(snapshot, &reader)
            } catch {
                losses.append("\(snapshot.name): \((error as? Failure)?.message ?? "\(error)")")
            }
        }
        return losses
    }

    func confirmed(_ store: any ObjectStore) throws -> [ObjectName] {
        let drops = Set(try store.names(below: Names.drops))
        return try store.names(below: Names.commits).filter { !drops.contains(Names.drop(for: $0)) }
    }

    var packs: [ObjectName] { get throws { try source.names(below: "meta") + source.names(below: "packs") } }
}
