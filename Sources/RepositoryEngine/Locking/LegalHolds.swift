import Primitives
import Sealing
import Storage

/// The store's own holds on whatever a held snapshot needs, so that nobody removes it there either, whatever becomes of the records. Each
/// is set by itself: cut off, it is done again.
package struct LegalHolds {
    private let repository: Repository
    private let opener: SealOpener
    private let space: CollectionSpace
    private let locking: any ObjectLocking
    /// Each asks the store three things of each object, one after the other.
    private static let threads = 8

    /// Nil where the store holds nothing.
    package init?(_ repository: Repository, _ opener: SealOpener, space: CollectionSpace) {
        guard let locking = repository.store.locking else { return nil }
        (self.repository, self.opener, self.space, self.locking) = (repository, opener, space, locking)
    }

    /// Throws `key-denied` where `opener` cannot find out what the snapshot needs.
    package func requireKey(for snapshot: CatalogedSnapshot) throws {
        do {
            _ = try snapshot.record.roots(opener: opener)
        } catch let error as EncodingError {
            throw Failure.damaged(snapshot.name, error.problem)
        }
    }

    /// Holds all that `snapshot` needs. Returns how many objects were not held before.
    package func place(on snapshot: CatalogedSnapshot) throws -> Int {
        var attempts = 3
        while true {
            do {
                return try set(true, Array(needed(by: [snapshot])))
            } catch let failure as Failure where failure.code == .objectMissing && attempts > 1 {
                // A collection moved what the pack held meanwhile: it is elsewhere now.
                attempts -= 1
            }
        }
    }

    /// Lifts the holds of `snapshot` from what none of `others` needs. Returns from how many objects.
    package func lift(from snapshot: CatalogedSnapshot, sparing others: [CatalogedSnapshot]) throws -> Int {
        let spared = others.isEmpty ? [] : try needed(by: others)
        return try set(false, Array(try needed(by: [snapshot]).subtracting(spared)))
    }

    private func set(_ isHeld: Bool, _ names: [ObjectName]) throws -> Int {
        let changed = Monitor(0)
        try ParallelPass(names.sorted(), threads: min(Self.threads, names.count)).run { [locking] next in
            while let name = next() {
                do {
                    if try locking.hasLegalHold(name) == isHeld { continue }
                    try locking.setLegalHold(isHeld, on: name)
                    changed.withLock { $0 += 1 }
                } catch let failure as Failure where failure.code == .objectMissing && !isHeld {
                    // What is not there is not held.
                    continue
                }
            }
        }
        return changed.withLock { $0 }
    }

    // MARK: What is needed

    private func needed(by snapshots: [CatalogedSnapshot]) throws -> Set<ObjectName> {
        let store = repository.store
        var names: Set<ObjectName> = [Names.format]
        for prefix in ["keys", "spec"] { names.formUnion(try store.names(below: prefix)) }
        for snapshot in snapshots {
            let (writer, sequence) = (snapshot.record.writer, snapshot.record.sequence)
            // Its chain too: where a record is gone, everybody who reads is told so.
            let chain = try store.names(below: "\(Names.snapshots)/\(writer.hex)")
            names.formUnion(chain.filter { $0 <= snapshot.name })
            if snapshot.isCommitted { names.insert(Names.commit(writer, sequence)) }
            names.insert(Names.session(writer, snapshot.record.session, "manifest"))
            names.formUnion(try store.names(below: Names.holds(writer, sequence)))
        }
        return names.union(try packs(of: snapshots))
    }

    /// All packs that hold anything of what they need, also where it is in several.
    private func packs(of snapshots: [CatalogedSnapshot]) throws -> Set<ObjectName> {
        let ids = Set(snapshots.map(\.digest))
        let census = PackCensus(
            store: repository.store, opener: opener, swept: try Sweeps(store: repository.store).dead, space: space)
        let marked = try Marked(
            census, repository: repository, opener: opener, space: space, where: { ids.contains($0.digest) },
            checkpoint: {})
        var isNeeded = [Bool](repeating: false, count: census.packs.count)
        try census.forEachChunk(of: marked.live) { places in
            for place in places { isNeeded[Int(place.pack)] = true }
        }
        return Set(zip(census.packs, isNeeded).filter(\.1).map { Names.pack($0.0.name, $0.0.kind) })
    }
}
