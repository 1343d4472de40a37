import Primitives
import Strategy

/// A drill of recovery as a whole: what is left has to bring every component back (VER-3, VER-4).
package enum RecoveryDrill {
    /// The tests of one component that a drill of `plain.kind` is made of: a recovery of the full system has one from each store.
    package static func requests(_ plain: RestoreTest.Request, in strategy: BackupStrategy) -> [RestoreTest.Request] {
        guard plain.kind != .restoreTest else { return [plain] }
        var request = plain
        request.age = .newest
        guard plain.kind == .fullSystem else { return [request] }
        return strategy.reachableStores(of: plain.component).map { store in
            request.store = store
            return request
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
