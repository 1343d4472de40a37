import Primitives
import RepositoryEngine
import Strategy
import WriteAheadLog

/// What becomes of archived log: it follows the base backups. A segment that was archived after the oldest one that stays had begun may be
/// needed for a recovery from there, and everything before is of no use to any.
struct LogRetention {
    private struct Log {
        var candidate: RetentionCandidate
        var archived: ArchivedFiles
    }

    private struct Base {
        var id: Digest32
        var component: String
        var began: Timestamp
    }

    private var logs: [Log] = []
    private var bases: [Base] = []

    var ids: [Digest32] { logs.map(\.candidate.id) }

    /// Clocks of two hosts may be so far apart.
    private static let margin = Duration.seconds(3600)

    /// Returns whether it is of a log: then the rules for backups are not for it.
    mutating func take(_ candidate: RetentionCandidate, _ details: SnapshotDetails) -> Bool {
        if let archived = ArchivedFiles(component: details.component, tags: details.tags) {
            logs.append(Log(candidate: candidate, archived: archived))
            return true
        }
        // A base backup is a tree of its component's name.
        if details.paths.contains(Array("/\(details.component)".utf8)) {
            bases.append(
                Base(
                    id: candidate.id, component: details.component, began: min(details.began, candidate.time)))
        }
        return false
    }

    /// For a plan whose entries are those of backups. With `all`, or where anything is unknown, everything stays.
    func entries(_ backups: [RetentionPlan.Entry], keepingAll all: Bool) -> [RetentionPlan.Entry] {
        let kept = Set(backups.filter(\.isKept).map(\.snapshot.id))
        var oldest: [String: Timestamp] = [:]
        for base in bases where kept.contains(base.id) {
            oldest[base.component] = min(oldest[base.component] ?? base.began, base.began)
        }
        let groups = Dictionary(grouping: logs) { [$0.candidate.host, $0.candidate.component] }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { _, members in
            let sorted = members.sorted { ($0.candidate.time, $0.candidate.id) < ($1.candidate.time, $1.candidate.id) }
            return sorted.enumerated().map { index, log in
                var reasons = log.candidate.pins
                if all || index == sorted.count - 1 || isNeeded(log, oldest) { reasons.append(.log) }
                return RetentionPlan.Entry(snapshot: log.candidate, reasons: reasons)
            }
        }
    }

    private func isNeeded(_ log: Log, _ oldest: [String: Timestamp]) -> Bool {
        // Histories are small, and of every timeline after.
        let hasHistory = log.archived.files.contains { file in
            switch file.name {
            case .history: true
            case .segment, .partial, .backup: false
            }
        }
        guard !hasHistory, let begin = oldest[ArchivedFiles.component(ofLine: log.candidate.component)] else {
            return true
        }
        return log.candidate.time >= begin.later(by: .zero - Self.margin)
    }
}
