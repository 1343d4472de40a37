import Glibc
import Primitives
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

@Suite("A copy of a repository") struct ReplicatorTests {
    private func copy(
        _ source: any ObjectStore, _ stores: any ObjectStore..., change: (inout Replicator) -> Void = { _ in }
    )
        throws -> [ReplicationReport]
    {
        var replicator = Replicator(from: source, to: stores)
        change(&replicator)
        return try replicator.run()
    }

    @Test("is the same bytes, whatever the number of threads", arguments: [1, 4]) func whole(threads: Int) throws {
        let world = try ReplicatedWorld()
        let (one, two) = (MemoryStore(), MemoryStore())
        let reports = try copy(world.source, one, two) { $0.threads = threads }
        #expect(try one.everything == world.source.everything)
        #expect(try two.everything == world.source.everything)
        for report in reports {
            #expect(report.problems.isEmpty && report.failure == nil)
            #expect(report.objectsCopied == UInt64(try world.source.everything.count))
            #expect(report.snapshotsConfirmed == UInt64(try world.confirmed(world.source).count))
        }
        #expect(try copy(world.source, one)[0].objectsCopied == 0)
    }

    @Test("receives the snapshots of a writer in their order, so that none is missed while it is made") func inOrder()
        throws
    {
        let world = try ReplicatedWorld()
        let store = MemoryStore()
        let early = Monitor<[ObjectName]>([])
        let slow = InterposedStore(store) { request, name in
            guard request == .put, let name, name.path.hasPrefix(Names.snapshots) else { return }
            // Long enough for the next one to overtake it.
            usleep(20_000)
            let before = try world.source.names(below: Names.snapshots).filter { $0.writer == name.writer && $0 < name }
            if try !before.allSatisfy({ try store.size(of: $0) != nil }) { early.withLock { $0.append(name) } }
        }
        _ = try copy(world.source, slow) { $0.threads = 4 }
        #expect(early.withLock { $0 } == [])
        #expect(try store.everything == world.source.everything)
    }

    @Test("is read once for several destinations") func readOnce() throws {
        let world = try ReplicatedWorld()
        let alone = FailingStore(world.source)
        _ = try copy(alone, MemoryStore())
        let shared = FailingStore(world.source)
        _ = try copy(shared, MemoryStore(), MemoryStore(), MemoryStore())
        // What looks after each destination is asked again; what is read to be copied is not.
        #expect(shared.requests < alone.requests + 20, "\(shared.requests) and \(alone.requests)")
    }

    @Test("goes on after a failure at any request, and is whole in what it confirmed at every moment")
    func everyRequest() throws {
        let world = try ReplicatedWorld(backups: 2)
        let whole = FailingStore(MemoryStore())
        _ = try copy(world.source, whole)
        let wanted = try world.source.everything
        var confirmed = 0
        for request in stride(from: 1, through: whole.requests, by: Soak.isOn ? 1 : 3) {
            let store = MemoryStore()
            let reports = try copy(world.source, FailingStore(store, failsFrom: request))
            #expect(reports[0].failure?.code == .storageFailed)
            #expect(try world.losses(store) == [], "request \(request)")
            confirmed += try world.confirmed(store).count
            let there = try store.everything
            let again = try copy(world.source, store)[0]
            #expect(again.failure == nil && again.problems.isEmpty, "request \(request)")
            #expect(again.objectsCopied == UInt64(wanted.count - there.count), "request \(request)")
            #expect(try store.everything == wanted)
        }
        #expect(confirmed > 0, "no failure came so late that something was confirmed")
    }

    @Test("is whole in what it confirmed while the source is written and collected, at every request")
    func busySource() throws {
        let quiet = FailingStore(try ReplicatedWorld().source)
        _ = try copy(quiet, MemoryStore())
        let step = Soak.isOn ? 1 : 9
        for moment in stride(from: 1, through: quiet.requests, by: step) {
            let world = try ReplicatedWorld(seed: UInt64(moment))
            let store = MemoryStore()
            let source = FailingStore(world.source) { number in
                let losses = try world.losses(store)
                #expect(losses == [], "\(moment), before request \(number)", sourceLocation: #_sourceLocation)
                guard number == moment else { return }
                try world.backup()
                try world.collect(dropping: 2)
            }
            if !Soak.isOn {
                source.plan.withLock { plan in
                    let before = plan.before
                    plan.before = { number in if number == moment || number % 9 == 0 { try before?(number) } }
                }
            }
            let report = try copy(source, store)[0]
            #expect(report.failure == nil && report.problems.isEmpty, "\(moment): \(report.problems)")
            #expect(try world.losses(store) == [], "after \(moment)")
            let again = try copy(world.source, store)[0]
            #expect(again.failure == nil && again.problems.isEmpty && again.snapshotsHeldBack == 0)
            let missing = Set(try world.confirmed(world.source)).subtracting(try world.confirmed(store))
            #expect(missing.isEmpty, "\(moment): \(missing)")
            #expect(try world.losses(store) == [], "in the end of \(moment)")
        }
    }

    @Test("keeps what the source forgot, unless it follows") func forgotten() throws {
        let world = try ReplicatedWorld()
        let (keeping, following) = (MemoryStore(), MemoryStore())
        _ = try copy(world.source, keeping, following)
        let before = try world.confirmed(keeping)
        try world.collect(dropping: 4)
        try world.backup()
        #expect(try copy(world.source, keeping)[0].objectsRemoved == 0)
        #expect(try Set(world.confirmed(keeping)).isSuperset(of: before))
        let report = try copy(world.source, following) { $0.follows = true }[0]
        #expect(report.objectsRemoved > 0 && report.failure == nil)
        #expect(try following.everything == world.source.everything)
        for store in [keeping, following] { #expect(try world.losses(store) == []) }
    }

    @Test("of what was collected knows that it was, and so does a copy of that copy") func adopted() throws {
        let world = try ReplicatedWorld()
        try world.collect(dropping: 4)
        try world.backup()
        let (one, two) = (MemoryStore(), MemoryStore())
        _ = try copy(world.source, one)
        #expect(try Sweeps(store: one).dead == Sweeps(store: world.source).dead)
        let report = try copy(one, two)[0]
        #expect(report.problems.isEmpty && report.snapshotsHeldBack == 0)
        #expect(try Set(world.confirmed(two)) == Set(world.confirmed(one)))
        // Later collections take what the copy keeps: it does not learn of them unless it follows.
        let before = try Sweeps(store: one).newest
        try world.collect(dropping: 2)
        _ = try copy(world.source, one)
        #expect(try Sweeps(store: one).newest == before)
        _ = try copy(world.source, one) { $0.follows = true }
        if try Sweeps(store: world.source).newest > before { #expect(try Sweeps(store: one).newest > before) }
        for store in [one, two] { #expect(try world.losses(store) == []) }
    }

    @Test("follows a collection after a failure at any request, and loses nothing that counts") func followsOn() throws
    {
        let model = try ReplicatedWorld()
        let old = MemoryStore()
        _ = try copy(model.source, old)
        try model.collect(dropping: 4)
        let whole = FailingStore(MemoryStore(copying: old))
        _ = try copy(model.source, whole) { $0.follows = true }
        for request in stride(from: 1, through: whole.requests, by: Soak.isOn ? 1 : 3) {
            let store = MemoryStore(copying: old)
            _ = try copy(model.source, FailingStore(store, failsFrom: request)) { $0.follows = true }
            #expect(try model.losses(store) == [], "request \(request)")
            #expect(try copy(model.source, store) { $0.follows = true }[0].failure == nil)
            #expect(try store.everything == model.source.everything)
        }
    }

    @Test("follows also collections whose steps are gone below a floor") func followsFloors() throws {
        let world = try ReplicatedWorld(backups: 4)
        let store = MemoryStore()
        _ = try copy(world.source, store)
        // Not every drop leaves something to collect.
        for _ in 0..<12 where try Sweeps(store: world.source).floor <= 1 {
            try world.backup()
            try world.collect(dropping: 2, thinningAfter: 1)
        }
        let sweeps = try Sweeps(store: world.source)
        try #require(sweeps.floor > 1 && sweeps.generations.count == 1)
        let report = try copy(world.source, store) { $0.follows = true }[0]
        #expect(report.failure == nil && report.objectsRemoved > 0)
        let packs = Set(try store.names(below: "meta") + store.names(below: "packs"))
        #expect(packs == Set(try world.packs))
        #expect(try Sweeps(store: store).dead == sweeps.dead)
        #expect(try world.losses(store) == [])
    }

    @Test("is not made smaller by forged steps of a collection") func forgedSweep() throws {
        let world = try ReplicatedWorld()
        let store = MemoryStore()
        _ = try copy(world.source, store)
        let packs = try world.packs.map { name in
            SweepRecord.Object(
                kind: name.path.hasPrefix("meta") ? .metadata : .data,
                digest: try #require(Digest32(hex: name.lastComponent)), size: 1)
        }
        for step in SweepStep.allCases {
            let record = SweepRecord(1, step, at: Timestamp(nanoseconds: 0), step == .condemned ? packs : [])
            _ = try world.source.put(record.encoded(), as: Names.sweep(1, step), .immediate)
        }
        #expect(try copy(world.source, store) { $0.follows = true }[0].objectsRemoved == 0)
        #expect(try world.losses(store) == [])
    }

    @Test("is locked as long as what it is a copy of") func locks() throws {
        let world = try ReplicatedWorld(backups: 1)
        let clock = WallClock { Timestamp(nanoseconds: 1_800_000_000_000_000_000) }
        let (source, store) = (MemoryStore(locksBy: clock), MemoryStore(locksBy: clock))
        let all = try world.source.everything
        for (number, name) in all.keys.sorted().enumerated() {
            let until = Timestamp(nanoseconds: 1_900_000_000_000_000_000 + Int64(number) * 1_000_000_000)
            source.lockNewObjects(number % 3 == 0 ? nil : ObjectLock(mode: .compliance, until: until))
            _ = try source.put(try #require(all[name]), as: name, .immediate)
        }
        let least = ObjectLock(mode: .governance, until: Timestamp(nanoseconds: 1_850_000_000_000_000_000))
        store.lockNewObjects(least)
        #expect(try copy(source, store)[0].problems.isEmpty)
        for name in all.keys { #expect(try store.lock(of: name) == source.lock(of: name) ?? least, "\(name)") }
    }

    @Test("has snapshots of its own: then nothing is removed") func ownSnapshots() throws {
        let world = try ReplicatedWorld()
        let store = MemoryStore()
        _ = try copy(world.source, store)
        try world.backup(on: store)
        try world.collect(dropping: 4)
        let report = try copy(world.source, store) { $0.follows = true }[0]
        #expect(report.failure?.code == .replicaDiverged && report.objectsRemoved == 0)
        #expect(try world.losses(store) == [])
    }
}
