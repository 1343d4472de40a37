import Anomaly
import Catalog
import Identity
import Primitives
import RepositoryEngine
import Sealing

/// How snapshots differ from those before them, what was thought of that, and which were the last clean ones.
package enum Anomalies {
    package struct Line: Sendable {
        package var summary: SnapshotSummary
        package var details: SnapshotDetails
        /// Whether somebody has said on this host that all is well with it.
        package var isCleared: Bool

        package var isOpenAlarm: Bool { details.verdict?.level == .alarm && !isCleared }
    }

    /// A component of a host that something is strange with.
    package struct Finding: Sendable {
        package var host: String
        package var component: String
        /// Alarms that nobody has looked at, oldest first.
        package var alarms: [SnapshotSummary]
        /// What was seen in the first of them.
        package var reasons: [String]
        /// The first snapshot that is part of it, and the newest one before it; nil where that is not there any more.
        package var first: SnapshotSummary
        package var lastClean: SnapshotSummary?
    }

    package struct Report: Sendable {
        /// Oldest first.
        package var lines: [Line]
        package var findings: [Finding]
        package var problems: [Failure]
        /// Snapshots that the key does not open.
        package var unopened: Int

        /// Whether it is part of what an alarm tells of that nobody has looked at: that began before the alarm. A host that was enrolled anew
        /// meanwhile has another writer, with nothing to compare its first snapshot with, and the same files.
        package func isSuspect(_ line: Line) -> Bool {
            line.isOpenAlarm
                || findings.contains { finding in
                    guard finding.component == line.details.component else { return false }
                    return finding.first.writer == line.summary.writer
                        ? finding.first.sequence <= line.summary.sequence
                        : finding.host == line.summary.writerHost && finding.first.time <= line.summary.time
                }
        }
    }

    /// Needs a key that opens snapshots. `state` is asked which alarms were looked at.
    package static func report(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener, state: HostState,
        component: String? = nil
    ) throws -> Report {
        try report(
            try Snapshots.list(permit: permit, repository: repository, opener: opener), state: state,
            component: component)
    }

    static func report(_ list: SnapshotList, state: HostState, component: String?) throws -> Report {
        let cleared = Alarms.cleared(state)
        let lines = list.snapshots.compactMap { summary -> Line? in
            guard let details = summary.details, !summary.isLog, component == nil || details.component == component
            else { return nil }
            return Line(summary: summary, details: details, isCleared: cleared.contains(summary.id))
        }
        let groups = Dictionary(grouping: lines) { [$0.summary.writer.hex, $0.details.component] }
        let findings = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { finding($0.value) }
        let denied = list.problems.filter { $0.code == .keyDenied }
        return Report(
            lines: lines, findings: findings, problems: list.problems.filter { $0.code != .keyDenied },
            unopened: denied.count)
    }

    /// Of one component of one writer. Where it began is what the first alarm says; others that begin earlier count as well.
    private static func finding(_ lines: [Line]) -> Finding? {
        let chain = lines.sorted { $0.summary.sequence < $1.summary.sequence }
        let alarms = chain.filter(\.isOpenAlarm)
        guard let first = alarms.first else { return nil }
        let since = alarms.map { $0.details.verdict?.since ?? $0.summary.sequence }.min() ?? first.summary.sequence
        let clean = chain.last { $0.summary.sequence < since && !$0.isOpenAlarm }
        let begin = chain.first { $0.summary.sequence >= since } ?? first
        return Finding(
            host: first.summary.writerHost, component: first.details.component, alarms: alarms.map(\.summary),
            reasons: first.details.verdict?.sentences ?? [], first: begin.summary, lastClean: clean?.summary)
    }

    /// What this host's catalog knows of, without any key.
    package static func known(permit: consuming Permit<InspectAction>, state: HostState) throws -> [AnomalyEntry] {
        try CatalogPlace.open(state).anomalies(open: true)
    }
}

/// Says that somebody has looked at the alarms of a component, and that all is well.
package enum ClearAnomalies {
    package struct Report: Sendable {
        package var cleared: [AnomalyEntry]
    }

    /// Those that this host's catalog has, and those of `found`, which are the repository's. Retention goes on by what this host knows: where
    /// another host drops snapshots, it is to be said there as well. Throws `usage` where there is none.
    package static func run(
        permit: consuming Permit<ForgetAction>, state: HostState, component: String, found: [Anomalies.Finding],
        reason: String, clock: WallClock
    ) throws -> Report {
        try permit.require(components: .only([component]))
        let actor = permit.actor
        let catalog = try CatalogPlace.open(state)
        var entries = try catalog.anomalies(open: true).filter { $0.component == component }
        for finding in found where finding.component == component {
            for alarm in finding.alarms where !entries.contains(where: { $0.snapshot == alarm.id.hex }) {
                entries.append(
                    AnomalyEntry(
                        snapshot: alarm.id.hex, component: component, time: alarm.time,
                        reasons: (alarm.details?.verdict?.sentences ?? []).joined(separator: "\n"),
                        lastClean: finding.lastClean?.id.hex))
            }
        }
        guard !entries.isEmpty else {
            throw Failure(
                .usage, "There is no alarm of '\(component)' that nobody has looked at.",
                advice: "'safehold anomalies' lists them; with a key, those of other hosts too.")
        }
        let now = clock.now()
        try catalog.clear(entries, by: actor, reason: reason, at: now)
        try catalog.ask(Alarms.wereCleared, component, by: actor, at: now)
        return Report(
            cleared: entries.map { entry in
                var entry = entry
                entry.cleared = AnomalyEntry.Clearance(time: now, by: actor, reason: reason)
                return entry
            })
    }
}
