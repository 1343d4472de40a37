import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Takes the state that the repository is in for the true one, after an older copy of it was put back on purpose.
package enum AcceptRollback {
    /// Returns the number of this writer's newest snapshot, 0 when it has none; backups go on from there.
    package static func run(
        permit: consuming Permit<InspectAction>, repository: Repository, host: HostState
    ) throws -> UInt64 {
        let identity = try host.identity(for: repository)
        let tip = try repository.tip(of: identity, pinned: .none)
        let caches = try HostCaches(folder: host.folder(of: repository.id), component: "")
        try caches.pin(tip, cacheKey: identity.cacheKey)
        return tip.sequence
    }
}

extension Repository {
    /// The newest snapshot of `identity`. Throws `rollback` where the repository is older than `pinned`.
    func tip(of identity: borrowing WriterIdentity, pinned: SnapshotCommitter.Tip) throws -> SnapshotCommitter.Tip {
        try SnapshotCommitter.tip(
            of: identity.id, repository: id, store: store, pinned: pinned, key: identity.signing.publicKey,
            administrator: keyring.administrator)
    }
}
