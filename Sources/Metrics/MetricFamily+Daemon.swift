extension MetricFamily {
    static let daemon: [MetricFamily] = [
        MetricFamily(name: "safehold_build_info", kind: .gauge, help: "Always 1; says which version runs.") {
            [Sample(labels: [("version", $0.daemon.version), ("project", $0.project)], value: 1)]
        },
        one("safehold_up", "1 while the daemon carries out the strategy.") { _ in 1 },
        one("safehold_start_time_seconds", "When the daemon was started, in seconds since 1970.") {
            $0.daemon.started.seconds
        },
        one("safehold_update_time_seconds", "When these numbers were taken, in seconds since 1970.") {
            $0.time.seconds
        },
        one("safehold_runs_running", "Runs that are under way.") { Double($0.daemon.runsRunning) },
        one("safehold_watched_directories", "Directories in which changes are watched for.") {
            Double($0.daemon.watchedDirectories)
        },
        MetricFamily(
            name: "safehold_watched_components", kind: .gauge,
            help: "Components that are backed up on change, by how changes are seen."
        ) { grouped("method", $0.daemon.watchMethods) },
        one("safehold_notifications_pending", "Messages that did not arrive on every channel yet.") {
            Double($0.daemon.notificationsPending)
        },
        one("safehold_notifications_failing", "Messages that failed at least once and are tried again.") {
            Double($0.daemon.notificationsFailing)
        },
        one(
            "safehold_notifications_delivered_total", "Messages that were delivered since the daemon was started.",
            kind: .counter
        ) { Double($0.daemon.notificationsTold) },
        MetricFamily(
            name: "safehold_incidents_open", kind: .gauge, help: "Incidents that are not over, by severity."
        ) { grouped("severity", $0.daemon.incidents) },
        one("safehold_reviews_overdue", "Reviews that were due and are not done.") { Double($0.daemon.reviewsOverdue) },
    ]

    static func grouped(_ label: String, _ counts: [String: UInt64]) -> [Sample] {
        counts.sorted { $0.key < $1.key }.map { Sample(labels: [(label, $0.key)], value: Double($0.value)) }
    }
}
