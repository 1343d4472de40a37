import Identity
import Primitives
import RepositoryEngine
import Sealing

/// A snapshot that a person named, found but not opened.
package struct SnapshotChoice: Sendable {
    package let snapshot: CatalogedSnapshot
    package let summary: SnapshotSummary
    /// Damaged, missing or forged records of snapshots, this one's aside.
    package let problems: [Failure]
    /// The newest that is whole was asked for, and one that is not may have been newer.
    package var isInDoubt: Bool { isLatest && !problems.isEmpty }
    private let isLatest: Bool

    /// Of which component it is. Throws where the key does not open it.
    package func components(_ opener: SealOpener) throws -> Target.Extent {
        .only([ArchivedFiles.owner(ofLine: try snapshot.description(opener: opener).component)])
    }

    package init(_ selector: SnapshotSelector, in repository: Repository, opener: SealOpener) throws {
        let catalog = try SnapshotCatalog(repository: repository)
        snapshot = try selector.resolve(in: catalog, opener: opener)
        problems = catalog.problems
        if case .latest = selector { isLatest = true } else { isLatest = false }
        summary = SnapshotSummary(snapshot, keyring: repository.keyring, details: nil)
    }
}
