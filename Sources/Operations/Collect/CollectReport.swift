import Primitives
import RepositoryEngine

/// What a collection did, or would do.
package struct CollectReport: Sendable {
    /// Packs that wait for the end of their locks.
    package struct Locked: Sendable {
        package var packs: UInt64
        package var bytes: UInt64
        /// Under a legal hold.
        package var held: UInt64
        /// When the last of the locks ends.
        package var until: Timestamp?

        init(_ locked: LockedPacks) {
            (packs, bytes, held, until) = (locked.packs, locked.bytes, locked.held, locked.until)
        }
    }

    package var isDryRun = false
    /// Zero when there was nothing to collect.
    package var generation: UInt64 = 0
    /// Whether somebody else had begun it.
    package var wasResumed = false
    /// Whether somebody else brought it to its end meanwhile.
    package var isOvertaken = false
    package var packs: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Packs that a snapshot turned out to need after they had been condemned.
    package var pardoned: UInt64 = 0
    /// Packs of which a part was needed; it was moved into new ones.
    package var rewritten: UInt64 = 0
    package var movedBytes: UInt64 = 0
    /// Packs that are not needed as they are, and that the store keeps locked.
    package var locked: Locked
    /// Packs that cannot be read; they were left alone.
    package var unreadable: [Failure]

    init(_ plan: CollectionPlan) {
        isDryRun = true
        packs = UInt64(plan.condemned.count)
        bytes = plan.condemnedBytes
        (rewritten, movedBytes, locked) = (UInt64(plan.rewritten), plan.movedBytes, Locked(plan.locked))
        unreadable = plan.unreadable
    }

    init(_ summary: CollectionSummary) {
        generation = summary.generation
        wasResumed = summary.wasResumed
        isOvertaken = summary.wasOvertaken
        packs = UInt64(summary.packsRemoved)
        bytes = summary.bytesRemoved
        (rewritten, movedBytes) = (UInt64(summary.packsRewritten), summary.bytesMoved)
        locked = Locked(summary.locked)
        pardoned = UInt64(summary.packsPardoned)
        unreadable = summary.unreadable
    }
}
