import Identity
import Primitives
import RepositoryEngine
import Sealing

/// Erases what somebody may no longer keep (REG-2): snapshots are dropped whatever retention says, and what this host remembers of them
/// is forgotten. Their bytes go with a collection that leaves nothing unneeded.
package enum Erase {
    /// What an erasure goes by beside the repository.
    package struct Host: Sendable {
        package var state: HostState
        /// Stores that hold copies, as far as the strategy says.
        package var copies: [ErasurePlan.Copy]
        /// Where lists that memory has no room for lie while it runs.
        package var scratch: String
        package var clock: WallClock

        package init(state: HostState, copies: [ErasurePlan.Copy], scratch: String, clock: WallClock) {
            (self.state, self.copies, self.scratch, self.clock) = (state, copies, scratch, clock)
        }

        func copies(of repository: RepositoryID) throws -> [ErasurePlan.Copy] {
            let media = try MediaBook(state, repository: repository).all().filter { $0.copied != nil }
            return copies
                + media.map { medium in
                    ErasurePlan.Copy(
                        .medium, name: medium.label, place: medium.location ?? medium.site, copied: medium.copied)
                }
        }
    }

    /// What `run` would do. Needs a key that opens snapshots, and changes nothing. `permit` is asked when it is known of which components
    /// it is.
    package static func plan<Action>(
        permit: (Target.Extent) throws -> Permit<Action>, repository: Repository, opener: SealOpener,
        choice: ErasureChoice, host: Host, observer: any OperationObserver
    ) throws -> ErasurePlan {
        let plan = try planned(repository, opener, choice, host, observer).plan
        try permit(plan.grave.target.components).require(components: plan.grave.target.components)
        return plan
    }

    /// Does exactly the plan. Without others who have agreed to it, `confirmation` is its digest. What this host remembers goes first, so that
    /// whoever is cut off finds the rest of it by running it again. A snapshot is dropped once.
    package static func run(
        permit: (Target.Extent) throws -> Permit<ForgetAction>, authority: KeyAuthority, choice: ErasureChoice,
        confirmation: String? = nil, host: Host, observer: any OperationObserver,
        leave: (GravePlan) throws -> Leave
    ) throws -> ErasurePlan {
        let session = try authority.open()
        let (planning, plan) = try planned(
            session.repository, session.opener, choice, host, observer)
        try permit(plan.grave.target.components).require(components: plan.grave.target.components)
        try plan.requireFree()
        if case .agreed = choice {} else { try requireConfirmed(plan, confirmation, leave) }
        try leave(plan.grave).require(.erase, plan: plan.digest)
        try HostTraces(host.state, of: session.repository.id).erase(plan)
        let now = authority.clock.now()
        for line in plan.lines {
            guard let snapshot = planning.catalog.snapshots.first(where: { $0.digest == line.summary.id }) else {
                continue
            }
            try session.administration.drop(snapshot, plan: plan.digest, at: now)
        }
        return plan
    }

    /// Who is alone is told so before he is asked for the digest.
    private static func requireConfirmed(
        _ plan: ErasurePlan, _ confirmation: String?, _ leave: (GravePlan) throws -> Leave
    ) throws {
        guard confirmation?.lowercased() != plan.digest.hex else { return }
        try leave(plan.grave).require(.erase, plan: plan.digest)
        try plan.require(confirmation)
    }

    private static func planned(
        _ repository: Repository, _ opener: SealOpener, _ choice: ErasureChoice, _ host: Host,
        _ observer: any OperationObserver
    ) throws -> (planning: ErasurePlanning, plan: ErasurePlan) {
        let planning = try ErasurePlanning(
            repository: repository, opener: opener, now: host.clock.now())
        let plan = try planning.plan(
            choice, copies: try host.copies(of: repository.id),
            space: CollectionSpace(folder: host.scratch),
            checkpoint: { if observer.isCancelled { throw Failure.interrupted } })
        return (planning, plan)
    }
}
