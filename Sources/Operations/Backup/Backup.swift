import Chunking
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

extension Backup {
    /// Saves `options.paths` and `options.streams` as one snapshot.
    ///
    /// Declares a session, walks the trees beside the previous listing, stores what is new, writes the new listing, and commits.
    /// Entries that cannot be read are reported and counted; the snapshot holds the rest. A stream that is not whole fails it all. An interruption throws `interrupted` and leaves
    /// finished packs to the next run. A collection that frees what it relies on makes it begin again. It needs the writer's identity in `host`, and no passphrase.
    package static func run(
        permit: consuming Permit<BackupAction>, repository: Repository, host: HostState, options: BackupOptions,
        observer: any OperationObserver, clock: WallClock = .system
    ) throws -> BackupSummary {
        try permit.require(components: .only([ArchivedFiles.owner(ofLine: options.component)]))
        let began = clock.now()
        var options = options
        options.guarded = GuardedState(host)
        let repositoryPath = localPath(of: repository.store)
        try BackupPaths.check(options, repository: repositoryPath)
        let identity = try host.identity(for: repository)
        try repository.requireStanding(of: identity.id)
        guard let bundle = repository.keyring.newestEpoch(of: identity.domain) else {
            throw Failure(
                .objectMissing, "The repository has no epoch for this host's domain.",
                advice: "Run 'safehold verify' on the repository.")
        }
        let caches = try HostCaches(
            folder: options.stateFolder ?? host.folder(of: repository.id), component: options.component)
        for _ in 0..<mostAttempts {
            let run = try BackupRun(
                repository: repository, identity: identity, bundle: bundle, caches: caches, options: options,
                observer: observer, began: began,
                clock: clock, cleared: { Alarms.cleared(host) })
            do {
                if let summary = try run.perform(identity: identity, repositoryPath: repositoryPath) {
                    Alarms.note(summary, of: options.component, host, observer, at: clock.now())
                    return summary
                }
            } catch {
                run.abandon()
                throw error
            }
            observer.warning(
                "A collection freed space that this backup relied on: it begins again, without reading twice what it stored."
            )
        }
        throw Failure(
            .stateBusy, "Collections overtook this backup \(mostAttempts) times in a row.",
            advice: "Run the backup again when nobody collects; what it stored is kept and used.")
    }

    private static let mostAttempts = 5

    private static func localPath(of store: any ObjectStore) -> [UInt8]? {
        guard let directory = store.directory, let real = realpath(directory, nil) else { return nil }
        defer { free(real) }
        return Array(String(cString: real).utf8.drop { $0 == 0x2F })
    }
}
