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
    /// Throws where a component is not to be looked into.
    private let admit: @Sendable (_ component: String) throws -> Void
    private let admitted = Monitor(Set<String>())

    /// `permit` may be for a component that is not known yet; then `admit` is asked for each before anything of it is opened.
    package init<Action>(
        permit: consuming Permit<Action>, repository: Repository, opener: SealOpener,
        admit: (@Sendable (_ component: String) throws -> Void)? = nil
    ) throws {
        let target = permit.target
        self.admit =
            admit ?? { component in
                guard Target(components: target.components).covers(Target(component: component)) else {
                    throw DoorRefusal.access(.limited(Target(component: component))).failure(Action.act)
                }
            }
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
        let component = ArchivedFiles.owner(ofLine: try snapshot.description(opener: opener).component)
        if !admitted.withLock({ $0.contains(component) }) {
            try admit(component)
            admitted.withLock { _ = $0.insert(component) }
        }
        return try OpenedSnapshot(snapshot, in: repository, opener, locator: index.locator, packs: packs)
    }
}

extension OpenedRepository {
    /// The ones that `selectors` name, or all that this key opens, newest first.
    package func snapshots(_ selectors: [SnapshotSelector]) throws -> [OpenedSnapshot] {
        guard selectors.isEmpty else { return try selectors.map { try snapshot($0) } }
        return try catalog.committed.reversed().compactMap { snapshot in
            do {
                return try open(snapshot)
            } catch let failure as Failure where failure.code == .notSignedIn {
                throw failure
            } catch {
                return nil
            }
        }
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
