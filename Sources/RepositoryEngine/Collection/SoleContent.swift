import Primitives
import Sealing
import Storage

/// What some snapshots need and no other does, by what lies in the store: it goes when they are dropped and a collection is over.
package struct SoleContent: Sendable {
    package private(set) var chunks: UInt64 = 0
    /// As stored.
    package private(set) var bytes: UInt64 = 0
    /// In how many packs it lies.
    package private(set) var packs: UInt64 = 0
    /// Those of them that the store keeps locked for now.
    package private(set) var locked = LockedPacks()

    package init() {}

    /// Follows all snapshots that are not dropped, once with those of `ids` and once without. Throws where one cannot be followed: it
    /// might need anything.
    package init(
        of ids: Set<Digest32>, in repository: Repository, opener: SealOpener, space: CollectionSpace,
        checkpoint: @escaping () throws -> Void
    ) throws {
        let census = PackCensus(
            store: repository.store, opener: opener, swept: try Sweeps(store: repository.store).dead, space: space,
            checkpoint: checkpoint)
        func held(_ isWanted: (CatalogedSnapshot) -> Bool) throws -> (chunks: UInt64, bytes: [UInt64]) {
            let marked = try Marked(
                census, repository: repository, opener: opener, space: space, where: isWanted, checkpoint: checkpoint)
            return try census.held(by: marked.live)
        }
        let others = try held { !ids.contains($0.digest) }
        let all = try held { _ in true }
        chunks = all.chunks - min(all.chunks, others.chunks)
        for (ordinal, pack) in census.packs.enumerated() {
            let before = ordinal < others.bytes.count ? others.bytes[ordinal] : 0
            guard all.bytes[ordinal] > before else { continue }
            bytes += all.bytes[ordinal] - before
            packs += 1
            try locked.add(pack, in: repository.store)
        }
    }
}

/// What lies in a store and no snapshot needs: of what was dropped, and of what cut-off backups left.
package struct Remains: Sendable {
    /// Packs that hold anything of it.
    package private(set) var packs: UInt64 = 0
    package private(set) var bytes: UInt64 = 0
    package private(set) var locked = LockedPacks()
    /// Index runs that still name packs that are gone.
    package private(set) var staleRuns: UInt64 = 0
    /// Packs and index runs that cannot be looked into: nobody knows what they hold.
    package private(set) var unreadable: [Failure] = []

    package var isNothing: Bool { packs == 0 && staleRuns == 0 && unreadable.isEmpty }

    /// Uses the structure half of `opener` only.
    package init(
        in repository: Repository, opener: SealOpener, space: CollectionSpace, checkpoint: @escaping () throws -> Void
    ) throws {
        let store = repository.store
        let census = PackCensus(
            store: store, opener: opener, swept: try Sweeps(store: store).dead, space: space, checkpoint: checkpoint)
        let marked = try Marked(
            census, repository: repository, opener: opener, space: space, checkpoint: checkpoint)
        let held = try census.held(by: marked.live).bytes
        for (ordinal, pack) in census.packs.enumerated() where held[ordinal] < pack.storedBytes {
            try add(pack, pack.storedBytes - held[ordinal], store)
        }
        for pack in census.leftovers { try add(pack, pack.size, store) }
        unreadable = census.unreadable
        try lookThroughIndex(of: repository, opener, there: Set(census.packs.map(\.name)))
    }

    private mutating func add(_ pack: PackCensus.Pack, _ unneeded: UInt64, _ store: any ObjectStore) throws {
        packs += 1
        bytes += unneeded
        try locked.add(pack, in: store)
    }

    /// Runs that others took the place of, and that the store keeps locked, say nothing of content.
    private mutating func lookThroughIndex(
        of repository: Repository, _ opener: SealOpener, there: Set<Digest32>
    ) throws {
        for domain in opener.domains {
            for name in try repository.store.names(below: Names.index(domain)) {
                do {
                    let run = try IndexRun(name: name, store: repository.store, opener: opener)
                    if !run.packs.allSatisfy({ there.contains($0.name) }) { staleRuns += 1 }
                } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                    unreadable.append(failure)
                }
            }
        }
    }
}

extension PackCensus {
    /// How many chunks of `live` there are, and how much each pack holds of them.
    fileprivate func held(by live: LiveChunks) throws -> (chunks: UInt64, bytes: [UInt64]) {
        var (chunks, bytes) = (UInt64(0), [UInt64](repeating: 0, count: packs.count))
        try forEachChunk(of: live) { places in
            chunks += 1
            for place in places { bytes[Int(place.pack)] += UInt64(place.storedCount) }
        }
        return (chunks, bytes)
    }
}

extension LockedPacks {
    /// Adds a pack if the store keeps it.
    fileprivate mutating func add(_ pack: PackCensus.Pack, in store: any ObjectStore) throws {
        guard let locking = store.locking else { return }
        let name = Names.pack(pack.name, pack.kind)
        do {
            let (lock, isHeld) = (try locking.lock(of: name), try locking.hasLegalHold(name))
            if lock != nil || isHeld { add(bytes: pack.size, until: lock?.until, isHeld: isHeld) }
        } catch let failure as Failure where failure.code == .objectMissing {
            return
        }
    }
}
