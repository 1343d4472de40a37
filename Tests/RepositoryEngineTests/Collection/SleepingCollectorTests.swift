import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// The one moment at which a collector that slept could take away what a backup relies on: it writes steps of a generation anew that lies
/// below a floor, and a backup that knows the first ones does not read them again.
@Suite("A collector that slept below a floor") struct SleepingCollectorTests {
    private let world: SimulatedWorld
    private let host: SimulatedHost
    private let other: SimulatedHost
    private var store: MemoryStore { world.store }

    init() throws {
        world = try SimulatedWorld(Schedule(seed: 1))
        (host, other) = (world.host(0), world.host(1))
        try host.backup(Array(world.pool[..<3]), on: store, forgetful: false, looksAgain: true)
    }

    private func collector(_ store: any ObjectStore) -> Collector {
        let collector = Collector(
            repository: world.repository(on: store), opener: world.opener, clock: world.clock,
            space: CollectionSpace(folder: "/var/tmp"))
        collector.patience = 0
        collector.mostGenerations = 1
        collector.sessions.use(world.session)
        return collector
    }

    private func drop(_ snapshot: CatalogedSnapshot) throws {
        let record = DropRecord(
            writer: snapshot.record.writer, sequence: snapshot.record.sequence, snapshot: snapshot.digest,
            time: world.clock.now(), plan: .zero)
        let signed = try world.signed(
            .drop, record.fields(of: world.repository.id), world.repository.keyring.administrator)
        _ = try store.put(signed, as: record.name, .immediate)
    }

    /// Another collector ends generation 1, which pardons; a second generation is done and thinned; the snapshot that was pardoned for goes.
    private func othersGoOn(_ needed: CatalogedSnapshot, _ garbage: CatalogedSnapshot) throws -> Sweeps {
        _ = try collector(store).run()
        let known = try Sweeps(store: store)
        #expect(known.generations.first?.isDone == true && known.dead.isEmpty)
        try drop(garbage)
        #expect(try collector(store).run().packsRemoved > 0)
        #expect(try Sweeps(store: store).floor == 2 && store.names(below: "sweeps/0000000001").isEmpty)
        try drop(needed)
        return known
    }

    /// A snapshot of the same tree, by a backup that began when generation 1 was done and knows every pack that it relies on.
    private func commit(
        like snapshot: CatalogedSnapshot, knowing sweeps: Sweeps, _ packs: Set<Digest32>, isComplete: Bool = true
    ) throws
        -> SnapshotCommitter.Outcome
    {
        var committer = SnapshotCommitter(
            repository: world.repository.id, store: store, writer: snapshot.record.writer, session: world.session,
            clock: world.clock)
        committer.checked = world.repository.checked
        let key = try #require(world.repository.keyring.writers[snapshot.record.writer]).key
        let tip = SnapshotCommitter.Tip(sequence: snapshot.record.sequence, digest: snapshot.digest)
        let roots = try snapshot.record.roots(opener: world.opener)
        var description = SnapshotDescription()
        description.root = roots.listing
        return try committer.commit(
            after: tip, pinned: tip, mode: .full, software: "test", description: description,
            referenceRoot: roots.references, relying: Reliance(sweeps: sweeps, packs: packs, isComplete: isComplete),
            manifest: .zero, key: key
        ) { try world.signed($0, $1, key) }
    }

    /// What is lost when a collector sleeps before the flag of generation 1 and wakes below the floor of generation 2.
    private func losses(_ mutant: Collector.Mutant) throws -> (losses: [String], summary: CollectionSummary) {
        let needed = try #require(SnapshotCatalog(repository: world.repository).committed.first)
        // Another collector listed before that snapshot was there.
        let packs = try condemnEverything()
        try other.backup(Array(world.pool[3...]), on: store, forgetful: false, looksAgain: true)
        let garbage = try #require(SnapshotCatalog(repository: world.repository).committed.last)
        #expect(garbage.digest != needed.digest)
        let known = Monitor<Sweeps?>(nil)
        let hooked = InterposedStore(store) { request, name in
            guard request == .put else { return }
            if name == Names.sweep(1, .sweep), known.withLock({ $0 }) == nil {
                let seen = try othersGoOn(needed, garbage)
                known.update { $0 = seen }
            } else if name == Names.sweep(1, .replaced), let seen = known.withLock({ $0 }) {
                let outcome = try commit(like: needed, knowing: seen, packs)
                guard case .committed = outcome else { throw EncodingError("was overtaken: the test shows nothing") }
            }
        }
        let sleeper = collector(hooked)
        sleeper.mutant = mutant
        let summary = try sleeper.run()
        return (try world.losses(of: store), summary)
    }

    @Test("removes nothing") func removesNothing() throws {
        let (losses, summary) = try losses(.none)
        #expect(losses == [])
        #expect(summary.wasOvertaken && summary.packsRemoved == 0, "\(summary)")
    }

    @Test("that does not look for the floor takes a confirmed snapshot's packs: the test would notice") func mutant()
        throws
    {
        let (losses, summary) = try losses(.ignoresFloors)
        #expect(!losses.isEmpty && summary.packsRemoved > 0)
    }

    /// Otherwise that pack would count as gone for ever, and every later collection would be stopped by what it takes for forged steps.
    @Test("and condemns anew what others pardoned stops a backup that relies on it", arguments: [true, false])
    func condemnsAnew(_ isComplete: Bool) throws {
        let needed = try #require(SnapshotCatalog(repository: world.repository).committed.first)
        let packs = try condemnEverything()
        try other.backup(Array(world.pool[3...]), on: store, forgetful: false, looksAgain: true)
        let garbage = try #require(SnapshotCatalog(repository: world.repository).committed.last)
        let known = try othersGoOn(needed, garbage)
        _ = try condemnEverything()
        for step in [SweepStep.sweep, .pardoned] { try write(step) }
        let outcome = try commit(like: needed, knowing: known, isComplete ? packs : [], isComplete: isComplete)
        guard case .overtaken = outcome else {
            Issue.record("it was committed")
            return
        }
        #expect(try collector(store).run().packsRemoved > 0)
    }

    /// The one who slept counted on a pack that others had swept and that is there again; so nobody may count on what he condemned, and
    /// nobody may take it for removed.
    @Test("leaves steps of which a later collection makes the best") func doubtful() throws {
        let packs = try condemnEverything()
        let needed = try #require(SnapshotCatalog(repository: world.repository).committed.first)
        try other.backup(Array(world.pool[3...]), on: store, forgetful: false, looksAgain: true)
        _ = try othersGoOn(needed, try #require(SnapshotCatalog(repository: world.repository).committed.last))
        try store.remove(Names.drop(ofSnapshot: needed.name))
        _ = try condemnEverything()
        for step in [SweepStep.sweep, .pardoned, .replaced] { try write(step) }
        let summary = try collector(store).run()
        #expect(summary.packsRemoved >= packs.count && summary.packsRewritten >= 1, "\(summary)")
        let index = try IndexSet(store: store, opener: world.opener)
        var reader = ChunkReader(
            store: store, locator: index.locator, packs: PackCache(store: store, opener: world.opener),
            identity: world.identity)
        try world.read(needed, &reader)
    }

    private func write(_ step: SweepStep, _ objects: [SweepRecord.Object] = []) throws {
        let record = SweepRecord(1, step, at: world.clock.now(), objects)
        _ = try store.put(record.encoded(), as: Names.sweep(1, step), .immediate)
    }

    /// What a collector writes that listed before the first snapshot was there.
    private func condemnEverything() throws -> Set<Digest32> {
        let packs = try store.names(below: "meta").compactMap { Digest32(hex: $0.lastComponent) }
        try write(.begin)
        try write(.condemned, packs.map { SweepRecord.Object(kind: .metadata, digest: $0, size: 9) })
        return Set(packs)
    }
}
