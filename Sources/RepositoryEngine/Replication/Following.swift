import Primitives
import Sealing
import Storage

/// Takes away at the destinations what the source dropped and collected. Nothing goes that the source still has, and nothing where a
/// destination knows snapshots that the source does not.
struct Following {
    private let replicator: Replicator
    private let listing: SourceListing
    private var source: any ObjectStore { replicator.source }

    init(_ replicator: Replicator, _ listing: SourceListing) {
        (self.replicator, self.listing) = (replicator, listing)
    }

    func run() throws {
        // First the collections, then the drops: a collection that is over took only what was dropped before it.
        let generations = try Sweeps(store: source).generations.filter(\.isDone)
        let drops = try SourceListing.list(Names.drops, source)
        for replica in replicator.replicas where replica.isActive {
            try replicator.copyRecords(drops, listing, .immediate) { other, _ in other === replica }
            try replica.attempt { try checkIsCopy(replica) }
            for generation in generations where replica.isActive { try follow(generation, replica) }
        }
    }

    private func checkIsCopy(_ replica: Replica) throws {
        let known = Set(try source.names(below: Names.snapshots))
        // What was lost at the source and dropped by its number may be whole at the destination.
        let drops = Set(try source.names(below: Names.drops))
        let own = try replica.store.names(below: Names.snapshots).first {
            !known.contains($0) && !drops.contains(Names.drop(ofSnapshot: $0))
        }
        guard let own else { return }
        throw Failure(
            .replicaDiverged,
            "\(replica.store.location) has \(own), which \(source.location) has not, so nothing was removed there.",
            advice:
                "Somebody backs up into the copy, or the source was put back. Copy the other way first, or leave --prune out."
        )
    }

    private func follow(_ generation: Sweeps.Generation, _ replica: Replica) throws {
        let number = generation.number
        guard replica.lacks(Names.sweep(number, .done)) else { return }
        // What was pardoned before the flag: without it a destination would take packs for dead that the source relies on.
        for step in [SweepStep.begin, .condemned, .pardoned, .sweep, .replaced] {
            try copy(Names.sweep(number, step), replica)
        }
        guard replica.isActive else { return }
        try replica.attempt {
            for step in [SweepStep.condemned, .replaced] {
                guard let record = try SweepRecord.read(number, step, in: source) else { continue }
                for object in record.objects
                where generation.dead.contains(object.digest) || generation.replaced.contains(object.digest) {
                    try remove(object.name, replica)
                }
            }
            // Generations before a floor may have lost their steps before the destination followed them.
            for pack in generation.floor.sorted() {
                for kind in [PackClass.data, .metadata] { try remove(Names.pack(pack, kind), replica) }
            }
        }
        // Behind the removals, so that who dies goes on with them.
        try copy(Names.sweep(number, .done), replica)
        try copy(Names.sweep(number, .floor), replica)
    }

    /// A step that the destination took by itself is another one.
    private func copy(_ step: ObjectName, _ replica: Replica) throws {
        try replicator.checkpoint()
        try replica.attempt {
            guard let size = try source.size(of: step) else { return }
            let bytes = try source.readAll(step, limit: SweepRecord.limit)
            try RecordCheck(repository: listing.repository).check(bytes, as: step)
            let outcome = try replica.store.put(bytes, as: step, .immediate)
            if outcome == .exists, try replica.store.readAll(step, limit: SweepRecord.limit) != bytes {
                throw Failure.diverged(step, source.location, replica.store.location)
            }
            replica.note(step, size, outcome)
        }
    }

    /// What the source still has was not collected, whatever is written of it.
    private func remove(_ name: ObjectName, _ replica: Replica) throws {
        try replicator.checkpoint()
        guard let size = replica.size(of: name), try source.size(of: name) == nil else { return }
        do {
            try replica.store.remove(name)
            replica.noteRemoved(name, UInt64(clamping: size))
        } catch let failure as Failure where failure.code == .objectLocked {
            replica.change { $0.objectsLocked += 1 }
        }
    }
}
