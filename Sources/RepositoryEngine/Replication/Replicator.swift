import Primitives
import Sealing
import Storage

/// Copies a repository from store to stores as it is, without a key (docs/decisions/0014-replication.md). At every moment what a
/// destination has confirmed is whole there: packs first, then snapshots, then the commits of those that nobody dropped meanwhile.
/// Run again, it goes on.
package struct Replicator: Sendable {
    let source: any ObjectStore
    let replicas: [Replica]
    let checkpoint: @Sendable () throws -> Void
    var checked = CheckedRecords()
    /// Never true but in a test that must see the loss.
    var confirmsFirst = false

    /// One thread is the caller's own.
    package var threads = 1
    /// Whether a copy may be begun where there is none.
    package var creates = true
    /// Whether what the source dropped and collected goes at the destinations as well.
    package var follows = false
    /// Confirms at the destinations what may need packs that the source has lost.
    package var confirmsDespiteDamage = false
    /// Told of the bytes that were read; it may wait.
    package var pace: @Sendable (Int) -> Void = { _ in }
    /// Told what there is to copy: objects and bytes.
    package var expects: @Sendable (UInt64, UInt64) -> Void = { _, _ in }
    /// Told of each object that is done with.
    package var advances: @Sendable (UInt64) -> Void = { _ in }

    package init(
        from source: any ObjectStore, to destinations: [any ObjectStore],
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) {
        self.source = source
        self.checkpoint = checkpoint
        replicas = destinations.map(Replica.init)
    }

    /// One report for each destination. Throws what is wrong with the source as a whole.
    package func run() throws -> [ReplicationReport] {
        var swept = try Sweeps(store: source)
        var listing = try SourceListing(source, checked: checked)
        try begin(listing)
        try copyKeys(listing)
        if confirmsFirst { try confirm(listing) }
        try copyRecords(listing.sessions.filter { $0.name.lastComponent != "manifest" }, listing)
        var vanished = try copyHashed(listing.packs) + copyHashed(listing.index)
        // A collection moves what is needed to new packs before it takes old ones away: where one went on meanwhile, they are looked for.
        for round in 0... {
            let now = try Sweeps(store: source)
            if now.dead == swept.dead { break }
            guard round < Self.mostRounds else { throw Self.overtaken(source) }
            swept = now
            try listing.listPacks(source)
            vanished += try copyHashed(listing.packs) + copyHashed(listing.index)
        }
        try tellLost(vanished)
        try copyManifests(listing)
        try confirm(listing)
        let following = Following(self, listing, swept)
        if follows { try following.run() } else { try following.adopt() }
        for replica in replicas { try replica.attempt { try replica.store.flush() } }
        return replicas.map(\.report)
    }

    private static let mostRounds = 20

    private static func overtaken(_ source: any ObjectStore) -> Failure {
        Failure(
            .stateBusy, "Collections went on at \(source.location) all the while, so that nothing new was confirmed.",
            advice: "Run it again when they are over; what was copied stays.")
    }

    // MARK: Before anything is written

    private func begin(_ listing: SourceListing) throws {
        for replica in replicas {
            try checkpoint()
            try replica.attempt {
                try checkIdentity(replica)
                try replica.begin()
            }
            try checkCollected(replica, listing)
        }
        try compare(listing)
        let objects = listing.hashed + listing.comparable
        let lacking = objects.filter { object in replicas.contains { $0.isActive && $0.lacks(object.name) } }
        expects(UInt64(lacking.count), lacking.reduce(0) { $0 + UInt64($1.size) })
    }

    /// A destination holds this repository, or the beginning of a copy of it, or nothing.
    private func checkIdentity(_ replica: Replica) throws {
        let format = try source.readAll(Names.format, limit: 64 << 10)
        guard try replica.store.size(of: Names.format) == nil else {
            guard try replica.store.readAll(Names.format, limit: 64 << 10) == format else {
                throw Failure(
                    .replicaDiverged, "\(replica.store.location) holds another repository than \(source.location).",
                    advice: "Give each repository a destination of its own. Nothing was changed.")
            }
            return
        }
        guard creates else {
            throw Failure(
                .repositoryMissing, "There is no copy of the repository at \(replica.store.location).",
                advice: "Check the path and that its disk is mounted. To begin a copy there, pass --create once.")
        }
        let areas = Set(SourceListing.areas.map { $0[...] })
        try replica.store.list(below: "") { name, _ in
            guard !areas.contains(name.path.prefix { $0 != "/" }) else { return }
            throw Failure(
                .targetUnusable, "\(replica.store.location) has \(name) in it, and is not a copy of a repository.",
                advice: "Choose an empty directory, bucket or prefix. Nothing was changed.")
        }
    }

    /// Nothing is overwritten, so what is there under the same name has to be the same.
    private func compare(_ listing: SourceListing) throws {
        for object in listing.hashed {
            guard let digest = Digest32(hex: object.name.lastComponent) else { continue }
            for replica in replicas {
                guard let size = replica.size(of: object.name), size != object.size else { continue }
                replica.add(
                    .diverged(object.name, source.location, replica.store.location),
                    lacking: object.name.isPack ? digest : nil)
            }
        }
        try inParallel(listing.comparable) { [self] object, lane in
            for replica in replicas where replica.isActive && !replica.lacks(object.name) {
                try replica.attempt {
                    let isSame =
                        try replica.size(of: object.name) == object.size
                        && lane.isSame(object.name, in: replica.store, limit: RecordCheck.limit)
                    if isSame { return }
                    let failure = Failure.diverged(object.name, source.location, replica.store.location)
                    // Of keys no two versions can go together.
                    guard !object.name.path.hasPrefix("keys/") else { throw failure }
                    replica.add(failure, of: object.name.writer)
                }
            }
        }
    }

    // MARK: Copying

    /// FORMAT comes behind the keys: where it is, a repository can be opened.
    private func copyKeys(_ listing: SourceListing) throws {
        try copyRecords(listing.specification + listing.keys + listing.rules, listing)
        let format = try source.readAll(Names.format, limit: 64 << 10)
        for replica in replicas where replica.isActive && replica.lacks(Names.format) {
            try checkpoint()
            try replica.attempt {
                try replica.store.flush()
                replica.note(
                    Names.format, Int64(format.count), try replica.store.put(format, as: Names.format, .immediate))
            }
        }
    }

    /// Copies what is small, once it was seen to be right. What is not is a problem of every destination that lacks it. With
    /// `oneAfterTheOther`, what is one writer's arrives in the order of its numbers: whoever looks meanwhile sees no gap.
    func copyRecords(
        _ objects: SourceListing.Objects, _ listing: SourceListing, _ durability: Durability = .deferred,
        oneAfterTheOther: Bool = false,
        wanted: @escaping @Sendable (Replica, ObjectName) -> Bool = { _, _ in true }
    ) throws {
        let check = RecordCheck(repository: listing.repository)
        let lacking: @Sendable (ObjectName) -> [Replica] = { [replicas] name in
            replicas.filter { $0.isActive && $0.lacks(name) && wanted($0, name) }
        }
        let lacked = objects.filter { !lacking($0.name).isEmpty }
        let rows =
            oneAfterTheOther ? Array(Dictionary(grouping: lacked, by: \.name.writer).values) : lacked.map { [$0] }
        try inParallel(rows) { [self] row, lane in
            for object in row { try copy(object, to: lacking(object.name), checkedBy: check, durability, lane) }
        }
    }

    private func copy(
        _ object: (name: ObjectName, size: Int64), to lacking: [Replica], checkedBy check: RecordCheck,
        _ durability: Durability, _ lane: ObjectCopying
    ) throws {
        do {
            try checkpoint()
            let bytes = try source.readAll(object.name, limit: RecordCheck.limit)
            pace(bytes.count)
            try check.check(bytes, as: object.name)
            for replica in lacking {
                try replica.attempt {
                    let outcome = try replica.store.put(bytes, as: object.name, durability)
                    try lane.lock(object.name, in: replica.store)
                    replica.note(object.name, Int64(bytes.count), outcome)
                }
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            for replica in lacking { replica.add(failure) }
        }
        advances(UInt64(object.size))
    }

    /// Returns those that were no longer there.
    private func copyHashed(_ objects: SourceListing.Objects) throws -> SourceListing.Objects {
        let vanished = Monitor<SourceListing.Objects>([])
        let dead = try Dictionary(
            replicas.filter(\.isActive).map { (ObjectIdentifier($0), try deadPacks(of: $0)) },
            uniquingKeysWith: { first, _ in first })
        let lacked = objects.filter { object in replicas.contains { $0.isActive && $0.lacks(object.name) } }
        try inParallel(lacked) { [self] object, lane in
            guard let digest = Digest32(hex: object.name.lastComponent) else { return }
            let lacking = replicas.filter {
                $0.isActive && $0.lacks(object.name) && dead[ObjectIdentifier($0)]?.contains(digest) != true
            }
            guard !lacking.isEmpty else { return }
            do {
                let (outcomes, bytes) = try lane.copy(object.name, named: digest, to: lacking.map(\.store))
                for (replica, outcome) in zip(lacking, outcomes) {
                    try replica.attempt { replica.note(object.name, Int64(bytes), try outcome.get()) }
                }
            } catch ObjectCopying.SourceProblem.missing {
                vanished.withLock { $0.append(object) }
            } catch ObjectCopying.SourceProblem.damaged(let failure) {
                for replica in lacking { replica.add(failure, lacking: object.name.isPack ? digest : nil) }
            }
            advances(UInt64(object.size))
        }
        return vanished.withLock { $0 }
    }

    private func deadPacks(of replica: Replica) throws -> Set<Digest32> {
        var dead: Set<Digest32> = []
        try replica.attempt { dead = try Sweeps(store: replica.store).dead }
        return dead
    }

    /// What a collection took while we copied is nobody's loss.
    private func tellLost(_ vanished: SourceListing.Objects) throws {
        guard !vanished.isEmpty else { return }
        let sweeps = try Sweeps(store: source)
        let taken = try sweeps.dead.union(sweeps.replacedRuns).union(UnfollowedSweeps.taken(in: source))
        for object in vanished {
            guard let digest = Digest32(hex: object.name.lastComponent), !taken.contains(digest) else { continue }
            for replica in replicas where replica.lacks(object.name) {
                replica.add(
                    .objectMissing(object.name, in: source.location), lacking: object.name.isPack ? digest : nil)
            }
        }
    }

    /// Calls `body` for each object, with what the thread copies with. The first error ends it.
    func inParallel<Object: Sendable>(
        _ objects: [Object], _ body: @escaping @Sendable (Object, ObjectCopying) throws -> Void
    ) throws {
        try ParallelPass(objects, threads: min(threads, objects.count)).run { [source, pace, checkpoint] next in
            let lane = ObjectCopying(from: source, pace: pace, checkpoint: checkpoint)
            while let object = next() { try body(object, lane) }
        }
    }
}
