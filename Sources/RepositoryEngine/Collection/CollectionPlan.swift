import Primitives
import Storage

/// Packs that nobody needs as they are, and that the store keeps all the same.
package struct LockedPacks: Sendable, Equatable {
    package var packs: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Those of them that are under a legal hold, which has no end.
    package var held: UInt64 = 0
    /// When the last of their locks ends.
    package var until: Timestamp?

    package init() {}

    mutating func add(bytes size: UInt64, until end: Timestamp?, isHeld: Bool) {
        packs += 1
        bytes += size
        if isHeld { held += 1 }
        if let end { until = max(until ?? end, end) }
    }
}

/// What a collection would condemn.
package struct CollectionPlan: Sendable {
    package var condemned: [SweepRecord.Object] = []
    /// Those of them that are needed in part: it is moved into new packs first.
    package var rewritten: Int = 0
    package var movedBytes: UInt64 = 0
    package var packs: Int = 0
    package var packBytes: UInt64 = 0
    package var snapshots: Int = 0
    package var locked = LockedPacks()
    /// Packs that are left alone because they cannot be read.
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
    /// Packs that were needed in part, and are condemned now that it stands elsewhere.
    package var packsRewritten: Int = 0
    package var bytesMoved: UInt64 = 0
    package var packsPardoned: Int = 0
    package var runsReplaced: Int = 0
    package var locked = LockedPacks()
    package var unreadable: [Failure] = []

    package init() {}

    mutating func take(_ plan: CollectionPlan) {
        (packsRewritten, bytesMoved) = (plan.rewritten, plan.movedBytes)
        (locked, unreadable) = (plan.locked, plan.unreadable)
    }
}
