import Identity
import Primitives
import RepositoryEngine

/// When the files behind an alarm became what they are, by their times in the file system (EMG-2).
package struct AlarmTimeline: Sendable {
    package var host: String
    package var component: String
    package var lastClean: SnapshotSummary
    /// The newest snapshot with an alarm.
    package var newest: SnapshotSummary
    /// Files that were added, or have other content, and files of these whose time lies between the two snapshots: others are not believed.
    package private(set) var files: UInt64 = 0
    package private(set) var timed: UInt64 = 0
    package private(set) var began: Timestamp?
    package private(set) var ended: Timestamp?
    /// Files by minutes, of the busiest day at the most.
    private var minutes: [Int64: UInt64] = [:]

    private static let mostMinutes = 1 << 20

    /// The beginning of the minute with the most files, and how many these are.
    package var busiest: (minute: Timestamp, files: UInt64)? {
        minutes.max { ($0.value, $1.key) < ($1.value, $0.key) }.map {
            (Timestamp(seconds: UInt64($0.key * 60)), $0.value)
        }
    }

    /// Of each alarm that nobody has looked at and that has a clean snapshot before it. `state` is asked which were looked at.
    package static func read(
        permit: consuming Permit<InspectAction>, opened: OpenedRepository, state: HostState, component: String?,
        isCancelled: () -> Bool = { false }
    ) throws -> [AlarmTimeline] {
        let report = try Anomalies.report(
            permit: permit, repository: opened.repository, opener: opened.opener, state: state, component: component)
        return try report.findings.compactMap { finding in
            guard let clean = finding.lastClean, let newest = finding.alarms.last else { return nil }
            var timeline = AlarmTimeline(
                host: finding.host, component: finding.component, lastClean: clean, newest: newest)
            let (before, after) = (
                try opened.snapshot(.id(prefix: clean.id.hex)), try opened.snapshot(.id(prefix: newest.id.hex))
            )
            try Difference.between(before, after) { difference in
                if isCancelled() { throw Failure.interrupted }
                timeline.take(difference)
                return true
            }
            return timeline
        }
    }

    /// With a second for clocks that are coarse.
    private var span: ClosedRange<Timestamp>? {
        guard let from = lastClean.details?.began.later(by: .seconds(-1)),
            let until = newest.details?.ended.later(by: .seconds(1)), from.nanoseconds > 0, from <= until
        else { return nil }
        return from...until
    }

    mutating func take(_ difference: Difference) {
        guard difference.kind == .file, [.added, .content, .kind].contains(difference.change) else { return }
        files += 1
        guard let time = difference.changed, let span, span.contains(time) else { return }
        timed += 1
        (began, ended) = (min(began ?? time, time), max(ended ?? time, time))
        let minute = Int64(time.seconds) / 60
        if minutes.count < Self.mostMinutes || minutes[minute] != nil { minutes[minute, default: 0] += 1 }
    }
}
