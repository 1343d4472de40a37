import Primitives
import Sealing
import Storage

/// Takes away at the destinations what the source dropped and collected. Nothing goes that the source still has, and nothing where a
/// destination knows snapshots that the source does not.
struct Following {
    private let replicator: Replicator
    private let listing: SourceListing
    /// Collections that were over when the packs were listed: what later ones moved was not copied yet.
    private let generations: [Sweeps.Generation]
    private var source: any ObjectStore { replicator.source }

    init(_ replicator: Replicator, _ listing: SourceListing, _ sweeps: Sweeps) {
        (self.replicator, self.listing) = (replicator, listing)
        generations = sweeps.generations.filter { $0.isDone && $0.isWhole }
    }

    func run() throws {
        // First the collections, then the drops: a collection that is over took only what was dropped before it.
        let drops = try SourceListing.list(Names.drops, source)
        for replica in replicator.replicas where replica.isActive {
            try replicator.copyRecords(drops, listing, .immediate) { other, _ in other === replica }
            try replica.attempt { try checkIsCopy(replica) }
            for generation in generations where replica.isActive {
                guard try follow(generation, replica) else { break }
            }
        }
    }

    /// Without taking anything away: collections of which a destination has nothing left, so that it is known there too that what sessions
    /// wrote and is gone was collected, and not lost. From the first one on that took what a destination keeps they are only noted.
    func adopt() throws {
        for replica in replicator.replicas where replica.isActive && (try? checkIsCopy(replica)) != nil {
            var keeps = false
            for generation in generations where replica.isActive {
                keeps = try keeps || self.keeps(generation, replica)
                guard try keeps ? note(generation, replica) : follow(generation, replica, removing: false) else {
                    break
                }
            }
        }
    }

    /// Under a name of its own, so that nothing there counts as collected that the destination has.
    private func note(_ generation: Sweeps.Generation, _ replica: Replica) throws -> Bool {
        let number = generation.number
        guard replica.lacks(Names.unfollowed(number, .done)) else { return true }
        guard let steps = try wholeSteps(number) else { return false }
        // The end last: without it what was noted does not count.
        for step in [SweepStep.condemned, .pardoned, .replaced, .floor, .done] {
            try put(steps[step], Names.unfollowed(number, step), replica)
        }
        return true
    }

    private func keeps(_ generation: Sweeps.Generation, _ replica: Replica) throws -> Bool {
        let isKept = { (digest: Digest32) in
            [PackClass.data, .metadata].contains { replica.size(of: Names.pack(digest, $0)) != nil }
        }
        if generation.dead.union(generation.floor).contains(where: isKept) { return true }
        return generation.replaced.contains { replica.size(of: $0.name) != nil }
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

    /// False where the source put the steps together below a floor meanwhile: the next run finds that.
    private func follow(_ generation: Sweeps.Generation, _ replica: Replica, removing: Bool = true) throws -> Bool {
        let number = generation.number
        guard replica.lacks(Names.sweep(number, .done)) else { return true }
        // All are read before one is written: a destination never has a flag without what it is about.
        guard let steps = try wholeSteps(number) else { return false }
        // What was pardoned before the flag: without it a destination would take packs for dead that the source relies on.
        for step in [SweepStep.begin, .condemned, .pardoned, .sweep, .replaced] {
            try put(steps[step], Names.sweep(number, step), replica)
        }
        guard replica.isActive else { return false }
        if removing { try takeAway(generation, replica) }
        // Behind the removals, so that who dies goes on with them.
        for step in [SweepStep.done, .floor] { try put(steps[step], Names.sweep(number, step), replica) }
        return true
    }

    /// Nil for what is being taken away below a floor.
    private func wholeSteps(_ number: UInt64) throws -> [SweepStep: [UInt8]]? {
        var steps: [SweepStep: [UInt8]] = [:]
        for step in SweepStep.allCases {
            let name = Names.sweep(number, step)
            try replicator.checkpoint()
            do {
                let bytes = try source.readAll(name, limit: SweepRecord.limit)
                try RecordCheck(repository: listing.repository).check(bytes, as: name)
                steps[step] = bytes
            } catch let failure as Failure where failure.code == .objectMissing { continue }
        }
        return steps[.condemned] == nil || steps[.pardoned] == nil ? nil : steps
    }

    private func takeAway(_ generation: Sweeps.Generation, _ replica: Replica) throws {
        let number = generation.number
        try replica.attempt {
            let condemned = try SweepRecord.read(number, .condemned, in: source)?.objects ?? []
            for object in condemned where generation.dead.contains(object.digest) { try remove(object.name, replica) }
            for run in generation.replaced.sorted() { try remove(run.name, replica) }
            // Generations before a floor may have lost their steps before the destination followed them.
            for pack in generation.floor.sorted() {
                for kind in [PackClass.data, .metadata] { try remove(Names.pack(pack, kind), replica) }
            }
        }
    }

    /// A step that the destination took by itself is another one.
    private func put(_ bytes: [UInt8]?, _ step: ObjectName, _ replica: Replica) throws {
        guard let bytes else { return }
        try replicator.checkpoint()
        try replica.attempt {
            let outcome = try replica.store.put(bytes, as: step, .immediate)
            if outcome == .exists, try replica.store.readAll(step, limit: SweepRecord.limit) != bytes {
                throw Failure.diverged(step, source.location, replica.store.location)
            }
            replica.note(step, Int64(bytes.count), outcome)
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
