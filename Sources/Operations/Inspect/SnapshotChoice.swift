import RepositoryEngine
import Sealing

/// A snapshot that a person named, found but not opened.
package struct SnapshotChoice: Sendable {
    package let snapshot: CatalogedSnapshot
    package let summary: SnapshotSummary

    package init(_ selector: SnapshotSelector, in repository: Repository, opener: SealOpener) throws {
        let catalog = try SnapshotCatalog(repository: repository)
        snapshot = try selector.resolve(in: catalog, opener: opener)
        summary = SnapshotSummary(snapshot, keyring: repository.keyring, details: nil)
    }
}
