import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives
import Strategy

struct StatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show in one screen what is healthy, late or failed, and what happens next.",
        discussion: """
            Reads the strategy file and this host's catalog; asks no store and takes no key. Exit status 0 when every component is as was
            promised and nothing is wrong, 3 otherwise.

              safehold status
              safehold status --json
            """)

    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let loaded = try session.strategy(strategyOptions)
        let report = try Status.report(
            permit: try session.permit(InspectAction.self, on: .anything), strategy: loaded.strategy,
            catalog: try CatalogPlace.open(surroundings.hostState), state: surroundings.hostState,
            at: surroundings.clock.now())
        if session.output.json {
            records(report, session.output)
        } else {
            session.output.lines(StatusText.lines(report))
        }
        return report.isHealthy ? .done : .partial
    }

    private func records(_ report: StatusReport, _ output: Output) {
        for component in report.components { output.record("component-status") { component.fill(&$0) } }
        for store in report.stores { output.record("store-status") { store.fill(&$0) } }
        for incident in report.incidents { output.record("incident") { incident.fill(&$0) } }
        for review in report.openReviews { output.record("review") { review.fill(&$0) } }
        output.record("status") { object in
            object.set("project", report.project)
            object.set("time", report.time)
            object.set("healthy", report.isHealthy)
            object.set("daemon", report.daemon.isRunning)
            if let started = report.daemon.started { object.set("daemon_started", started) }
            object.set("watching", report.daemon.watching)
            object.set("receiving", report.daemon.receiving)
            object.set("frozen", report.frozen)
            object.set("retention_paused", Set(report.anomalies.map(\.component)).sorted())
        }
    }
}

/// One screen.
enum StatusText {
    static func lines(_ report: StatusReport) -> [String] {
        var lines = ["\(report.project), \(Text.time(report.time)) UTC", daemon(report), ""]
        var table = Table([
            ("component", .left), ("state", .left), ("last good", .left), ("promised", .left), ("next", .left),
            ("last run", .left),
        ])
        for component in report.components { table.add(row(component, report.time)) }
        lines += table.lines
        if !report.stores.isEmpty { lines += [""] + stores(report) }
        if !report.daemon.receiving.isEmpty { lines += [""] + report.daemon.receiving }
        for name in report.frozen { lines.append("FROZEN: \(name); 'safehold daemon' thaws it when it starts.") }
        if !report.anomalies.isEmpty { lines.append("") }
        lines += report.anomalies.flatMap(\.lines)
        if !report.incidents.isEmpty { lines += ["", "Open incidents ('safehold notify acknowledge NUMBER'):"] }
        for incident in report.incidents {
            let acknowledged = incident.acknowledged.map { ", \($0.by) looks after it" } ?? ""
            lines.append(
                "  \(incident.number)  \(incident.event.severity.rawValue): \(incident.event.summary)\(acknowledged)")
        }
        if !report.openReviews.isEmpty { lines += ["", "Open reviews ('safehold review done NUMBER'):"] }
        for review in report.openReviews {
            lines.append("  \(review.id)  \(review.name), due \(Text.day(review.due)): \(review.reason)")
        }
        return lines
    }

    private static func daemon(_ report: StatusReport) -> String {
        guard report.daemon.isRunning else { return "The daemon does not run: nothing happens by itself." }
        return "The daemon runs" + (report.daemon.started.map { " since \(Text.time($0)) UTC." } ?? ".")
    }

    private static func row(_ component: StatusReport.Component, _ now: Timestamp) -> [String] {
        let good = component.health.newestGood.map { Text.duration(seconds($0, now)) + " ago" } ?? "never"
        let next = component.next.map { "\($0.mode.rawValue) \(Text.time($0.time))" } ?? ""
        let onChange = component.isOnChange ? (next.isEmpty ? "on change" : ", on change") : ""
        let last = component.newest.map { run in
            "\(run.mode), \(run.outcome.rawValue)" + (run.failure.map { ": \($0.code.rawValue)" } ?? "")
        }
        return [
            component.plan.name, component.isRunning ? "running" : component.health.state.rawValue, good,
            component.health.objective.map { "within " + DurationText.text($0) } ?? "", next + onChange, last ?? "",
        ]
    }

    private static func stores(_ report: StatusReport) -> [String] {
        var table = Table([("store", .left), ("role", .left), ("site", .left), ("next", .left), ("last run", .left)])
        for store in report.stores {
            let last = store.newest.map { "\($0.mode), \($0.outcome.rawValue), \(Text.time($0.started))" } ?? ""
            table.add([
                store.plan.name, store.plan.role.rawValue, store.plan.site, store.next.map(Text.time) ?? "", last,
            ])
        }
        return table.lines
    }

    private static func seconds(_ from: Timestamp, _ to: Timestamp) -> Double {
        Double(to.nanoseconds - from.nanoseconds) / 1e9
    }
}

extension StatusReport.Component {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("component", plan.name)
        object.set("kind", plan.kind.rawValue)
        object.set("state", health.state.rawValue)
        object.set("running", isRunning)
        if let good = health.newestGood { object.set("last_good", good) }
        if let objective = health.objective {
            object.set("objective_seconds", seconds: Double(objective.components.seconds))
        }
        if let late = health.lateAt { object.set("late_at", late) }
        if let next {
            object.set("next", next.time)
            object.set("next_mode", next.mode.rawValue)
        }
        object.set("on_change", isOnChange)
        if let newest { object.set("last_outcome", newest.outcome.rawValue) }
    }
}

extension StatusReport.Store {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("store", plan.name)
        object.set("role", plan.role.rawValue)
        object.set("site", plan.site)
        if let next { object.set("next", next) }
        if let newest {
            object.set("last_run", newest.started)
            object.set("last_outcome", newest.outcome.rawValue)
        }
    }
}

extension OpenIncident {
    func fill(_ object: inout JSONObject) {
        object.set("number", UInt64(clamping: number))
        object.set("event", event.kind.name)
        object.set("severity", event.severity.rawValue)
        object.set("since", opened)
        object.set("summary", event.summary)
        object.set("advice", event.advice)
        object.set("acknowledged_by", acknowledged?.by)
    }
}
