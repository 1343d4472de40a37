import Catalog
import Glibc
import Primitives
import RepositoryEngine

/// What this host remembers of components and their snapshots outside of the repository.
struct HostTraces {
    private let state: HostState
    private let folder: String

    init(_ state: HostState, of repository: RepositoryID) {
        (self.state, folder) = (state, state.folder(of: repository))
    }

    /// Forgets all of it that tells more than figures of what `plan` erases. Makes nothing that is not there.
    func erase(_ plan: ErasurePlan) throws {
        for component in Set(plan.lines.compactMap { $0.summary.details?.component }).sorted() {
            try forget(component, isWhole: plan.component != nil)
        }
        guard access(CatalogPlace.path(state), F_OK) == 0 else { return }
        try CatalogPlace.open(state).erase(
            snapshots: plan.lines.map(\.summary.id.hex), component: plan.component)
    }

    /// The kept listing and the versions that differences lean on are of the newest backup: it reads everything again then. How a
    /// component changes is learned anew only when nothing of it stays, for an alarm goes by it.
    private func forget(_ component: String, isWhole: Bool) throws {
        guard access(folder + "/listings", F_OK) == 0 else { return }
        let caches = try HostCaches(folder: folder, component: component)
        caches.dropVersions()
        caches.dropListing()
        if isWhole { caches.dropSignals() }
    }
}
