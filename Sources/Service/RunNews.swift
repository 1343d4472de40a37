import Catalog
import Primitives
import Strategy

/// What a run that ended means to people.
enum RunNews {
    static func of(_ run: RunRecord, strategy: BackupStrategy, at now: Timestamp) -> [News] {
        let key = "run/" + (run.job.hasPrefix("backup/") ? "backup/\(run.subject)" : run.job)
        switch run.outcome {
        case .complete, .covered: return [.right(key)]
        // It is gone on with, and whoever stopped it knows.
        case .interrupted, .running: return []
        case .partial, .failed, .missed:
            return [.wrong(event(run, key, strategy, now))]
        }
    }

    /// It stands in the catalog; the backup that makes up for it is on its way.
    static func missed(_ run: RunRecord, at now: Timestamp) -> Event {
        Event(
            .backupMissed, "missed/\(run.job)", .warning, at: now,
            "The \(run.mode) run of '\(run.subject)' that was due at \(run.due ?? run.started) was not made.",
            advice: "A newer run stands for it. Find out what kept this host from it: 'safehold runs'.")
    }

    private static func event(_ run: RunRecord, _ key: String, _ strategy: BackupStrategy, _ now: Timestamp) -> Event {
        let due = run.due.map { " due at \($0)" } ?? ""
        let what: String
        switch run.outcome {
        case .partial:
            what =
                run.figures.problems > 0
                ? "left out \(run.figures.problems) \(run.figures.problems == 1 ? "entry" : "entries")"
                : "was made, but not all is as it should be"
        case .missed: what = "was not made"
        default: what = "failed"
        }
        return Event(
            kind(run), key, severity(run, strategy), at: now,
            "The \(run.mode) \(noun(run)) of '\(run.subject)'\(due) \(what).\(run.failure.map { " " + $0.message } ?? "")",
            advice: run.failure?.advice ?? "'safehold runs \(run.id)' shows its log.",
            detail: "Run \(run.id), attempt \(run.attempt).")
    }

    private static func noun(_ run: RunRecord) -> String { run.job.hasPrefix("backup/") ? "backup" : "run" }

    private static func kind(_ run: RunRecord) -> EventKind {
        switch run.failure?.code {
        case .storageFull: return .storeFull
        case .storageMissing, .storageFailed: return .storeUnreachable
        case .hookFailed: return .hookFailed
        default: break
        }
        switch (run.job.prefix { $0 != "/" }, run.outcome) {
        case ("backup", .missed): return .backupMissed
        case ("backup", .partial): return .backupPartial
        case ("backup", _): return .backupFailed
        case ("copy", _): return .copyFailed
        case ("verify", _): return .verifyFailed
        default: return .upkeepFailed
        }
    }

    /// Damage is the worst; what is missing of something critical is worse than of something that is not.
    private static func severity(_ run: RunRecord, _ strategy: BackupStrategy) -> Severity {
        if run.failure?.code.class == .integrity { return .critical }
        switch run.outcome {
        case .partial, .missed: return .warning
        default: return strategy.component(run.subject)?.criticality == .critical ? .critical : .error
        }
    }
}
