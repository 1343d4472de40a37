import Primitives
import Storage

/// What a collection would condemn.
package struct CollectionPlan: Sendable {
    package var condemned: [SweepRecord.Object] = []
    package var packs: Int = 0
    package var packBytes: UInt64 = 0
    package var snapshots: Int = 0
    /// Packs that are left alone because their footers cannot be read.
    package var unreadable: [Failure] = []

    package var condemnedBytes: UInt64 { condemned.reduce(0) { $0 + $1.size } }
}

/// What a collection did.
package struct CollectionSummary: Sendable {
    /// Zero when there was nothing to collect.
    package var generation: UInt64 = 0
    /// Whether somebody else had begun it.
    package var wasResumed = false
    /// Whether somebody else brought it to its end meanwhile.
    package var wasOvertaken = false
    package var packsRemoved: Int = 0
    package var bytesRemoved: UInt64 = 0
    package var packsPardoned: Int = 0
    package var runsReplaced: Int = 0
    package var unreadable: [Failure] = []

    package init() {}
}
