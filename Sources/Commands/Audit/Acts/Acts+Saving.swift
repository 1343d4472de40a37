import Audit
import Operations

extension InitCommand {
    func act(_ session: Session) -> Act? {
        if join {
            return session.act("join", .change, in: repositoryOptions, on: [ActObject(.host, given: host)])
        }
        let file =
            preset == nil
            ? nil : session.object(.strategy, at: (try? session.strategyFile(strategy)) ?? "safehold.yaml")
        return session.act(
            "init", .add, in: preset == nil ? repositoryOptions : nil,
            on: [file, ActObject(.host, given: host)])
    }
}

extension BackupCommand {
    func act(_ session: Session) -> Act? {
        session.act("backup", .add, in: repositoryOptions, on: [ActObject(.component, given: component)])
    }
}

extension RestoreCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            dryRun ? "restore-plan" : "restore", .view, in: repositoryOptions,
            on: [ActObject(.snapshot, given: snapshot), session.object(.target, at: target)]
                + ActObject.all(.component, given: component))
    }
}

extension ExportCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            dryRun ? "export-plan" : "export", .view, in: repositoryOptions,
            on: [output == "-" ? nil : session.object(.target, at: output)]
                + ActObject.all(.component, given: component))
    }
}

extension RunCommand {
    func act(_ session: Session) -> Act? {
        session.act("run", .add, by: strategyOptions, on: ActObject.all(.component, given: components))
    }
}

extension DaemonCommand {
    func act(_ session: Session) -> Act? {
        var act = session.act("daemon", .add, by: strategyOptions)
        act.isByHost = true
        return act
    }
}

extension DatabaseRestoreCommand {
    func act(_ session: Session) -> Act? { options.act("database-restore", session) }
}

extension DatabaseCheckCommand {
    func act(_ session: Session) -> Act? { options.act("database-check", session) }
}

extension DatabaseCompareCommand {
    func act(_ session: Session) -> Act? { options.act("database-compare", session) }
}

extension StreamedComponentOptions {
    fileprivate func act(_ name: String, _ session: Session) -> Act {
        session.act(
            name, .view, in: repositoryOptions, by: strategyOptions, on: [ActObject(.component, given: component)])
    }
}

extension WALPushCommand {
    func act(_ session: Session) -> Act? { place.standing("wal-push", .add, component, session) }
}

extension WALGetCommand {
    func act(_ session: Session) -> Act? { place.standing("wal-get", .view, component, session) }
}

extension LogPlaceOptions {
    /// A server asks for it with every segment: what would take time to find out, such as the strategy, is left out.
    fileprivate func standing(_ name: String, _ effect: Act.Effect, _ component: String, _ session: Session) -> Act {
        let named = repositoryOptions.repository ?? session.surroundings.repository
        var act = Act(
            name, effect,
            on: [
                session.object(.repository, at: named),
                session.object(.strategy, at: strategyOptions.strategy ?? session.surroundings.strategyFile),
                ActObject(.component, given: component),
            ].compactMap { $0 })
        (act.isStanding, act.isByHost) = (true, true)
        return act
    }
}

extension WALReceiveCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            dropSlot ? "wal-drop-slot" : "wal-receive", dropSlot ? .remove : .add, in: place.repositoryOptions,
            by: place.strategyOptions, on: [ActObject(.component, given: component)])
    }
}

extension WALCheckCommand {
    func act(_ session: Session) -> Act? {
        session.act("wal-check", .view, in: place.repositoryOptions, on: [ActObject(.component, given: component)])
    }
}

extension ReplicateCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            status ? "replicate-status" : "replicate", status ? .view : prune ? .remove : .add, in: repositoryOptions,
            on: to.map { session.object(.target, at: $0) })
    }
}

extension RepairObjectsCommand {
    func act(_ session: Session) -> Act? {
        session.act("repair-objects", .change, in: repositoryOptions, on: [session.object(.store, at: from)])
    }
}
