import Primitives
import Sealing
import Storage

/// Frees what no snapshot needs, one generation at a time (docs/format.md, section 9): condemn, flag, list the snapshots again, pardon,
/// remove. Every step is a write-once object, so that whoever finds a generation unfinished goes on with it, and several who do the same at
/// once do the same thing. No clock decides about anything but how long to wait for backups that would have to begin again.
package final class Collector {
    /// What must not be left out, left out: so that tests can see that they would notice.
    enum Mutant { case none, listsOnce, listsBeforeFlag }

    private let repository: Repository
    private let opener: SealOpener
    private let clock: WallClock
    private let checkpoint: () throws -> Void
    var mutant = Mutant.none

    /// Backups that began less than so many seconds ago are waited for.
    package var patience: UInt64 = 72 * 3600
    /// Asked while backups are under way, with their number: whether to look again. False gives up.
    package var waits: (Int) throws -> Bool = { _ in false }

    private var store: any ObjectStore { repository.store }

    package init(
        repository: Repository, opener: SealOpener, clock: WallClock, checkpoint: @escaping () throws -> Void = {}
    ) {
        self.repository = repository
        self.opener = opener
        self.clock = clock
        self.checkpoint = checkpoint
    }

    /// Brings the generation that is open, or a new one, to its end.
    package func run() throws -> CollectionSummary {
        guard try store.refusesTakenNames() else {
            throw Failure(
                .storageMisconfigured,
                "\(store.location) takes a name twice, so nothing can be collected there safely.",
                advice:
                    "Use a server that keeps 'If-None-Match: *' in this bucket (some ignore it where versioning is on), or copy the repository to one that does. Nothing was changed."
            )
        }
        let sweeps = try Sweeps(store: store)
        let open = sweeps.generations.last { !$0.isDone }
        let number = open?.number ?? sweeps.newest + 1
        var summary = CollectionSummary()
        var early: LiveChunks?
        var isOwn = false
        if open?.condemned == nil {
            var census = census(after: sweeps, before: number)
            let (plan, live) = try plan(&census)
            summary.unreadable = plan.unreadable
            if plan.condemned.isEmpty, open == nil { return summary }
            try settle(number, .begin)
            isOwn = try settle(number, .condemned, plan.condemned)
            early = live
        }
        summary.generation = number
        summary.wasResumed = open != nil
        if mutant == .listsBeforeFlag { early = try mark(census(after: sweeps, before: number)).live }
        try finish(number, after: sweeps, early: early, isOwn: isOwn, &summary)
        return summary
    }

    /// From the flag on. `isOwn` says that this collector condemned what is condemned.
    private func finish(
        _ number: UInt64, after sweeps: Sweeps, early: LiveChunks?, isOwn: Bool, _ summary: inout CollectionSummary
    )
        throws
    {
        var isOwn = isOwn
        guard try SweepRecord.read(number, .done, in: store) == nil else {
            summary.wasOvertaken = true
            return
        }
        let condemned = try needed(number, .condemned).objects
        try settle(number, .sweep)
        if try SweepRecord.read(number, .pardoned, in: store) == nil {
            let census = census(after: sweeps, before: number)
            let now = try mark(census)
            let live = mutant == .none ? now.live : early ?? now.live
            let wanted = now.census.wanted(of: Set(condemned.map(\.digest)), live: live)
            isOwn = try settle(number, .pardoned, condemned.filter { wanted.contains($0.digest) }) && isOwn
        } else {
            isOwn = false
        }
        let pardoned = Set(try needed(number, .pardoned).objects)
        let dead = condemned.filter { !pardoned.contains($0) }
        let isKnown = isOwn && Self.swept(sweeps, before: number).isDisjoint(with: dead.map(\.digest))
        let spared = isKnown ? [] : try spared(of: dead, in: number, after: sweeps)
        let removed = dead.filter { !spared.contains($0.digest) }
        if try SweepRecord.read(number, .replaced, in: store) == nil {
            let index = IndexReplacement(repository: repository, opener: opener, checkpoint: checkpoint)
            let gone = Set(dead.map(\.digest)).union(Self.swept(sweeps, before: number))
            try settle(number, .replaced, try index.withoutPacks(gone))
        }
        let replaced = try needed(number, .replaced).objects
        for object in replaced + removed {
            try checkpoint()
            try store.remove(object.name)
        }
        try settle(number, .done)
        summary.packsRemoved = removed.count
        summary.bytesRemoved = removed.reduce(0) { $0 + $1.size }
        summary.packsPardoned = pardoned.count
        summary.runsReplaced = replaced.count
    }

    // MARK: Steps

    /// Writes a step unless somebody was faster: then theirs counts, and this returns false.
    @discardableResult
    private func settle(_ number: UInt64, _ step: SweepStep, _ objects: [SweepRecord.Object] = []) throws -> Bool {
        try checkpoint()
        let record = SweepRecord(number, step, at: clock.now(), objects)
        return try store.put(record.encoded(), as: Names.sweep(number, step), .immediate) == .created
    }

    /// Which of `dead` are not removed all the same. Steps of others are not believed: who may add to a store, and not remove, could write
    /// some to have the packs of others removed. By the rules no confirmed snapshot needs a pack that was swept; one that holds a chunk
    /// of which there are only deltas elsewhere is left where it is, for it does not show here whether these can be read.
    private func spared(of dead: [SweepRecord.Object], in number: UInt64, after sweeps: Sweeps) throws -> Set<Digest32>
    {
        let gone = Set(dead.map(\.digest)).union(Self.swept(sweeps, before: number))
        let marked = try mark(PackCensus(store: store, opener: opener, swept: [], checkpoint: checkpoint)) {
            $0.isCommitted
        }
        guard let pack = marked.census.onlyPlaces(of: marked.live, among: gone).min() else {
            return marked.census.wanted(of: gone, live: marked.live)
        }
        throw Failure(
            .signatureInvalid,
            "Collection \(number) would remove what confirmed snapshots need, pack \(pack.hex.prefix(16)) for one: somebody forged its steps or those of an earlier one.",
            advice:
                "Nothing was removed. Find out who writes below \(Names.sweeps)/, and take the forged objects out of the store by hand."
        )
    }

    private func needed(_ number: UInt64, _ step: SweepStep) throws -> SweepRecord {
        guard let record = try SweepRecord.read(number, step, in: store) else {
            throw Failure.objectMissing(Names.sweep(number, step), in: store.location)
        }
        return record
    }

    // MARK: What is needed

    private struct Marked {
        var live: LiveChunks
        /// With the packs that came since.
        var census: PackCensus
        var snapshots: Int
    }

    private static func swept(_ sweeps: Sweeps, before number: UInt64) -> Set<Digest32> {
        sweeps.generations.reduce(into: []) { if $1.number < number { $0.formUnion($1.dead) } }
    }

    private func census(after sweeps: Sweeps, before number: UInt64) -> PackCensus {
        PackCensus(
            store: store, opener: opener, swept: Self.swept(sweeps, before: number), checkpoint: checkpoint)
    }

    /// What would be condemned if a collection began now. Nothing is written.
    package func plan() throws -> CollectionPlan {
        let sweeps = try Sweeps(store: store)
        var census = census(after: sweeps, before: sweeps.settled + 1)
        return try plan(&census).plan
    }

    /// The packs are listed first: those of a backup that is under way now belong to one that is waited for, or to nobody.
    private func plan(_ census: inout PackCensus) throws -> (plan: CollectionPlan, live: LiveChunks) {
        try census.update()
        let candidates = Set(census.packs.map(\.name))
        try waitForSessions()
        let marked = try mark(census)
        let updated = marked.census
        let unneeded = updated.unneeded(live: marked.live).intersection(candidates)
        var plan = CollectionPlan()
        plan.condemned = (updated.packs.filter { unneeded.contains($0.name) } + updated.leftovers).map {
            SweepRecord.Object(kind: $0.kind, digest: $0.name, size: $0.size)
        }
        plan.packs = updated.packs.count + updated.leftovers.count
        plan.packBytes = (updated.packs + updated.leftovers).reduce(0) { $0 + $1.size }
        plan.snapshots = marked.snapshots
        plan.unreadable = updated.unreadable
        return (plan, marked.live)
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

    /// Lists the snapshots, and follows each that is not dropped. Whatever cannot be read or understood stops the collection: it might
    /// need anything.
    private func mark(_ census: PackCensus, where isWanted: (CatalogedSnapshot) -> Bool = { _ in true }) throws
        -> Marked
    {
        let catalog = try SnapshotCatalog(repository: repository)
        if let problem = catalog.problems.first {
            throw Failure(
                problem.code, "Not every snapshot can be read, so nothing can be collected. \(problem.message)",
                advice: problem.advice)
        }
        var census = census
        try census.update()
        let reader = TwinReader(census, store: store, opener: opener)
        var live = LiveChunks()
        let wanted = catalog.snapshots.filter { !$0.isDropped && isWanted($0) }
        for snapshot in wanted.filter(\.isCommitted) + wanted.filter({ !$0.isCommitted }) {
            try checkpoint()
            do {
                let roots = try snapshot.record.roots(opener: opener)
                try live.mark(
                    root: roots.listing, references: roots.references, isConfirmed: snapshot.isCommitted, reader: reader
                )
            } catch let error as EncodingError {
                throw Failure.damaged(snapshot.name, error.problem)
            }
        }
        return Marked(live: live, census: census, snapshots: wanted.count)
    }
}
