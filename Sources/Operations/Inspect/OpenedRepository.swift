import Identity
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
        try OpenedSnapshot(snapshot, in: repository, opener, locator: index.locator, packs: packs)
    }
}

extension OpenedRepository {
    /// The ones that `selectors` name, or all that this key opens, newest first.
    package func snapshots(_ selectors: [SnapshotSelector]) throws -> [OpenedSnapshot] {
        guard selectors.isEmpty else { return try selectors.map { try snapshot($0) } }
        return catalog.committed.reversed().compactMap { try? open($0) }
    }

    /// All of a component that this key opens, the oldest first.
    func snapshots(of component: String) -> [OpenedSnapshot] {
        catalog.committed.compactMap { snapshot in
            guard let description = try? snapshot.description(opener: opener), description.component == component else {
                return nil
            }
            return try? open(snapshot)
        }
    }
}
