import Identity
import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// Drops snapshots that are no longer wanted. What they needed is freed by `collect`.
package enum Forget {
    /// What `run` would do. Needs a key that opens snapshots, and changes nothing. `state` is asked which alarms somebody has looked at; without
    /// it, nobody has.
    package static func plan(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener, choice: ForgetChoice,
        clock: WallClock, state: HostState? = nil
    ) throws -> ForgetPlan {
        try ForgetPlanning(repository: repository, opener: opener, now: clock.now(), state: state).plan(choice)
    }

    /// Signs a drop record for each snapshot that the plan does not keep. A plan that drops more than ten snapshots of a component and more
    /// than half of them needs its own digest as `confirmation`, unless others have agreed to it. `permit` and `leave` are asked for before the first
    /// one is dropped, when it is known what they are of. Interrupted, it can be run again.
    package static func run(
        permit: (Target.Extent) throws -> Permit<ForgetAction>, authority: KeyAuthority, choice: ForgetChoice,
        confirmation: String? = nil, leave: (GravePlan) throws -> Leave
    ) throws -> ForgetPlan {
        let session = try authority.open()
        let now = authority.clock.now()
        let planning = try ForgetPlanning(
            repository: session.repository, opener: session.opener, now: now, state: authority.state)
        let plan = try planning.plan(choice)
        try permit(plan.components).require(components: plan.components)
        if case .agreed = choice {} else { try plan.require(confirmation) }
        let grave = plan.grave(session.repository)
        if case .agreed(let ids) = choice, ids.count != plan.leaving.count {
            throw ApprovalRefusal.otherPlan.failure
        }
        if !plan.leaving.isEmpty {
            try leave(grave).require(.dropSnapshots, plan: grave.digest)
        }
        for summary in plan.leaving {
            guard let snapshot = planning.snapshot(summary.id) else { continue }
            try session.administration.drop(snapshot, plan: plan.digest, at: now)
        }
        return plan
    }
}
