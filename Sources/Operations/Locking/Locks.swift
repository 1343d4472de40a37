import Identity
import Primitives
import RepositoryEngine
import Storage

/// What a repository's locks are, and how an administrator sets them.
package enum Locks {
    /// Nil where nothing is locked.
    package static func inForce(permit: consuming Permit<InspectAction>, repository: Repository) throws -> LockSettings?
    {
        try LockPolicyRecord.inForce(in: repository).map { LockSettings($0) }
    }

    /// Puts `settings` in force for every backup from now on; what is there is locked by the next backup that needs it. Compliance is
    /// never made governance again. Throws `storage-misconfigured` where the store cannot lock, and `audit-reason-missing` for locks that become
    /// shorter where nobody says why.
    package static func set(
        permit: consuming Permit<LockAction>, authority: KeyAuthority, settings: LockSettings, reason: String? = nil,
        leave: (GravePlan) throws -> Leave
    ) throws -> LockSettings {
        let repository = authority.repository
        let before = try LockPolicyRecord.inForce(in: repository)
        if before?.policy.mode == .compliance, settings.policy.mode == .governance {
            throw Failure(
                .usage, "This repository's locks are in compliance mode, which is not taken back.",
                advice: "Set them with --mode compliance. How long they last can be changed for backups to come.")
        }
        if let before, let what = settings.policy.shorter(than: before.policy) {
            guard reason != nil else {
                throw Failure(
                    .auditReasonMissing, "With these settings \(what).",
                    advice: "Say with --reason why that is right, and who decided it. The audit log keeps it.")
            }
            let grave = plan(for: settings, in: repository.id)
            try leave(grave).require(.weakenLock, plan: grave.digest)
        }
        let record = LockPolicyRecord(
            number: (before?.number ?? 0) + 1, time: authority.clock.now(), policy: settings.policy)
        let session = try authority.open()
        // Refused by a store that locks nothing; the record is under the new locks already.
        _ = try LockDuty.take(record, class: nil, on: repository.store, clock: authority.clock)
        return LockSettings(
            try session.administration.setLocks(record.policy, number: record.number, at: record.time))
    }

    /// What others agree to before locks become shorter; nil where they do not.
    package static func weakening(to settings: LockSettings, of repository: Repository) throws -> GravePlan? {
        guard let before = try LockPolicyRecord.inForce(in: repository),
            settings.policy.shorter(than: before.policy) != nil
        else { return nil }
        return plan(for: settings, in: repository.id)
    }

    private static func plan(for settings: LockSettings, in repository: RepositoryID) -> GravePlan {
        let policy = settings.policy
        return GravePlan(
            .weakenLock,
            lines: [
                "in repository \(repository.hex)", "lock in \(policy.mode.rawValue) mode",
                "cohorts of \(policy.cohortDays) days, from \(policy.minimumDays) to \(policy.maximumDays) days in all",
            ] + policy.classes.map { "class \($0.name): \($0.days) days" })
    }
}
