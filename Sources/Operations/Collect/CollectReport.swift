import Primitives
import RepositoryEngine

/// What a collection did, or would do.
package struct CollectReport: Sendable {
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
    /// Packs whose footers cannot be read; they were left alone.
    package var unreadable: [Failure]

    init(_ plan: CollectionPlan) {
        isDryRun = true
        packs = UInt64(plan.condemned.count)
        bytes = plan.condemnedBytes
        unreadable = plan.unreadable
    }

    init(_ summary: CollectionSummary) {
        generation = summary.generation
        wasResumed = summary.wasResumed
        isOvertaken = summary.wasOvertaken
        packs = UInt64(summary.packsRemoved)
        bytes = summary.bytesRemoved
        pardoned = UInt64(summary.packsPardoned)
        unreadable = summary.unreadable
    }
}
