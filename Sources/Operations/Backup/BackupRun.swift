import Anomaly
import Chunking
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// One backup on its way: its parts, and the order in which they come.
final class BackupRun {
    private let repository: Repository
    private let caches: HostCaches
    private let observer: any OperationObserver
    private let clock: WallClock
    private let committer: SnapshotCommitter
    private let sealing: SealingSession
    private let journal: SessionJournal
    private let declaration = SessionDeclaration()
    private let session: BackupSession
    private let pipeline: ContentPipeline
    private let counters = BackupCounters()
    private let previous: PreviousListing?
    private let recovered: HostCaches.Recovered
    private let sweeps: Sweeps
    private let kept: SealedFile.Writer
    private let ticker: ProgressTicker
    private let locks: PackLocks?
    /// Alarms that somebody has looked at, asked for where there are any.
    private let cleared: () -> Set<Digest32>

    init(
        repository: Repository, identity: borrowing WriterIdentity, bundle: EpochBundle, caches: HostCaches,
        options: BackupOptions,
        observer: any OperationObserver, began: Timestamp, clock: WallClock, cleared: @escaping () -> Set<Digest32>
    ) throws {
        self.cleared = cleared
        let store = repository.store
        // From here on, everything is written locked, if anything is to be.
        let duty = try LockDuty.take(repository, class: options.retentionClass, clock: clock)
        locks = try duty.map {
            try PackLocks(repository: repository, duty: $0, caches: caches, cacheKey: identity.cacheKey)
        }
        self.repository = repository
        self.caches = caches
        self.observer = observer
        self.clock = clock
        sealing = try SealingSession(id: .random(), repository: repository.id, bundle: bundle)
        var committer = SnapshotCommitter(
            repository: repository.id, store: store, writer: identity.id, session: sealing, clock: clock,
            duty: duty)
        committer.administrator = repository.keyring.administrator
        self.committer = committer
        sweeps = try Sweeps(store: store)
        recovered = try caches.recover(
            cacheKey: identity.cacheKey, store: store, domain: identity.domain, condemned: sweeps.condemned)
        previous = caches.previousListing(cacheKey: identity.cacheKey)
        let memory = try WriterMemory(
            folder: caches.folder, cacheKey: identity.cacheKey, recovered: recovered, store: store, sweeps: sweeps,
            settledSweep: previous?.head.settledSweep ?? 0, isLocking: locks != nil)
        if memory.lostPackCount > 0 {
            observer.warning(
                "\(memory.lostPackCount) packs that this host wrote are missing from the repository; what they held is stored again."
            )
        }
        journal = try caches.journal(sealing.id, cacheKey: identity.cacheKey)
        let ledger = SessionLedger(sealing: sealing, store: store, journal: journal, unindexed: recovered.unindexed)
        var options = options
        // Without a previous listing every file is read, whatever was asked for.
        if previous == nil { options.mode = .full }
        let failures = FailureRelay()
        let packs = PackPool(
            session: sealing, store: store, packSize: repository.format.packSize,
            reserveOrdinal: { (try? memory.content().reservePack()) ?? 0 },
            mayFinish: { [declaration] in try declaration.wait() },
            finished: { pack, ordinal in
                try memory.content().name(ordinal, KnownPack(name: pack.name, size: pack.size))
                try ledger.packFinished(pack, ordinal: ordinal)
            }, failed: { failures.note($0) })
        let trusted = !memory.checksEverything ? Set(previous?.head.nodes ?? []) : []
        let chunkIdentity = identity.secrets.identity()
        if !options.delta { caches.dropVersions() }
        let versions =
            options.delta
            ? try VersionCache(
                caches: caches, cacheKey: identity.cacheKey, identity: chunkIdentity, limit: options.deltaCacheBytes)
            : nil
        session = BackupSession(
            options: options, began: began, identity: chunkIdentity,
            chunker: GearChunker(parameters: repository.format.chunker, keyMaterial: identity.secrets.chunkerTable()),
            memory: memory,
            packs: packs,
            metadata: MetadataPacks(
                sealing: sealing, store: store, memory: memory, ledger: ledger, previousNodes: trusted,
                declaration: declaration),
            ledger: ledger, lists: try ContentLists(folder: caches.folder, cacheKey: identity.cacheKey),
            versions: versions)
        pipeline = ContentPipeline(session: session, observer: observer, counters: counters)
        failures.connect(pipeline)
        kept = try caches.newListing(cacheKey: identity.cacheKey)
        ticker = ProgressTicker(
            observer: observer, counters: counters, packs: packs, total: previous?.head.records ?? 0)
    }

    /// Nil when a collection overtook it and it has to begin again; what was stored is kept for that.
    func perform(identity: borrowing WriterIdentity, repositoryPath: [UInt8]?) throws -> BackupSummary? {
        _ = try repository.store.removeAbandoned()
        let pinned = caches.pinnedTip(cacheKey: identity.cacheKey)
        let tip = try committer.tip(pinned: pinned, key: identity.signing.publicKey)
        let (_, captured) = try Concurrently.both { [committer, declaration] in
            declaration.make { try committer.begin(signing: identity.signing) }
        } _: {
            try capture(identity, repositoryPath)
        }
        try declaration.wait()
        guard try locks?.extend(reliance.packs, besides: Set(session.ledger.objects.map(\.name))) ?? true else {
            try giveUp(identity)
            return nil
        }
        let manifest = try committer.writeManifest(session.ledger.objects, signing: identity.signing)
        let verdict = try judge(captured, after: tip, identity)
        let description = describe(captured, verdict)
        let outcome = try committer.commit(
            after: tip, pinned: pinned, mode: session.options.mode, software: session.options.software,
            description: description,
            referenceRoot: captured.root.twin, relying: reliance, manifest: manifest, signing: identity.signing)
        guard case .committed(let newTip) = outcome else {
            try giveUp(identity)
            return nil
        }
        _ = try Concurrently.both { [committer] in
            try committer.end(signing: identity.signing)
        } _: {
            try settle(newTip, captured.root, captured.listing, identity)
            try verdict?.keep(newTip, caches, cacheKey: identity.cacheKey)
        }
        // Who was withdrawn meanwhile must not believe that it is backed up.
        try repository.requireStandingNow(of: identity.id)
        var summary = summary(newTip, identity.id, captured.totals)
        verdict?.fill(&summary)
        return summary
    }

    /// Nil where nobody watches how it changes: log is archived file by file.
    private func judge(
        _ captured: Captured, after tip: SnapshotCommitter.Tip, _ identity: borrowing WriterIdentity
    ) throws -> JudgedChanges? {
        guard session.options.watchesChanges else { return nil }
        var history = caches.signalHistory(cacheKey: identity.cacheKey)
        if !history.alarms.isEmpty { history.clear(cleared()) }
        return JudgedChanges(captured.signals, sequence: tip.sequence + 1, at: session.began, after: history)
    }

    private var reliance: Reliance {
        Reliance(
            sweeps: sweeps, packs: session.memory.reliedOn.union(session.ledger.objects.map(\.name)),
            isComplete: session.memory.checksEverything || previous == nil)
    }

    private func giveUp(_ identity: borrowing WriterIdentity) throws {
        try SnapshotCommitter.abandon(
            sealing.id, of: identity.id, repository: repository.id, store: repository.store, at: clock.now(),
            signing: identity.signing)
        caches.drop(kept)
        session.versions?.abandon()
    }

    private struct Captured {
        var root: ListingReference
        var totals: TreeCapture.Totals
        var listing: ListingWriter
        var signals: SnapshotSignals
    }

    /// Reads the trees and stores everything but the snapshot itself.
    private func capture(
        _ identity: borrowing WriterIdentity, _ repositoryPath: [UInt8]?
    ) throws -> Captured {
        let listing = ListingWriter(
            identity: session.identity, seed: identity.secrets.borderSeed(), chunks: session.metadata, keep: kept,
            ownerNames: SystemOwnerNames(), previous: previous,
            isStored: { [memory = session.memory] block in try memory.isStored(block) })
        let capture = TreeCapture(
            session: session, pipeline: pipeline, listing: listing, previous: previous,
            checksChunks: session.memory.checksEverything,
            repositoryPath: repositoryPath, folder: caches.folder)
        pipeline.start()
        ticker.start()
        try capture.run()
        try pipeline.finish()
        session.packs.beginFinishing()
        let root = try listing.finish()
        try session.metadata.finish()
        session.packs.finish()
        try pipeline.check()
        try session.ledger.writeLastRun()
        ticker.stop()
        return Captured(root: root, totals: capture.totals, listing: listing, signals: capture.signals())
    }

    private func describe(_ captured: Captured, _ verdict: JudgedChanges?) -> SnapshotDescription {
        let totals = captured.totals
        var description = SnapshotDescription()
        description.component = session.options.component
        description.host = session.options.host
        description.user = session.options.user
        description.paths =
            session.options.paths + session.options.streams.map(\.path)
            + session.options.trees.map(\.path)
        description.tags = session.options.tags + session.options.tagsOfContent()
        description.root = captured.root.id
        description.files = totals.files
        description.directories = totals.directories
        description.others = totals.others
        description.contentBytes = totals.contentBytes
        description.problems = counters.problemCount
        description.began = session.began
        description.ended = clock.now()
        description.exclusions = session.options.exclusions
        description.storedBytes = session.ledger.storedBytes
        description.filesTakenOver = totals.filesTakenOver
        (description.signals, description.verdict) = (verdict?.signals.fields, verdict?.verdict.fields)
        return description
    }

    /// Brings this host's state up to the snapshot. It can be lost at any point without harm.
    private func settle(
        _ tip: SnapshotCommitter.Tip, _ root: ListingReference, _ listing: ListingWriter,
        _ identity: borrowing WriterIdentity
    ) throws {
        try caches.pin(tip, cacheKey: identity.cacheKey)
        try locks?.remember(cacheKey: identity.cacheKey)
        let isSame =
            previous?.head.root == root.id && listing.newBlocks == 0
            && previous?.head.settledSweep == sweeps.settled
        if isSame {
            caches.drop(kept)
        } else {
            let head = PreviousListing.Head(
                sequence: tip.sequence, snapshot: tip.digest, root: root.id, rootTwin: root.twin,
                records: listing.recordCount,
                nodes: listing.nodes, settledSweep: sweeps.settled)
            try kept.finish(tail: head.encoded())
            try caches.keep(kept)
        }
        if session.memory.isLoaded || session.memory.hasRecovered || session.memory.checksEverything {
            // A first backup stored what its listing names, and nothing else.
            let isExact = session.memory.beganEmpty && counters.abandonedReadings.now == 0
            let meanwhile = try session.memory.writtenMeanwhile(cacheKey: identity.cacheKey)
            try caches.saveKnown(
                try session.memory.content(), and: meanwhile, isExact: isExact, lists: session.lists,
                isAlone: !journal.hasCompany, cacheKey: identity.cacheKey)
        }
        session.versions?.commit()
        journal.remove()
        for dead in recovered.sessions {
            try SnapshotCommitter.abandon(
                dead, of: identity.id, repository: repository.id, store: repository.store, at: clock.now(),
                signing: identity.signing)
        }
        for path in recovered.journals { _ = LocalFile.remove(path) }
    }

    private func summary(_ tip: SnapshotCommitter.Tip, _ writer: WriterID, _ totals: TreeCapture.Totals)
        -> BackupSummary
    {
        var summary = BackupSummary(
            snapshot: tip.digest, writer: writer, sequence: tip.sequence, mode: session.options.mode)
        summary.files = totals.files
        summary.directories = totals.directories
        summary.others = totals.others
        summary.filesTakenOver = totals.filesTakenOver
        summary.contentBytes = totals.contentBytes
        summary.readBytes = counters.readBytes.now
        summary.newBytes = counters.newBytes.now
        summary.storedBytes = session.ledger.storedBytes
        summary.packs = session.ledger.packCount
        summary.problems = counters.firstProblems
        summary.problemCount = counters.problemCount
        summary.seconds = Double(clock.now().nanoseconds - session.began.nanoseconds) / 1e9
        return summary
    }

    /// Stops everything; what was finished stays for the next run.
    func abandon() {
        ticker.stop()
        pipeline.abandon()
        session.packs.abandon()
        session.metadata.abandon()
        caches.drop(kept)
        session.versions?.abandon()
    }
}

/// Passes errors of the packs' finishing thread on to the pipeline, which is made after the packs.
private final class FailureRelay: Sendable {
    private struct State {
        /// The pipeline owns the session, the session the packs, and the packs this.
        weak var pipeline: ContentPipeline?
        var error: (any Error)?
    }

    private let state = Monitor(State())

    func connect(_ pipeline: ContentPipeline) {
        let early = state.withLock { state in
            state.pipeline = pipeline
            return state.error
        }
        if let early { pipeline.fail(early) }
    }

    func note(_ error: any Error) {
        let pipeline = state.withLock { state in
            state.error = state.error ?? error
            return state.pipeline
        }
        pipeline?.fail(error)
    }
}
