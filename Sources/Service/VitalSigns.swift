import Audit
import Capture
import Catalog
import Identity
import Metrics
import MetricsEndpoint
import Notification
import Operations
import Primitives
import Strategy

/// What shows from outside that the daemon lives and how all stands: the service manager's watchdog, metrics, the outside watch; and promises
/// that are broken by time alone.
struct VitalSigns {
    private let given: DaemonSurroundings
    private let started: Timestamp
    private let lane = Lane()
    private let board = Monitor<(snapshot: MetricsSnapshot?, trouble: String?)>((nil, nil))
    private var server: MetricsServer?
    private var listening: NotificationPlan.Metrics?
    private var lastAlive: ContinuousClock.Instant?
    private var lastLook: ContinuousClock.Instant?
    private var lastPing: ContinuousClock.Instant?
    private var watching = ""
    /// Nil before it was noted: what a daemon before this one noted says nothing.
    private var receiving: String?
    private let logs: LogWatch
    private var accounts = AccountWatch()
    private var clocks = ClockWatch()
    private let signatures: SignatureWatch

    private static let lookInterval = Duration.seconds(5)

    init(_ given: DaemonSurroundings) {
        self.given = given
        logs = LogWatch(given)
        signatures = SignatureWatch(given)
        started = given.surroundings.clock.now()
    }

    /// To be called at every turn; most of them cost nothing.
    mutating func look(_ daemon: Daemon, at now: Timestamp) throws -> [News] {
        let instant = ContinuousClock.now
        if let watchdog = given.manager.watchdog, lastAlive.map({ $0.duration(to: instant) > watchdog / 3 }) ?? true {
            lastAlive = instant
            given.manager.alive()
        }
        guard lastLook.map({ $0.duration(to: instant) > Self.lookInterval }) ?? true else { return [] }
        let isFirst = lastLook == nil
        lastLook = instant
        if isFirst { try daemon.catalog.note("daemon.started", given.software, at: started) }
        let report = try Status.report(
            permit: try given.surroundings.door.permit(for: InspectAction.self), strategy: daemon.loaded.strategy,
            catalog: daemon.catalog, state: given.surroundings.hostState, at: now)
        given.manager.status(Self.line(report))
        try show(report, daemon, at: now)
        ping(report, daemon.loaded.strategy.notifications, instant)
        try noteReceiving(daemon)
        let news = promises(report, at: now) + daemon.logs.news(at: now) + (try noteWatching(daemon, at: now))
        return news + (try watched(at: now))
    }

    /// What those who keep security are told of.
    private mutating func watched(at now: Timestamp) throws -> [News] {
        try accounts.look(given.surroundings, at: now) + signatures.look(at: now)
            + clocks.look(AuditPlace(state: given.surroundings.hostState.root), at: now)
    }

    mutating func end(_ catalog: CatalogDatabase, at now: Timestamp) throws {
        lane.end()
        logs.end()
        signatures.end()
        server?.stop()
        server = nil
        try catalog.note("daemon.ended", "", at: now)
    }

    private static func line(_ report: StatusReport) -> String {
        let healthy = report.components.count { $0.health.state == .healthy }
        let running = report.components.filter(\.isRunning).map(\.plan.name)
        let next = report.components.compactMap(\.next?.time).min().map { ", next at \($0)" } ?? ""
        return "\(healthy) of \(report.components.count) components healthy"
            + (running.isEmpty ? "" : ", backing up \(running.joined(separator: ", "))") + next
    }

    // MARK: What was promised

    private func promises(_ report: StatusReport, at now: Timestamp) -> [News] {
        report.components.map { component in
            let key = "objective/\(component.plan.name)"
            guard component.health.state == .late, let good = component.health.newestGood,
                let objective = component.health.objective
            else { return .right(key) }
            let age = DurationText.text(.seconds((now.nanoseconds - good.nanoseconds) / 1_000_000_000))
            return .wrong(
                Event(
                    .objectiveExceeded, key, component.plan.criticality == .critical ? .critical : .error, at: now,
                    "The newest good backup of '\(component.plan.name)' is \(age) old; \(DurationText.text(objective)) were promised.",
                    advice:
                        "'safehold runs --component \(component.plan.name)' shows what kept it from being backed up."))
        }
    }

    private mutating func noteWatching(_ daemon: Daemon, at now: Timestamp) throws -> [News] {
        let reports = daemon.changes.reports
        let text = reports.map(\.sentence).joined(separator: "\n")
        guard text != watching else { return [] }
        watching = text
        try daemon.catalog.note("daemon.watching", text, at: now)
        for report in reports { given.say(.watching(report.sentence)) }
        let polled = Dictionary(grouping: reports.filter { $0.method == .polling && $0.exists }, by: \.id)
        return Set(reports.map(\.id)).sorted().map { id in
            guard let first = polled[id]?.first else { return .right("watch/\(id)") }
            return .wrong(ServiceNews.polling(first.sentence, id, at: now))
        }
    }

    /// For those who ask how things stand.
    private mutating func noteReceiving(_ daemon: Daemon) throws {
        let text = daemon.logs.sentences.joined(separator: "\n")
        guard text != receiving else { return }
        receiving = text
        try daemon.catalog.note("daemon.receiving", text, at: given.surroundings.clock.now())
    }

    // MARK: The outside watch

    /// As long as nothing that was promised is broken. Whoever is behind the address raises the alarm when nobody asks any more.
    private mutating func ping(_ report: StatusReport, _ plan: NotificationPlan, _ instant: ContinuousClock.Instant) {
        guard let deadMan = plan.deadMan, report.components.allSatisfy({ $0.health.state != .late }),
            lastPing.map({ $0.duration(to: instant) >= deadMan.every - Self.lookInterval }) ?? true
        else { return }
        lastPing = instant
        let pinger = DeadManSwitch(deadMan, authorityFile: plan.authorityFile)
        lane.begin { [given] in
            do { try pinger.ping() } catch { given.say(.note("The outside watch cannot be asked: \(error)")) }
        }
    }

    // MARK: Metrics

    private mutating func show(_ report: StatusReport, _ daemon: Daemon, at now: Timestamp) throws {
        let metrics = daemon.loaded.strategy.notifications.metrics
        guard metrics.textfile != nil || metrics.listen != nil || server != nil else { return }
        var shown = MetricsSnapshot.Daemon(version: given.software, started: started)
        shown.runsRunning = UInt64(report.components.count { $0.isRunning })
        for watch in daemon.changes.reports { shown.watchMethods[watch.method.rawValue, default: 0] += 1 }
        shown.notificationsPending = UInt64(daemon.desk.pending.all)
        shown.notificationsFailing = UInt64(daemon.desk.pending.failing)
        for incident in report.incidents { shown.incidents[incident.event.severity.rawValue, default: 0] += 1 }
        shown.reviewsOverdue = UInt64(report.openReviews.count { $0.due < now })
        let snapshot = MetricsSnapshot(
            report, daemon: shown, logs: try logs.look(daemon.loaded.strategy, daemon.logs.progress, daemon.catalog))
        board.withLock { $0 = (snapshot, report.isHealthy ? nil : Self.line(report)) }
        if let file = metrics.textfile { try MetricsFile.write(snapshot, to: file) }
        try serve(metrics, snapshot)
    }

    private mutating func serve(_ metrics: NotificationPlan.Metrics, _ snapshot: MetricsSnapshot) throws {
        guard metrics != listening else { return }
        server?.stop()
        server = nil
        listening = metrics
        guard let address = metrics.listen else { return }
        let certificate = metrics.certificateFile.flatMap { file in
            metrics.keyFile.map { MetricsServer.Certificate(file: file, keyFile: $0) }
        }
        let board = board
        do {
            server = try MetricsServer(
                ListenAddress(address), certificate: certificate,
                board: MetricsServer.Board(
                    snapshot: { board.withLock { $0.snapshot } ?? snapshot }, trouble: { board.withLock { $0.trouble } }
                ))
        } catch {
            given.say(.trouble(error.asFailure))
        }
    }
}
