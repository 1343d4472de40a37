import Audit
import Primitives

extension ForgetCommand {
    func act(_ session: Session) -> Act? {
        var act = session.act(
            dryRun ? "forget-plan" : lost == nil ? "forget" : "forget-lost", dryRun ? .view : .remove,
            in: repositoryOptions,
            on: ActObject.all(.snapshot, given: snapshot) + [
                ActObject(.snapshot, given: lost), session.object(.strategy, at: strategy),
            ],
            reason: reasonOptions.reason)
        act.plan = confirm.flatMap { Digest32(hex: $0) }
        return act
    }
}

extension EraseCommand {
    func act(_ session: Session) -> Act? {
        var act = session.act(
            status != nil ? "erase-status" : dryRun ? "erase-plan" : "erase", isOnlyLooking ? .view : .remove,
            in: repositoryOptions,
            on: ActObject.all(.snapshot, given: snapshot) + [ActObject(.component, given: component)],
            reason: reasonOptions.reason)
        act.plan = confirm.flatMap { Digest32(hex: $0) }
        return act
    }
}

extension CollectCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            dryRun ? "collect-plan" : "collect", dryRun ? .view : .remove, in: repositoryOptions,
            reason: reasonOptions.reason)
    }
}

extension HoldAddCommand {
    func act(_ session: Session) -> Act? { change.act("hold-add", .add, session, repositoryOptions) }
}

extension HoldReleaseCommand {
    func act(_ session: Session) -> Act? { change.act("hold-release", .remove, session, repositoryOptions) }
}

extension HoldChange {
    fileprivate func act(
        _ name: String, _ effect: Act.Effect, _ session: Session, _ repository: RepositoryOptions
    ) -> Act {
        session.act(name, effect, in: repository, on: [ActObject(.snapshot, given: snapshot)], reason: reason)
    }
}

extension HoldListCommand {
    func act(_ session: Session) -> Act? { session.act("hold-list", .view, in: repositoryOptions) }
}

extension KeysListCommand {
    func act(_ session: Session) -> Act? { session.act("keys-list", .view, in: repositoryOptions) }
}

extension KeysGenerateCommand {
    func act(_ session: Session) -> Act? {
        session.act("keys-generate", .add, on: [session.object(.target, at: output)])
    }
}

extension KeysAddCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "keys-add", .add, in: repositoryOptions,
            on: [ActObject(.key, given: label), session.object(.key, at: recipient)], reason: reasonOptions.reason)
    }
}

extension KeysRemoveCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "keys-remove", .remove, in: repositoryOptions, on: [ActObject(.key, given: recipient)],
            reason: reasonOptions.reason)
    }
}

extension KeysWithdrawCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "keys-withdraw", .change, in: repositoryOptions, on: [ActObject(.key, given: writer)],
            reason: reasonOptions.reason)
    }
}

extension KeysNewEpochCommand {
    func act(_ session: Session) -> Act? {
        session.act("keys-new-epoch", .change, in: repositoryOptions, reason: reasonOptions.reason)
    }
}

extension KeysEscrowCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "keys-escrow", .add, in: repositoryOptions,
            on: [ActObject(.key, given: label), session.object(.target, at: output)], reason: reasonOptions.reason)
    }
}

extension KeysRecoveryKitCommand {
    func act(_ session: Session) -> Act? { session.act("keys-recovery-kit", .view, in: repositoryOptions) }
}

extension StorageLockCommand {
    func act(_ session: Session) -> Act? {
        let isChanged = locks.mode != nil
        return session.act(
            isChanged ? "storage-lock" : "storage-lock-show", isChanged ? .change : .view, in: repositoryOptions,
            reason: reasonOptions.reason)
    }
}

extension StorageConfigureCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            apply ? "storage-configure" : "storage-configure-plan", apply ? .change : .view, in: repositoryOptions,
            reason: reasonOptions.reason)
    }
}

extension StorageCheckCommand {
    func act(_ session: Session) -> Act? { session.act("storage-check", .view, in: repositoryOptions) }
}

extension StorageProbeCommand {
    func act(_ session: Session) -> Act? { session.act("storage-probe", .add, in: repositoryOptions) }
}

extension StorageStatusCommand {
    func act(_ session: Session) -> Act? { session.act("storage-status", .view, in: repositoryOptions) }
}

extension StorageAccessesCommand {
    func act(_ session: Session) -> Act? {
        session.act("storage-accesses", .view, in: repositoryOptions, on: [session.object(.target, at: export)])
    }
}

extension StorageCopiesCommand {
    func act(_ session: Session) -> Act? { session.act("storage-copies", .view) }
}

extension StorageCostCommand {
    func act(_ session: Session) -> Act? { session.act("storage-cost", .view, in: repositoryOptions) }
}

extension MediaInitCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "media-init", .add, in: repositoryOptions,
            on: [ActObject(.medium, given: label), session.object(.target, at: path)])
    }
}

extension MediaCopyCommand {
    func act(_ session: Session) -> Act? {
        session.act("media-copy", .add, in: repositoryOptions, on: [session.object(.medium, at: path)])
    }
}

extension MediaCheckCommand {
    func act(_ session: Session) -> Act? { session.act("media-check", .view, on: [session.object(.medium, at: path)]) }
}

extension MediaRepairCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "media-repair", .change,
            on: [session.object(.medium, at: path), session.object(.repository, at: repository)])
    }
}

extension MediaOutCommand {
    func act(_ session: Session) -> Act? { session.act("media-out", .change, on: [ActObject(.medium, given: medium)]) }
}

extension MediaInCommand {
    func act(_ session: Session) -> Act? { session.act("media-in", .change, on: [ActObject(.medium, given: medium)]) }
}

extension MediaListCommand {
    func act(_ session: Session) -> Act? { session.act("media-list", .view, in: repositoryOptions) }
}
