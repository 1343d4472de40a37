import Primitives
import Sealing
import Storage

/// Decides what is condemned, and moves out of it what is needed. Nothing that is moved counts before `condemned` is written: whoever
/// dies before that leaves packs that are copies.
struct CollectionPlanning {
    let repository: Repository
    let census: PackCensus
    let live: LiveChunks
    /// Packs that came later belong to a backup that is under way.
    let candidates: Int
    /// Packs of which less is needed are rewritten; nothing is at zero.
    let percent: UInt64
    private(set) var plan = CollectionPlan()

    init(repository: Repository, marked: Marked, candidates: Int, percent: UInt64) {
        (self.repository, census, live) = (repository, marked.census, marked.live)
        (self.candidates, self.percent) = (candidates, percent)
        plan.snapshots = marked.snapshots
    }

    /// Which packs are condemned, by their ordinals. What cannot be moved makes its pack stay, and others count on it no more: then all
    /// is decided again.
    mutating func decide(moving: (_ dead: [Bool]) throws -> Compaction) throws {
        for _ in 0..<8 {
            let dead = try judge()
            let compaction = try moving(dead)
            plan.movedBytes += compaction.movedBytes
            if compaction.failed.isEmpty { break }
            for (pack, failure) in compaction.failed { census.distrust(pack, because: failure) }
            try census.update()
            plan.condemned = []
        }
        plan.unreadable = census.unreadable
    }

    private mutating func judge() throws -> [Bool] {
        let verdict = try PackVerdict(census, live: live, below: percent)
        var dead = [Bool](repeating: false, count: census.packs.count)
        (plan.condemned, plan.locked, plan.rewritten) = ([], LockedPacks(), 0)
        for ordinal in verdict.unneeded + verdict.sparse where Int(ordinal) < candidates {
            if try condemn(census.packs[Int(ordinal)]) { dead[Int(ordinal)] = true }
        }
        plan.rewritten = verdict.sparse.count { dead[Int($0)] }
        for pack in census.leftovers { _ = try condemn(pack) }
        plan.packs = census.packs.count + census.leftovers.count
        plan.packBytes = (census.packs + census.leftovers).reduce(0) { $0 + $1.size }
        return dead
    }

    /// What the store keeps locked is left alone: to condemn it would make writers store again what is not freed.
    private mutating func condemn(_ pack: PackCensus.Pack) throws -> Bool {
        let name = Names.pack(pack.name, pack.kind)
        if let locking = repository.store.locking {
            do {
                let (lock, isHeld) = (try locking.lock(of: name), try locking.hasLegalHold(name))
                if lock != nil || isHeld {
                    plan.locked.add(bytes: pack.size, until: lock?.until, isHeld: isHeld)
                    return false
                }
            } catch let failure as Failure where failure.code == .objectMissing {
                return false
            }
        }
        plan.condemned.append(SweepRecord.Object(kind: pack.kind, digest: pack.name, size: pack.size))
        return true
    }
}
