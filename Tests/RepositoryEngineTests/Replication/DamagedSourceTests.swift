import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

@Suite("A copy of a damaged source") struct DamagedSourceTests {
    private func copy(_ source: any ObjectStore, _ store: any ObjectStore, despite: Bool = false) throws
        -> ReplicationReport
    {
        var replicator = Replicator(from: source, to: [store])
        replicator.confirmsDespiteDamage = despite
        return try replicator.run()[0]
    }

    private func flip(_ store: MemoryStore, _ name: ObjectName) throws {
        var bytes = try store.readAll(name, limit: 1 << 24)
        bytes[bytes.count / 2] ^= 1
        store.tamper(name, with: bytes)
    }

    @Test("has nothing of what is damaged, and names it, whichever object it is") func anyObject() throws {
        let world = try ReplicatedWorld(backups: 2)
        let all = try world.source.everything
        for name in all.keys.sorted() {
            let (source, store) = (MemoryStore(copying: world.source), MemoryStore())
            try flip(source, name)
            do {
                let report = try copy(source, store)
                #expect(report.problems.contains { $0.message.contains(name.path) }, "\(name): \(report.problems)")
                #expect(report.problems.allSatisfy { $0.code.class == .integrity })
            } catch let failure as Failure {
                // Without FORMAT and keys nothing can be told from a forgery.
                #expect(failure.code.class == .integrity || failure.code.class == .newer, "\(name): \(failure)")
                #expect(name == Names.format || name.path.hasPrefix("keys/"), "\(name)")
            }
            #expect(try store.everything[name] == nil, "\(name)")
            #expect(try world.losses(store).allSatisfy { !$0.contains("pack") }, "\(name)")
        }
    }

    @Test(
        "confirms nothing that may need a damaged or lost pack, and all of it once that is mended",
        arguments: [true, false])
    func pack(lost: Bool) throws {
        let world = try ReplicatedWorld()
        let good = MemoryStore(copying: world.source)
        let pack = try #require(try world.packs.first)
        if lost { world.source.tamper(pack, with: nil) } else { try flip(world.source, pack) }
        let store = MemoryStore()
        let report = try copy(world.source, store)
        // These hosts write no manifests: that a pack was there at all, nobody can know without a key.
        if !lost {
            #expect(try world.losses(store) == [])
            #expect(report.snapshotsHeldBack > 0 && report.snapshotsConfirmed == 0)
            #expect(try store.size(of: pack) == nil)
        }
        var mending = Mending(world.source, from: good)
        mending.readsData = true
        let mended = try mending.run()
        #expect(mended.broughtBack == [pack] && mended.problems.isEmpty)
        #expect(mended.setAside.count == (lost ? 0 : 1))
        #expect(try world.source.readAll(pack, limit: 1 << 24) == good.readAll(pack, limit: 1 << 24))
        #expect(try copy(world.source, store).problems.isEmpty)
        #expect(try world.losses(store) == [])
        #expect(try world.confirmed(store) == world.confirmed(good))
    }

    @Test("names a pack that a session stored and that is gone, and confirms nothing of its domain") func lostPack()
        throws
    {
        let repository = try TestRepository()
        let committer = repository.committer(try repository.session())
        let pack = [UInt8](repeating: 7, count: 5000)
        let object = SnapshotCommitter.WrittenObject(kind: .data, name: SHA256Digest.of(pack), size: 5000)
        let manifest = try committer.writeManifest([object], signing: repository.writer.signing)
        let outcome = try committer.commit(
            after: .none, pinned: .none, mode: .full, software: "test", description: repository.description(1),
            referenceRoot: .zero, relying: Reliance(sweeps: .none, packs: [], isComplete: true), manifest: manifest,
            signing: repository.writer.signing)
        guard case .committed = outcome else {
            Issue.record("was not committed")
            return
        }
        let store = MemoryStore()
        let name = Names.pack(object.name, .data)
        for _ in 0..<2 {
            let report = try copy(repository.store, store)
            #expect(report.snapshotsHeldBack == 1 && report.problems.count == 1)
            #expect(report.problems.allSatisfy { $0.message.contains(name.path) })
        }
        _ = try repository.store.put(pack, as: name, .immediate)
        let report = try copy(repository.store, store)
        #expect(report.snapshotsConfirmed == 1 && report.problems.isEmpty)
    }

    @Test("confirms what the source confirmed where somebody says so") func despite() throws {
        let world = try ReplicatedWorld()
        try flip(world.source, try #require(try world.packs.first))
        let store = MemoryStore()
        let report = try copy(world.source, store, despite: true)
        #expect(report.snapshotsHeldBack == 0 && !report.problems.isEmpty)
        #expect(try world.confirmed(store) == world.confirmed(world.source))
    }

    @Test("overwrites no record that is another one, and holds back what its writer stored later") func fork() throws {
        let world = try ReplicatedWorld()
        let store = MemoryStore()
        #expect(try copy(world.source, store).problems.isEmpty)
        let fork = MemoryStore(copying: store)
        try world.backup()
        // The same hosts go on from an older state, and so take the same numbers again.
        let names = Set(try world.source.everything.keys).subtracting(try fork.everything.keys)
        let taken = try #require(names.filter { $0.path.hasPrefix("snapshots/") }.min())
        let other = try world.source.readAll(try #require(try fork.names(below: "snapshots").first), limit: 1 << 24)
        fork.tamper(taken, with: other)
        let report = try copy(world.source, fork)
        #expect(report.problems.contains { $0.code == .replicaDiverged && $0.message.contains(taken.path) })
        #expect(try fork.readAll(taken, limit: 1 << 24) == other)
        #expect(try fork.size(of: ObjectName("commits" + taken.path.dropFirst("snapshots".count))) == nil)
        #expect(report.snapshotsHeldBack == 1)
    }

    @Test("does not go into another repository, nor among foreign files") func foreign() throws {
        let world = try ReplicatedWorld(backups: 1)
        let other = MemoryStore()
        _ = try other.put([1], as: Names.format, .immediate)
        #expect(try copy(world.source, other).failure?.code == .replicaDiverged)
        let files = MemoryStore()
        _ = try files.put([1], as: ObjectName("letters/1"), .immediate)
        #expect(try copy(world.source, files).failure?.code == .targetUnusable)
        #expect(try files.everything.count == 1 && other.everything.count == 1)
    }

    @Test("that collected by itself is told from one that can be gone on with") func collectedByItself() throws {
        let world = try ReplicatedWorld(backups: 4)
        let store = MemoryStore()
        _ = try copy(world.source, store)
        try world.collect(on: store, dropping: 6)
        try #require(try !Sweeps(store: store).dead.isEmpty)
        try world.backup()
        let report = try copy(world.source, store)
        #expect(report.failure?.code == .replicaDiverged && report.snapshotsConfirmed == 0)
        #expect(try world.losses(store) == [])
    }

    @Test("a replica alone gives back what is missing, but nothing that was collected") func missing() throws {
        let world = try ReplicatedWorld()
        let replica = MemoryStore()
        _ = try copy(world.source, replica)
        try world.collect(dropping: 4)
        _ = try copy(world.source, replica)
        let before = try world.source.everything
        for prefix in ["meta", "packs", "index", "snapshots", "commits"] {
            if let name = try world.source.names(below: prefix).last { world.source.tamper(name, with: nil) }
        }
        let report = try Mending(world.source, from: replica).run()
        #expect(report.problems.isEmpty && report.broughtBack.count >= 3)
        #expect(try world.source.everything == before)
    }
}
