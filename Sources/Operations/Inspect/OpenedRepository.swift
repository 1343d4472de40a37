import Primitives
import RepositoryEngine
import Sealing

/// A repository ready to be looked into: keys, index and snapshots at hand.
package final class OpenedRepository: Sendable {
    package let repository: Repository
    package let opener: SealOpener
    package let catalog: SnapshotCatalog
    private let index: IndexSet
    private let packs: PackCache

    package init(permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener) throws {
        self.repository = repository
        self.opener = opener
        catalog = try SnapshotCatalog(repository: repository)
        index = try IndexSet(store: repository.store, opener: opener)
        packs = PackCache(store: repository.store, opener: opener)
    }

    /// What is wrong with snapshots and index, for a warning.
    package var problems: [Failure] { catalog.problems + index.problems }
    package var runs: [IndexRun] { index.locator.runs }

    package func snapshot(_ selector: SnapshotSelector) throws -> OpenedSnapshot {
        try open(try selector.resolve(in: catalog, opener: opener))
    }

    package func snapshot(of component: ChosenComponent) throws -> OpenedSnapshot { try open(component.snapshot) }

    func open(_ snapshot: CatalogedSnapshot) throws -> OpenedSnapshot {
        let description = try snapshot.description(opener: opener)
        guard let identity = opener.identity(of: snapshot.record.domain) else {
            throw Failure(
                .keyDenied, "This key does not open domain \(snapshot.record.domain.hex.prefix(8)).",
                advice: "Use the key of a recipient of that domain; 'safehold keys' lists them.")
        }
        return OpenedSnapshot(
            summary: SnapshotSummary(snapshot, keyring: repository.keyring, details: SnapshotDetails(description)),
            root: description.root, store: repository.store, locator: index.locator, packs: packs, identity: identity)
    }
}

extension OpenedRepository {
    /// The ones that `selectors` name, or all that this key opens, newest first.
    package func snapshots(_ selectors: [SnapshotSelector]) throws -> [OpenedSnapshot] {
        guard selectors.isEmpty else { return try selectors.map { try snapshot($0) } }
        return catalog.committed.reversed().compactMap { try? open($0) }
    }
}
