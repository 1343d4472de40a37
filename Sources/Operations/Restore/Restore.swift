import CLinux
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Brings a snapshot, or part of it, back into a directory.
package enum Restore {
    /// The listing is planned in windows of some thousand entries. Each window's chunks are read in the order of packs, neighbours
    /// together, each chunk is opened and checked once, and all files that want a part of it are written: under a temporary name,
    /// with their metadata, then renamed. Directories get their metadata when nothing more comes into them. Memory does not grow with
    /// the snapshot. What cannot be restored is a problem of the entry; all others are restored.
    ///
    /// A run that was killed goes on when it is started again: what is complete is left alone, temporary files are removed.
    package static func run(
        permit: consuming Permit<RestoreAction>, repository: Repository, opener: SealOpener, options: RestoreOptions,
        observer: any OperationObserver
    ) throws -> RestoreSummary {
        let clock = ContinuousClock()
        let began = clock.now
        sh_release_memory()
        let engine = try SnapshotReader(repository: repository, opener: opener, snapshot: options.snapshot)
        try permit.require(components: .only([ArchivedFiles.owner(ofLine: engine.description.component)]))
        try TargetCheck.check(options, repository, engine.description)
        let selection = try Selection(
            options.selection, files: options.files, roots: engine.description.paths, strip: options.strip,
            parent: options.parent)
        let description = engine.description
        let ledger = RestoreLedger(
            observer: observer, totalEntries: description.files + description.directories + description.others,
            totalBytes: description.contentBytes)
        for problem in engine.index.problems {
            ledger.warn("\(problem.message) Its chunks are found through the packs themselves.")
        }
        let tree = try TargetTree.open(options.target, dryRun: options.dryRun, guarded: options.guarded)
        if options.sync, !options.dryRun { try noteTarget(tree) }
        // Modes come from the snapshot, not from the mask of whoever restores.
        let mask = sh_set_umask(0)
        defer { _ = sh_set_umask(mask) }
        do {
            try restore(engine, options, selection, tree, ledger)
        } catch let failure as Failure where failure.code == .pathMissing {
            if !tree.root.existed, !options.dryRun { _ = LocalFile.removeEmptyDirectory(options.target) }
            throw failure
        }
        let waits = options.sync && !options.dryRun
        if waits { try tree.touched.sync() }
        if options.verify, !options.dryRun {
            try RestoreCheck(engine: engine, tree: tree, ledger: ledger).run(selection)
        }
        var summary = ledger.finish()
        summary.synced = waits
        let elapsed = (clock.now - began).components
        summary.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return summary
    }

    private static func noteTarget(_ tree: TargetTree) throws {
        do {
            try tree.touched.note(tree.root, path: tree.path)
        } catch let error as SystemError {
            throw error.failure(target: tree.path)
        }
    }

    private static func restore(
        _ engine: SnapshotReader, _ options: RestoreOptions, _ selection: Selection, _ tree: TargetTree,
        _ ledger: RestoreLedger
    ) throws {
        let fileLimit = sh_raise_file_limit(Int(engine.reach.directoriesPerWindow) * 4 + 256)
        let crew =
            options.dryRun
            ? nil
            : RestoreCrew(
                tree: tree, ledger: ledger, policy: options.overwrite, reach: engine.reach,
                chunks: { engine.chunkReader() })
        defer { crew?.dismiss() }
        if crew != nil, tree.root.existed {
            ledger.count { [removed = tree.removeLeftovers(in: tree.root)] in $0.removedLeftovers += removed }
        }
        let planner = RestorePlanner(
            options: options, selection: selection, tree: tree, ledger: ledger, crew: crew,
            locator: engine.index.locator,
            contents: ListingReader(chunks: engine.chunkReader()), fileLimit: Int(fileLimit))
        do {
            var listing = ListingReader(chunks: engine.chunkReader())
            try listing.forEachRecord(
                below: engine.description.root, where: { selection.mayHold($0) },
                damaged: { part, failure in
                    ledger.lost(part, failure)
                }
            ) { record, _ in
                try planner.accept(record)
                return true
            }
            try planner.finish()
        } catch {
            // Whoever works still stops at the next step; what was begun is removed by the next run.
            ledger.stop(error as? Failure ?? (error as? SystemError)?.failure(target: tree.path) ?? .interrupted)
            throw error as? Failure ?? (error as? SystemError)?.failure(target: tree.path) ?? error
        }
        guard planner.matchedAnything else {
            throw Failure(
                .pathMissing, "The snapshot holds nothing that matches \(options.selection.joined(separator: ", ")).",
                advice: "'safehold ls' shows what it holds; paths are absolute, as they were backed up.")
        }
    }
}

/// A snapshot opened for reading its listing and its content.
package struct SnapshotReader: Sendable {
    package let description: SnapshotDescription
    package let index: IndexSet
    private let repository: Repository
    private let packs: PackCache
    private let identity: ChunkIdentity

    package init(repository: Repository, opener: SealOpener, snapshot: CatalogedSnapshot) throws {
        do {
            description = try snapshot.record.description(opener: opener)
        } catch let error as EncodingError {
            throw Failure.damaged(snapshot.name, error.problem)
        }
        guard let identity = opener.identity(of: snapshot.record.domain) else {
            throw Failure(
                .keyDenied, "This key does not open the domain that the snapshot belongs to.",
                advice: "Use the key of one of its recipients; 'safehold keys' lists them.")
        }
        index = try IndexSet(store: repository.store, opener: opener)
        packs = PackCache(store: repository.store, opener: opener)
        self.repository = repository
        self.identity = identity
    }

    var reach: ReadingReach { ReadingReach(of: repository.store) }

    /// A reader for one thread.
    package func chunkReader() -> ChunkReader {
        ChunkReader(store: repository.store, locator: index.locator, packs: packs, identity: identity)
    }
}

extension RestoreLedger {
    func lost(_ part: ListingReference, _ failure: Failure) {
        let last = String(decoding: part.lastPath, as: UTF8.self)
        problem(part.firstPath, .damaged, "\(part.records) entries from here to /\(last) are lost: \(failure.message)")
    }
}
