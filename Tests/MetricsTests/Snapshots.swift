import Metrics
import Primitives

enum Snapshots {
    static func time(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    /// With a value for every metric, and names that have to be escaped.
    static var full: MetricsSnapshot {
        var daemon = MetricsSnapshot.Daemon(version: "0.1.0", started: time(1_795_000_000))
        (daemon.runsRunning, daemon.watchedDirectories) = (1, 100_000)
        daemon.watchMethods = ["inotify": 2, "polling": 1]
        (daemon.notificationsPending, daemon.notificationsFailing, daemon.notificationsTold) = (2, 1, 17)
        (daemon.incidents, daemon.reviewsOverdue) = (["error": 1, "warning": 3], 1)
        var snapshot = MetricsSnapshot(project: "iqhis", time: time(1_795_003_600), daemon: daemon)
        var component = MetricsSnapshot.Component(
            "a \"quoted\\\nname", kind: "database", store: "primary", state: .late)
        (component.lastSuccess, component.lastAttempt) = (time(1_795_000_000), time(1_795_003_000))
        (component.nextDue, component.objective, component.snapshots) = (time(1_795_009_000), 21_600, 40)
        component.runs = ["done": 30, "failed": 2]
        component.last.seconds = 12.5
        (component.last.files, component.last.bytes, component.last.bytesRead) = (7, 1 << 40, 1 << 30)
        (component.last.bytesNew, component.last.bytesStored, component.last.problems) = (1 << 20, 1 << 19, 0)
        (component.log.archived, component.log.position, component.log.slotLag) = (
            time(1_795_003_590), 3 << 40, 1 << 24
        )
        snapshot.components = [
            component, MetricsSnapshot.Component("b", kind: "source", store: "primary", state: .never),
        ]
        var copy = MetricsSnapshot.Store("far", role: "secondary", site: "elsewhere")
        (copy.isReachable, copy.lastReplication, copy.lagSeconds, copy.lagSnapshots) = (
            true, time(1_795_000_100), 900, 1
        )
        (copy.lastVerification, copy.damagedObjects) = (time(1_794_000_000), 0)
        snapshot.stores = [copy]
        return snapshot
    }
}
