import Primitives
import Storage

/// What the repository's locks ask of whoever writes just now.
package struct LockDuty: Sendable {
    /// The store's time, by which locks end.
    package var now: Timestamp
    /// Until when everything that is written has to stay.
    package var required: Timestamp
    package var lock: ObjectLock
    /// Of the policy that asks for it.
    package var number: UInt64

    /// Nil where nothing is to be locked; otherwise the store locks from now on what is written through it. Throws
    /// `storage-misconfigured` where it cannot, or where its clock is not to be believed: nothing is written unlocked that ought to be locked.
    package static func take(_ repository: Repository, class name: String? = nil, clock: WallClock) throws -> LockDuty?
    {
        guard let record = try LockPolicyRecord.inForce(in: repository) else {
            guard name == nil else {
                throw Failure(
                    .usage, "This repository locks nothing, so it has no classes of retention.",
                    advice: "Leave --retention-class out, or set locks with 'safehold storage lock --mode compliance'.")
            }
            return nil
        }
        return try take(record, class: name, on: repository.store, clock: clock)
    }

    package static func take(
        _ record: LockPolicyRecord, class name: String?, on store: any ObjectStore, clock: WallClock
    ) throws -> LockDuty {
        guard let locking = store.locking else {
            throw Failure(
                .storageMisconfigured,
                "This repository's backups are to be locked, and \(store.location) cannot lock anything.",
                advice:
                    "Use a bucket that was made with object lock. Copies of the repository elsewhere are for reading; 'safehold replicate' brings them up to date."
            )
        }
        let now = try locking.now()
        let (difference, _) = now.nanoseconds.subtractingReportingOverflow(clock.now().nanoseconds)
        guard difference.magnitude < LockPolicy.day.magnitude else {
            throw Failure(
                .storageMisconfigured, "The clock of \(store.location) says \(now), this host's \(clock.now()).",
                advice: "Set the wrong one right: locks that cannot be taken back are not set by a clock in doubt.")
        }
        let required = try record.policy.required(name, from: now)
        let lock = record.policy.lock(until: required)
        locking.lockNewObjects(lock)
        return LockDuty(now: now, required: required, lock: lock, number: record.number)
    }
}
