import Primitives
import Sealing
import Storage

/// Frees what no snapshot needs, one generation at a time (docs/format.md, section 9): move what is left of packs that are mostly
/// garbage, condemn, flag, list the snapshots again, pardon, remove. Every step is a write-once object, so that whoever finds a generation
/// unfinished goes on with it, and several who do the same at once do the same thing. No clock decides about anything but how long to wait
/// for backups that would have to begin again.
package final class Collector {
    /// What must not be left out, left out: so that tests can see that they would notice.
    enum Mutant { case none, listsOnce, listsBeforeFlag, indexesLast, ignoresFloors }

    let repository: Repository
    let opener: SealOpener
    let sessions: CollectorSessions
    let checkpoint: () throws -> Void
    private let clock: WallClock
    var mutant = Mutant.none
    /// What a mutant leaves for the end.
    private var late: Compaction?

    /// Backups that began less than so many seconds ago are waited for.
    package var patience: UInt64 = 72 * 3600
    /// Asked while backups are under way, with their number: whether to look again. False gives up.
    package var waits: (Int) throws -> Bool = { _ in false }
    /// Packs of which a smaller share is needed are rewritten, in percent.
    package var compactsBelow: UInt64 = 60
    package var space: CollectionSpace
    /// Of more generations than these the steps are put together.
    package var mostGenerations = 16

    var store: any ObjectStore { repository.store }

    package init(
        repository: Repository, opener: SealOpener, clock: WallClock, space: CollectionSpace,
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.repository = repository
        self.opener = opener
        self.clock = clock
        self.space = space
        self.checkpoint = checkpoint
        sessions = CollectorSessions(repository)
    }

    /// Brings the generation that is open, or a new one, to its end.
    package func run() throws -> CollectionSummary {
        try requireOneWinner()
        let sweeps = try Sweeps(store: store)
        let open = sweeps.generations.last { !$0.isDone }
        let number = open?.number ?? sweeps.newest + 1
        var summary = CollectionSummary()
        var early: LiveChunks?
        var isOwn = false
        if open?.condemned == nil {
            let (marked, candidates) = try survey(after: sweeps, before: number)
            var planning = planning(marked, candidates)
            try planning.decide { dead in try self.begin(number, marked, dead) }
            summary.take(planning.plan)
            let isIdle = try planning.plan.condemned.isEmpty && !IndexReplacement.isDue(store, opener)
            if isIdle, open == nil { return summary }
            try settle(number, .begin)
            isOwn = try settle(number, .condemned, planning.plan.condemned)
            early = marked.live
        }
        summary.generation = number
        summary.wasResumed = open != nil
        if mutant == .listsBeforeFlag { early = try mark(census(after: sweeps, before: number)).live }
        try finish(number, after: sweeps, early: early, isOwn: isOwn, &summary)
        return summary
    }

    private func requireOneWinner() throws {
        guard try !store.refusesTakenNames() else { return }
        throw Failure(
            .storageMisconfigured,
            "\(store.location) takes a name twice, so nothing can be collected there safely.",
            advice:
                "Use a server that keeps 'If-None-Match: *' in this bucket (some ignore it where versioning is on), or copy the repository to one that does. Nothing was changed."
        )
    }

    /// From the flag on. `isOwn` says that this collector condemned what is condemned.
    private func finish(
        _ number: UInt64, after sweeps: Sweeps, early: LiveChunks?, isOwn: Bool, _ summary: inout CollectionSummary
    ) throws {
        guard try SweepRecord.read(number, .done, in: store) == nil else {
            summary.wasOvertaken = true
            return
        }
        let condemned = try needed(number, .condemned).objects
        try settle(number, .sweep)
        let isOwn = try pardon(condemned, number, after: sweeps, early: early) && isOwn
        let pardoned = Set(try needed(number, .pardoned).objects)
        let dead = condemned.filter { !pardoned.contains($0) }
        let isKnown = isOwn && sweeps.swept(before: number).isDisjoint(with: dead.map(\.digest))
        let spared = isKnown ? [] : try spared(of: dead, in: number, after: sweeps)
        if try SweepRecord.read(number, .replaced, in: store) == nil {
            let index = IndexReplacement(
                repository: repository, opener: opener, sessions: sessions, space: space, checkpoint: checkpoint)
            index.indexesUnlisted = mutant != .indexesLast
            let gone = sweeps.swept(before: number).union(dead.map(\.digest))
            try settle(number, .replaced, try index.withoutPacks(gone, replaced: sweeps.replacedRuns))
        }
        let replaced = try needed(number, .replaced).objects
        // Who slept until this generation's steps were taken away may have written some of them a second time, with other pardons.
        guard try mutant == .ignoresFloors || Sweeps(store: store).floor <= number else {
            summary.wasOvertaken = true
            return
        }
        try remove(replaced + dead.filter { !spared.contains($0.digest) }, &summary)
        try settle(number, .done)
        try late?.writeIndex()
        try Thinning(store: store, checkpoint: checkpoint).run(
            upTo: number, keeping: mostGenerations, at: clock.now())
        summary.packsPardoned = pardoned.count
        summary.runsReplaced = replaced.count
    }

    /// Lists the snapshots once more, and takes back what they need. Whether this collector's word counts.
    private func pardon(
        _ condemned: [SweepRecord.Object], _ number: UInt64, after sweeps: Sweeps, early: LiveChunks?
    ) throws -> Bool {
        guard try SweepRecord.read(number, .pardoned, in: store) == nil else { return false }
        let now = try mark(census(after: sweeps, before: number))
        let live = mutant == .listsOnce || mutant == .listsBeforeFlag ? early ?? now.live : now.live
        let wanted = try now.census.wanted(of: Set(condemned.map(\.digest)), live: live)
        return try settle(number, .pardoned, condemned.filter { wanted.contains($0.digest) })
    }

    /// What the store keeps locked after all stays: it counts as gone, and is tried again when its lock has ended.
    private func remove(_ objects: [SweepRecord.Object], _ summary: inout CollectionSummary) throws {
        for object in objects {
            try checkpoint()
            do {
                try store.remove(object.name)
            } catch let failure as Failure where failure.code == .objectLocked {
                let lock = try? store.locking?.lock(of: object.name)
                if object.kind == .indexRun { continue }
                summary.locked.add(bytes: object.size, until: lock?.until, isHeld: lock == nil)
                continue
            }
            guard object.kind != .indexRun else { continue }
            summary.packsRemoved += 1
            summary.bytesRemoved += object.size
        }
    }

    // MARK: Steps

    /// Writes a step unless somebody was faster: then theirs counts, and this returns false.
    @discardableResult
    private func settle(_ number: UInt64, _ step: SweepStep, _ objects: [SweepRecord.Object] = []) throws -> Bool {
        try checkpoint()
        let record = SweepRecord(number, step, at: clock.now(), objects)
        return try store.put(record.encoded(), as: Names.sweep(number, step), .immediate) == .created
    }

    private func needed(_ number: UInt64, _ step: SweepStep) throws -> SweepRecord {
        guard let record = try SweepRecord.read(number, step, in: store) else {
            throw Failure.objectMissing(Names.sweep(number, step), in: store.location)
        }
        return record
    }

    /// Says that somebody collects, and moves what is needed out of the packs of `dead`.
    private func begin(_ number: UInt64, _ marked: Marked, _ dead: [Bool]) throws -> Compaction {
        let compaction = Compaction(
            repository: repository, opener: opener, sessions: sessions, checkpoint: checkpoint)
        guard dead.contains(true) else { return compaction }
        try settle(number, .begin)
        try compaction.run(marked.census, from: dead, live: marked.live, space: space)
        if mutant == .indexesLast { late = compaction } else { try compaction.writeIndex() }
        return compaction
    }

    /// Which of `dead` are not removed all the same. Steps of others are not believed: who may add to a store, and not remove, could write
    /// some to have the packs of others removed. By the rules no confirmed snapshot needs a pack that was swept; one that holds a chunk
    /// of which there are only deltas elsewhere is left where it is, for it does not show here whether these can be read.
    private func spared(of dead: [SweepRecord.Object], in number: UInt64, after sweeps: Sweeps) throws -> Set<Digest32>
    {
        let gone = sweeps.swept(before: number).union(dead.map(\.digest))
        let census = PackCensus(store: store, opener: opener, swept: [], space: space, checkpoint: checkpoint)
        let marked = try mark(census) { $0.isCommitted }
        guard let pack = try marked.census.onlyPlaces(of: marked.live, among: gone).min() else {
            return try marked.census.wanted(of: gone, live: marked.live)
        }
        throw Failure(
            .signatureInvalid,
            "Collection \(number) would remove what confirmed snapshots need, pack \(pack.hex.prefix(16)) for one: somebody forged its steps or those of an earlier one.",
            advice:
                "Nothing was removed. Find out who writes below \(Names.sweeps)/, and take the forged objects out of the store by hand."
        )
    }

    // MARK: What is needed

    private func census(after sweeps: Sweeps, before number: UInt64) -> PackCensus {
        PackCensus(
            store: store, opener: opener, swept: sweeps.swept(before: number), doubtful: sweeps.doubtful, space: space,
            checkpoint: checkpoint)
    }

    private func mark(_ census: PackCensus, where isWanted: (CatalogedSnapshot) -> Bool = { _ in true }) throws
        -> Marked
    {
        try Marked(
            census, repository: repository, opener: opener, space: space, where: isWanted, checkpoint: checkpoint)
    }

    /// The packs are listed first: those of a backup that is under way now belong to one that is waited for, or to nobody.
    private func survey(after sweeps: Sweeps, before number: UInt64) throws -> (marked: Marked, candidates: Int) {
        let census = census(after: sweeps, before: number)
        try census.update()
        let candidates = census.packs.count
        try waitForSessions()
        return (try mark(census), candidates)
    }

    private func planning(_ marked: Marked, _ candidates: Int) -> CollectionPlanning {
        CollectionPlanning(
            repository: repository, marked: marked, candidates: candidates, percent: compactsBelow)
    }

    /// What would be condemned if a collection began now. Nothing is written.
    package func plan() throws -> CollectionPlan {
        let sweeps = try Sweeps(store: store)
        let (marked, candidates) = try survey(after: sweeps, before: sweeps.settled + 1)
        var planning = planning(marked, candidates)
        try planning.decide { dead in
            let compaction = Compaction(
                repository: repository, opener: opener, sessions: sessions, checkpoint: checkpoint)
            try compaction.count(marked.census, from: dead, live: marked.live)
            return compaction
        }
        return planning.plan
    }

    private func waitForSessions() throws {
        while true {
            let now = clock.now()
            let open = try OpenSessions(repository, now: now).younger(than: patience, at: now)
            if open.isEmpty { return }
            guard try waits(open.count) else {
                let hosts = Set(open.map { repository.keyring.writers[$0.writer]?.host ?? $0.writer.hex })
                throw Failure(
                    .stateBusy,
                    "\(open.count) backups are under way or were cut off, of \(hosts.sorted().joined(separator: ", ")). Nothing was collected.",
                    advice:
                        "Run it again when they are done, or with a longer --wait. The next backup of a host closes what was cut off; --ignore-running collects anyway, and backups that it overtakes begin again by themselves."
                )
            }
        }
    }
}
