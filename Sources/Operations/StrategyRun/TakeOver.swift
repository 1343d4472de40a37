import Catalog
import Primitives

/// What a program that was killed left behind: runs without an end, and components that are frozen.
package enum TakeOver {
    package struct Found: Sendable {
        /// They are interrupted, as of now.
        package var runs: [RunRecord] = []
        /// What could not be thawed stays noted as frozen.
        package var stillFrozen: [(component: String, failure: Failure)] = []
    }

    /// Leaves everything alone while another program carries out the strategy: it may be its own. The caller holds `role`.
    package static func run(
        by role: StrategyPresence.Role, state: HostState, catalog: CatalogDatabase, at now: Timestamp
    ) throws -> Found {
        guard !StrategyPresence.isRunning(role == .run ? .daemon : .run, state) else { return Found() }
        return Found(runs: try catalog.endAbandonedRuns(at: now), stillFrozen: try Thaw.leftovers(catalog))
    }
}
