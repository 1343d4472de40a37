import Primitives
import RepositoryEngine
import Storage
import Strategy

/// What a strategy promises of a store: that nobody takes backups away too early (LOC-3).
enum PromisedLock {
    /// What the store does less than `plan` promises. It only looks: compliance mode cannot be taken back, so a person decides on it.
    static func shortfall(_ plan: StorePlan, _ repository: Repository, clock: WallClock) -> Failure? {
        guard let promised = ObjectLock.Mode(rawValue: plan.immutability.rawValue) else { return nil }
        do {
            guard let record = try LockPolicyRecord.inForce(in: repository) else {
                return failure(plan, promised, "nothing is locked there", repository)
            }
            guard record.policy.mode == promised || record.policy.mode == .compliance else {
                return failure(plan, promised, "they are \(record.policy.mode.rawValue) locks only", repository)
            }
            _ = try LockDuty.take(record, class: nil, on: repository.store, clock: clock)
            return nil
        } catch {
            return error.asFailure
        }
    }

    private static func failure(
        _ plan: StorePlan, _ promised: ObjectLock.Mode, _ found: String, _ repository: Repository
    ) -> Failure {
        Failure(
            .storageMisconfigured,
            "The strategy promises \(promised.rawValue) locks in the store '\(plan.name)', and \(found).",
            advice: repository.store.locking == nil
                ? "It has to be a bucket with object lock ('safehold storage check' says what is missing); or promise less with 'immutability: none'."
                : "An administrator puts them in force with 'safehold storage lock --mode \(promised.rawValue)'.")
    }
}
