import Catalog
import Identity
import Primitives
import Strategy

/// How everything stands that the strategy asks for, and what comes next.
package struct StatusReport: Sendable {
    package struct Component: Sendable {
        package var plan: ComponentPlan
        package var health: Health
        /// The newest run that ended.
        package var newest: RunRecord?
        package var isRunning: Bool
        /// When it is due next by the calendar; nil where only a change brings it.
        package var next: (mode: BackupJob.Mode, time: Timestamp)?
        package var isOnChange: Bool
    }

    package struct Store: Sendable {
        package var plan: StorePlan
        /// The newest run of its upkeep or copying that ended.
        package var newest: RunRecord?
        package var next: Timestamp?
    }

    package var project: String
    package var time: Timestamp
    package var components: [Component]
    package var stores: [Store]
    /// Left frozen, as far as the catalog knows.
    package var frozen: [String]
    package var openReviews: [ReviewEntry]
    package var incidents: [OpenIncident]
    /// Alarms that nobody has looked at: nothing of their components is dropped.
    package var anomalies: [AnomalyEntry]
    package var daemon: DaemonFacts

    package struct DaemonFacts: Sendable {
        package var isRunning = false
        package var started: Timestamp?
        /// How changes are seen, a sentence for each root.
        package var watching: [String] = []
        /// How it stands with logs that are received, a sentence for each.
        package var receiving: [String] = []
    }

    /// The worst that there is.
    package var isHealthy: Bool {
        components.allSatisfy { $0.health.state == .healthy } && frozen.isEmpty && anomalies.isEmpty
            && incidents.allSatisfy { $0.event.severity < .error }
    }
}

package enum Status {
    package static func report(
        permit: consuming Permit<InspectAction>, strategy: BackupStrategy, catalog: CatalogDatabase, state: HostState,
        at now: Timestamp
    ) throws -> StatusReport {
        let zone = try TimeZones.rules(strategy.timeZone)
        return StatusReport(
            project: strategy.project, time: now,
            components: try strategy.components.map { try component($0, catalog, zone, now) },
            stores: try strategy.stores.map { try store($0, strategy.upkeep, catalog, zone, now) },
            frozen: try catalog.frozen().map(\.component), openReviews: try catalog.reviews(open: true),
            incidents: try incidents(catalog), anomalies: try catalog.anomalies(open: true),
            daemon: try daemon(catalog, state))
    }

    private static func component(
        _ plan: ComponentPlan, _ catalog: CatalogDatabase, _ zone: TimeZoneRules, _ now: Timestamp
    ) throws -> StatusReport.Component {
        let good = try catalog.newestRun(of: plan.name, [.complete])
        let ended = try catalog.newestRun(of: plan.name, [.complete, .partial, .failed, .missed, .interrupted])
        let running = try catalog.newestRun(of: plan.name, [.running])
        let next = plan.jobs.compactMap { job in job.schedule.next(after: now, in: zone).map { (job.mode, $0) } }
            .min { $0.1 < $1.1 }
        return StatusReport.Component(
            plan: plan,
            health: Health(
                newestGood: good?.started,
                lastWasGood: [.complete, .interrupted].contains(ended?.outcome ?? .complete),
                objective: plan.objectives.recoveryPoint, at: now),
            newest: ended, isRunning: running != nil, next: next.map { (mode: $0.0, time: $0.1) },
            isOnChange: plan.jobs.contains { if case .onChange = $0.schedule { true } else { false } })
    }

    private static func store(
        _ plan: StorePlan, _ upkeep: UpkeepPlan, _ catalog: CatalogDatabase, _ zone: TimeZoneRules, _ now: Timestamp
    ) throws -> StatusReport.Store {
        let schedules = plan.role == .primary ? [upkeep.verify, upkeep.forget, upkeep.collect] : [plan.schedule]
        return StatusReport.Store(
            plan: plan, newest: try catalog.newestRun(of: plan.name, [.complete, .partial, .failed, .missed]),
            next: schedules.compactMap { $0?.next(after: now, in: zone) }.min())
    }

    /// What notifying knows to be wrong.
    package static func incidents(_ catalog: CatalogDatabase) throws -> [OpenIncident] {
        let records = try catalog.dispatcherRecords()
        guard let state = try? DispatcherState(records: records, origin: "") else { return [] }
        return state.incidents.values.sorted { ($1.event.severity, $0.opened) < ($0.event.severity, $1.opened) }
    }

    private static func daemon(_ catalog: CatalogDatabase, _ state: HostState) throws -> StatusReport.DaemonFacts {
        let notes = try catalog.notes()
        var facts = StatusReport.DaemonFacts()
        facts.isRunning = StrategyPresence.isRunning(.daemon, state)
        guard facts.isRunning else { return facts }
        facts.started = notes["daemon.started"]?.time
        facts.watching = notes["daemon.watching"]?.value.split(separator: "\n").map(String.init) ?? []
        facts.receiving = notes["daemon.receiving"]?.value.split(separator: "\n").map(String.init) ?? []
        return facts
    }
}
