import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Reads files of snapshots of a log without the index of the whole repository, as long as that goes.
final class LogReading: Sendable {
    private let repository: Repository
    private let opener: SealOpener
    private let packs: PackCache
    private let index = Monitor<IndexSet?>(nil)

    init(repository: Repository, opener: SealOpener) {
        (self.repository, self.opener) = (repository, opener)
        packs = PackCache(store: repository.store, opener: opener)
    }

    var threads: Int { repository.store.usefulThreads }

    /// Returns the digest of what was handed on. Throws after some was only where it is damaged for good.
    func content(
        of path: [UInt8], in key: LogIndex.Key, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Digest32 {
        let confirmed = Names.commit(key.writer, key.sequence)
        let snapshot = try SnapshotCatalog.read(Names.snapshot(key.writer, key.sequence), [confirmed], repository)
        var handed = 0
        do {
            return try open(snapshot, try own(snapshot)).content(of: path) {
                handed += $0.count
                try sink($0)
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            // What another segment has as well, an empty rest for example, was stored by that one's session; and a collection may have moved what
            // this one wrote. The index of the repository knows where; every piece was verified before it was handed on.
            return try open(snapshot, try whole().locator).content(of: path) { piece in
                let known = min(handed, piece.count)
                handed -= known
                if known < piece.count { try sink(UnsafeRawBufferPointer(rebasing: piece[known...])) }
            }
        }
    }

    /// The index that the snapshot's own session wrote.
    private func own(_ snapshot: CatalogedSnapshot) throws -> ChunkLocator {
        let name = Names.session(snapshot.record.writer, snapshot.record.session, "manifest")
        let manifest = try SessionManifest(name, repository: repository)
        guard manifest.digest == snapshot.manifest else {
            throw Failure.damaged(name, "is not the one that the snapshot's commit names")
        }
        let runs = try manifest.objects.filter { $0.kind == .indexRun }.map {
            try IndexRun(
                name: manifest.objectName($0), size: Int64($0.size), store: repository.store, opener: opener)
        }
        return ChunkLocator(runs: runs, store: repository.store)
    }

    private func whole() throws -> IndexSet {
        try index.withLock { index in
            if let index { return index }
            let made = try IndexSet(store: repository.store, opener: opener)
            index = made
            return made
        }
    }

    private func open(_ snapshot: CatalogedSnapshot, _ locator: ChunkLocator) throws -> OpenedSnapshot {
        try OpenedSnapshot(snapshot, in: repository, opener, locator: locator, packs: packs)
    }
}
