import Catalog
import Metrics
import Operations
import Primitives
import Strategy

extension MetricsSnapshot {
    /// `logs`: of components by their names.
    init(_ report: StatusReport, daemon: Daemon, logs: [String: Log]) {
        self.init(project: report.project, time: report.time, daemon: daemon)
        components = report.components.map { status in
            var component = Component(status)
            component.log = logs[status.plan.name] ?? Log()
            return component
        }
        stores = report.stores.map(Store.init)
    }
}

extension MetricsSnapshot.Component {
    fileprivate init(_ component: StatusReport.Component) {
        self.init(
            component.plan.name, kind: component.plan.kind.rawValue, store: component.plan.store,
            state: MetricsSnapshot.State(component))
        isRunning = component.isRunning
        lastSuccess = component.health.newestGood
        lastAttempt = component.newest?.started
        nextDue = component.next?.time
        objective = component.health.objective.map { Double($0.components.seconds) }
        guard let run = component.newest else { return }
        last.seconds = run.ended.map { Double($0.nanoseconds - run.started.nanoseconds) / 1e9 }
        (last.files, last.bytes, last.problems) = (run.figures.files, run.figures.bytes, run.figures.problems)
        (last.bytesRead, last.bytesNew) = (run.figures.bytesRead, run.figures.bytesNew)
        last.bytesStored = run.figures.bytesStored
    }
}

extension MetricsSnapshot.State {
    fileprivate init(_ component: StatusReport.Component) {
        switch component.health.state {
        case .healthy: self = .healthy
        case .late: self = .late
        case .failing: self = component.newest?.outcome == .partial ? .partial : .failed
        case .never: self = .never
        }
    }
}

extension MetricsSnapshot.Store {
    fileprivate init(_ store: StatusReport.Store) {
        self.init(store.plan.name, role: store.plan.role.rawValue, site: store.plan.site)
        guard let run = store.newest, run.outcome == .complete else { return }
        if store.plan.role == .secondary { lastReplication = run.ended }
        if run.mode == "verify" { lastVerification = run.ended }
    }
}
