import Catalog
import Operations
import Primitives
import Strategy

/// What the daemon has to tell people of, besides runs.
enum ServiceNews {
    static func thaw(_ component: String, _ failure: Failure, at now: Timestamp) -> Event {
        Event(
            .hookFailed, "thaw/\(component)", .critical, at: now,
            "'\(component)' was left frozen by a daemon that died, and could not be thawed. \(failure.message)",
            meaning: "What is frozen may be standing still.", advice: failure.advice)
    }

    static func review(_ review: ReviewEntry, at now: Timestamp) -> Event {
        Event(
            .reviewDue, "review/\(review.name)", .warning, at: now,
            "The review '\(review.name)' is due: \(review.reason).",
            advice: "Hold it, and say so with 'safehold review done'.")
    }

    static func drill(_ drill: DrillPlan, due: Timestamp, at now: Timestamp) -> Event {
        Event(
            .drillDue, "drill/\(drill.kind.rawValue)", .warning, at: now,
            "A drill is due since \(due): \(drill.kind.rawValue), of \(drill.components.isEmpty ? "all components" : drill.components.joined(separator: ", ")).",
            meaning: "Until it was held nobody knows that a restore works and how long it takes.",
            advice:
                "Restore into scratch space with 'safehold restore --component', compare, and write down how long it took."
        )
    }

    static func medium(_ store: StorePlan, due: Timestamp, at now: Timestamp) -> Event {
        Event(
            .mediumDue, "medium/\(store.name)", .warning, at: now,
            "The offline copy '\(store.name)' at \(store.site) is due to be written.",
            advice: "Fetch the medium, and run 'safehold media copy'.")
    }

    static func clock(_ by: Duration, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, "clock", .warning, at: now, "This host's clock went back by \(by).",
            meaning: "No run is repeated; schedules go on from the clock as it is now.",
            advice: "Check the host's time synchronisation.")
    }

    static func lostCatalog(_ aside: String, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, "catalog", .error, at: now,
            "The catalog was damaged. It was put aside as \(aside), and a new one begun.",
            meaning: "No backup is affected; the history of runs is missing until it is read back.",
            advice: "Run 'safehold catalog rebuild' with a key that opens backups.")
    }

    static func strategy(_ failure: Failure, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, "strategy-file", .error, at: now,
            "The strategy file was changed and cannot be followed; the one before stays in force. \(failure.message)",
            advice: failure.advice)
    }

    static func changed(_ changes: [String], at now: Timestamp) -> Event {
        Event(
            .strategyChanged, "strategy", .info, at: now,
            "The strategy was changed: \(changes.count == 1 ? changes[0] : "\(changes.count) changes").",
            advice: "Look at it again, and say so with 'safehold review done'.", detail: changes.joined(separator: "\n")
        )
    }

    static func log(_ component: String, _ failure: Failure, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, "log/\(component)", .error, at: now,
            LogKeeper.sentence(component, failure),
            meaning:
                "What was committed since the last archived segment is on the server only, and the server keeps its log until it is archived: its disk may fill.",
            advice: failure.advice)
    }

    static func gap(_ component: String, _ failure: Failure, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, "log/\(component)/gap", .error, at: now,
            "The log of '\(component)' has a gap. \(failure.message)",
            meaning: "No moment behind the gap can be reached from a base backup before it.", advice: failure.advice)
    }

    static func slot(_ component: String, _ text: String, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, "log/\(component)/slot", .warning, at: now, "The log of '\(component)': \(text)",
            advice: "Watch the server's disk, and see what keeps the log from being archived faster.")
    }

    static func anomalyKey(_ component: String) -> String { "anomaly/\(component)" }

    static func anomaly(_ entry: AnomalyEntry, at now: Timestamp) -> Event {
        let clean = entry.lastClean.map { " The last clean snapshot is \($0.prefix(16))." } ?? ""
        return Event(
            .anomalyFound, anomalyKey(entry.component), .critical, at: now,
            "Files of '\(entry.component)' look tampered with since the backup of \(entry.time).\(clean)",
            advice:
                "Look at the files now. 'safehold anomalies' says what was seen; when all is well, 'safehold anomalies clear \(entry.component) --reason ...'.",
            detail: entry.reasons)
    }

    static func polling(_ sentence: String, _ component: String, at now: Timestamp) -> Event {
        Event(.watchPolling, "watch/\(component)", .warning, at: now, sentence)
    }
}

extension ServiceNews {
    /// What went well since the month began (REV-1), on the strategy's rhythm: that it comes at all is news.
    static func successReport(
        _ catalog: CatalogDatabase, _ strategy: BackupStrategy, until due: Timestamp, at now: Timestamp
    ) throws -> Event {
        let report = try SuccessReport.ofMonth(containing: due, catalog: catalog, strategy: strategy, at: now)
        let rate = report.total.now.successRate.map { "\(Int(($0 * 100).rounded(.down))) %" } ?? "no run"
        var event = Event(
            .successReport, "report/success", .info, at: now,
            "Safehold at work: \(rate) of the runs due in \(report.period.name) were done whole.",
            meaning: "This message comes regularly. When it does not come, nobody is backing up.",
            advice: "Read it, and compare with the month before.")
        event.document = Event.Document(text: report.text, html: report.htmlPart)
        return event
    }
}
