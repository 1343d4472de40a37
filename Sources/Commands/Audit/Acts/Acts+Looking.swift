import Audit

extension SnapshotsCommand {
    func act(_ session: Session) -> Act? {
        session.act("snapshots", .view, in: repositoryOptions, on: [ActObject(.component, given: component)])
    }
}

extension ListCommand {
    func act(_ session: Session) -> Act? {
        session.act("ls", .view, in: repositoryOptions, on: [ActObject(.snapshot, given: snapshot)])
    }
}

extension CatCommand {
    func act(_ session: Session) -> Act? {
        session.act("cat", .view, in: repositoryOptions, on: [ActObject(.snapshot, given: snapshot)])
    }
}

extension FindCommand {
    func act(_ session: Session) -> Act? {
        session.act("find", .view, in: repositoryOptions, on: ActObject.all(.snapshot, given: snapshot))
    }
}

extension DiffCommand {
    func act(_ session: Session) -> Act? {
        session.act("diff", .view, in: repositoryOptions, on: ActObject.all(.snapshot, given: [before, after]))
    }
}

extension StatsCommand {
    func act(_ session: Session) -> Act? { session.act("stats", .view, in: repositoryOptions) }
}

extension AnomaliesListCommand {
    func act(_ session: Session) -> Act? {
        session.act("anomalies", .view, in: repositoryOptions, on: [ActObject(.component, given: component)])
    }
}

extension AnomaliesTimelineCommand {
    func act(_ session: Session) -> Act? {
        session.act("anomalies-timeline", .view, in: repositoryOptions, on: [ActObject(.component, given: component)])
    }
}

extension AnomaliesClearCommand {
    func act(_ session: Session) -> Act? {
        session.act("anomalies-clear", .change, on: [ActObject(.component, given: component)], reason: reason)
    }
}

extension VerifyCommand {
    func act(_ session: Session) -> Act? { session.act("verify", .view, in: repositoryOptions) }
}

extension DoctorCommand {
    func act(_ session: Session) -> Act? {
        if acceptRollback { return session.act("accept-rollback", .change, in: repositoryOptions) }
        if clean { return session.act("clean", .remove, in: repositoryOptions) }
        var act = session.act("doctor", .view, in: repositoryOptions)
        act.isDiagnosis = true
        return act
    }
}

extension RepairIndexCommand {
    func act(_ session: Session) -> Act? { session.act("repair-index", .change, in: repositoryOptions) }
}

extension Act {
    /// Programs that watch a host ask for it all the time.
    fileprivate var standing: Act {
        var act = self
        act.isStanding = true
        return act
    }
}

extension StatusCommand {
    func act(_ session: Session) -> Act? { session.act("status", .view, by: strategyOptions).standing }
}

extension RunsCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "runs", .view,
            on: [number.map { ActObject(.run, "\($0)") }, ActObject(.component, given: component)]
        ).standing
    }
}

extension ReportSuccessCommand {
    func act(_ session: Session) -> Act? { session.act("report-success", .view, by: strategyOptions) }
}

extension ReviewListCommand {
    func act(_ session: Session) -> Act? { session.act("review-list", .view) }
}

extension ReviewDoneCommand {
    func act(_ session: Session) -> Act? { session.act("review-done", .change, on: [ActObject(.review, "\(number)")]) }
}

extension NotifyTestCommand {
    func act(_ session: Session) -> Act? {
        session.act("notify-test", .view, by: strategyOptions, on: [ActObject(.contact, given: contact)])
    }
}

extension NotifyAcknowledgeCommand {
    func act(_ session: Session) -> Act? {
        session.act("notify-acknowledge", .change, on: [ActObject(.incident, "\(number)")])
    }
}

extension CatalogCheckCommand {
    func act(_ session: Session) -> Act? { session.act("catalog-check", .view) }
}

extension CatalogRebuildCommand {
    func act(_ session: Session) -> Act? { session.act("catalog-rebuild", .change, in: repositoryOptions) }
}

extension StrategyCheckCommand {
    func act(_ session: Session) -> Act? {
        session.act("strategy-check", .view, on: [session.object(.strategy, at: file)])
    }
}

extension StrategySchemaCommand {
    func act(_ session: Session) -> Act? { session.act("strategy-schema", .view) }
}

extension StrategyShowCommand {
    func act(_ session: Session) -> Act? { session.act("strategy-show", .view, by: strategy) }
}

extension StrategyExplainCommand {
    func act(_ session: Session) -> Act? {
        session.act("strategy-explain", .view, by: strategy, on: [ActObject(.component, given: component)])
    }
}

extension StrategyDiffCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "strategy-diff", .view, on: [session.object(.strategy, at: old), session.object(.strategy, at: new)])
    }
}

extension StrategyAdoptCommand {
    func act(_ session: Session) -> Act? { session.act("strategy-adopt", .change, by: strategyOptions) }
}

extension StrategyHistoryCommand {
    func act(_ session: Session) -> Act? { session.act("strategy-history", .view) }
}

extension RetentionExplainCommand {
    func act(_ session: Session) -> Act? {
        session.act("retention-explain", .view, in: repositoryOptions, on: [ActObject(.component, given: component)])
    }
}

extension RetentionSimulateCommand {
    func act(_ session: Session) -> Act? { session.act("retention-simulate", .view) }
}

/// They show nothing but the program itself.
extension VersionCommand {
    func act(_ session: Session) -> Act? { nil }
}

extension CompletionsCommand {
    func act(_ session: Session) -> Act? { nil }
}
