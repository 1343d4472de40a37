import Identity
import Primitives
import Strategy

/// Draws up the report of success out of this host's catalog.
package enum DrawSuccessReport {
    package static func run(
        permit: consuming Permit<InspectAction>, period: ReportPeriod, strategy: BackupStrategy, state: HostState,
        at now: Timestamp
    ) throws -> SuccessReport {
        try SuccessReport.of(period, catalog: try CatalogPlace.open(state), strategy: strategy, at: now)
    }
}
