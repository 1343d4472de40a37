import Primitives
import Strategy

/// A drill of recovery as a whole: what is left has to bring every component back (VER-3, VER-4).
package enum RecoveryDrill {
    /// Every one that has the component and can be reached: a recovery of the full system is from each in turn.
    package static func stores(of component: ComponentPlan, in strategy: BackupStrategy) -> [StorePlan] {
        strategy.stores.filter {
            ($0.name == component.store || $0.copyOf == component.store) && !$0.location.isEmpty
        }
    }

    /// All of it where that finds room, and else a sample, which the record says.
    package static func test(
        _ request: RestoreTest.Request, sample: Int, _ run: (RestoreTest.Request) throws -> EvidenceRecord
    ) throws -> EvidenceRecord {
        do { return try run(request) } catch let failure as Failure
            where failure.code == .storageFull && request.sample == nil && request.kind != .restoreTest
            && !request.component.isStreamed
        {
            var smaller = request
            smaller.sample = sample
            smaller.shortOf = "all of it found no room in the scratch space, so a sample was restored"
            return try run(smaller)
        }
    }

    /// Of all that one drill tested.
    package struct Outcome: Sendable {
        /// From the declaration until the last component could be used.
        package var recoverySeconds: UInt64
        /// Of the component that would lose most.
        package var lossSeconds: UInt64
        package var failed: Int
        package var partial: Int

        package init(_ records: [EvidenceRecord]) {
            let counts = { (path: String) in records.compactMap { $0.value(path)?.count }.max() ?? 0 }
            recoverySeconds = counts("objectives.recovery_time_seconds")
            lossSeconds = counts("objectives.recovery_point_seconds")
            failed = records.count { $0.verdict == "failed" }
            partial = records.count { $0.verdict == "partial" }
        }
    }
}
