import Identity
import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// Says of each snapshot which rules keep it and which periods it stands for, or why none keeps it. Changes nothing.
package enum ExplainRetention {
    package struct Line: Sendable {
        package var summary: SnapshotSummary
        package var trustedTime: Timestamp
        package var isKept: Bool
        package var explanation: RetentionExplanation
    }

    package struct Report: Sendable {
        /// By host, component and time.
        package var lines: [Line]
        /// What times there are that cannot be.
        package var warnings: [String]
        /// Snapshots that this key does not open: they stay.
        package var unopened: Int
    }

    /// Needs a key that opens snapshots.
    package static func run(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener, rules: RetentionRules,
        clock: WallClock, state: HostState? = nil
    ) throws -> Report {
        let now = clock.now()
        let planning = try ForgetPlanning(repository: repository, opener: opener, now: now, state: state)
        let retention = try planning.retention(.rules(rules))
        var backups = retention
        let logs = Set(planning.logs.ids)
        backups.entries.removeAll { logs.contains($0.snapshot.id) }
        var explanations = RetentionExplanation.of(backups, now: now)
        for entry in retention.entries where logs.contains(entry.snapshot.id) {
            explanations[entry.snapshot.id] = RetentionExplanation(log: entry)
        }
        let plan = try planning.plan(.rules(rules), by: retention)
        let lines = plan.lines.compactMap { line in
            explanations[line.summary.id].map {
                Line(
                    summary: line.summary, trustedTime: line.trustedTime, isKept: !line.reasons.isEmpty,
                    explanation: $0)
            }
        }
        return Report(lines: lines, warnings: plan.warnings, unopened: plan.unopened)
    }
}
