import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Takes the state that the repository is in for the true one, after an older copy of it was put back on purpose.
package enum AcceptRollback {
    /// Returns the number of this writer's newest snapshot, 0 when it has none; backups go on from there.
    package static func run(
        permit: consuming Permit<InspectAction>, repository: Repository, host: HostState, clock: WallClock = .system
    ) throws -> UInt64 {
        let identity = try host.identity(for: repository)
        guard let bundle = repository.keyring.newestEpoch(of: identity.domain) else {
            throw Failure(
                .objectMissing, "The repository has no epoch for this host's domain.",
                advice: "Run 'safehold verify' on the repository.")
        }
        let session = try SealingSession(id: .random(), repository: repository.id, bundle: bundle)
        let committer = SnapshotCommitter(
            repository: repository.id, store: repository.store, writer: identity.id, session: session, clock: clock)
        let tip = try committer.tip(pinned: .none, key: identity.signing.publicKey)
        let caches = try HostCaches(folder: host.folder(of: repository.id), component: "")
        try caches.pin(tip, cacheKey: identity.cacheKey)
        return tip.sequence
    }
}
