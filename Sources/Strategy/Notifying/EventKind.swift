/// What sort of thing happened: two words with a point between them, the first of which names a group ("backup.failed").
package struct EventKind: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package init(_ name: String) { self.name = name }

    package static let backupFailed = EventKind("backup.failed")
    package static let backupPartial = EventKind("backup.partial")
    package static let backupMissed = EventKind("backup.missed")
    package static let objectiveExceeded = EventKind("objective.exceeded")
    package static let anomalyFound = EventKind("anomaly.found")
    package static let storeUnreachable = EventKind("store.unreachable")
    package static let storeFull = EventKind("store.full")
    package static let copyBehind = EventKind("copy.behind")
    package static let copyFailed = EventKind("copy.failed")
    package static let mediumDue = EventKind("medium.due")
    package static let verifyFailed = EventKind("verify.failed")
    package static let upkeepFailed = EventKind("upkeep.failed")
    package static let hookFailed = EventKind("hook.failed")
    package static let watchPolling = EventKind("watch.polling")
    package static let reviewDue = EventKind("review.due")
    package static let reviewOverdue = EventKind("review.overdue")
    package static let drillDue = EventKind("drill.due")
    package static let strategyChanged = EventKind("strategy.changed")
    package static let accountLocked = EventKind("account.locked")
    package static let accountStolen = EventKind("account.stolen")
    package static let accountSigning = EventKind("account.signing")
    package static let accountReset = EventKind("account.reset")
    package static let accountUnknown = EventKind("account.unknown")
    package static let clockJumped = EventKind("clock.jumped")
    package static let clockDiffers = EventKind("clock.differs")
    package static let signaturesDiffer = EventKind("signatures.differ")
    package static let daemonTrouble = EventKind("daemon.trouble")
    package static let contactUnreachable = EventKind("contact.unreachable")
    package static let successReport = EventKind("success.report")
    package static let test = EventKind("test.message")

    package static let all: [EventKind] = [
        .backupFailed, .backupPartial, .backupMissed, .objectiveExceeded, .anomalyFound, .storeUnreachable, .storeFull,
        .copyBehind, .copyFailed, .mediumDue, .verifyFailed, .upkeepFailed, .hookFailed, .watchPolling, .reviewDue,
        .reviewOverdue, .drillDue, .strategyChanged, .accountLocked, .accountStolen, .accountSigning, .accountReset,
        .accountUnknown,
        .clockJumped, .clockDiffers, .signaturesDiffer, .daemonTrouble, .contactUnreachable, .successReport, .test,
    ]

    /// Whether `beginning` names it or the group that it is in: "backup" means "backup.failed", and "back" nothing.
    package func begins(with beginning: String) -> Bool { name == beginning || name.hasPrefix(beginning + ".") }

    package var description: String { name }

    /// How it is called in a message to people.
    package var title: String { Self.titles[name] ?? name }

    /// What it means for them, where the event itself says nothing of it.
    package var meaning: String? { Self.meanings[name] }

    private static let titles: [String: String] = [
        "backup.failed": "Backup failed", "backup.partial": "Backup is incomplete", "backup.missed": "Backup missed",
        "objective.exceeded": "Newest backup is too old", "anomaly.found": "Files look tampered with",
        "store.unreachable": "Store cannot be reached",
        "store.full": "Store is full", "copy.behind": "Copy is behind", "copy.failed": "Copying failed",
        "medium.due": "Medium is due", "verify.failed": "Verification failed", "upkeep.failed": "Upkeep failed",
        "hook.failed": "Hook failed", "watch.polling": "Changes are seen later", "review.due": "Review is due",
        "review.overdue": "Review is overdue", "drill.due": "Drill is due", "strategy.changed": "Strategy changed",
        "account.locked": "Account is closed", "account.stolen": "Session was stolen",
        "account.signing": "Signing in another's session", "account.reset": "Password was handed out",
        "account.unknown": "Sign-ins under unknown names",
        "clock.jumped": "Clock was set", "clock.differs": "Clock of a store differs",
        "signatures.differ": "Signatures differ from the audit log", "daemon.trouble": "Daemon is in trouble",
        "contact.unreachable": "Contact cannot be reached",
        "success.report": "Success report", "test.message": "Test message",
    ]

    private static let meanings: [String: String] = [
        "backup.failed": "What changed since the last good backup is not protected.",
        "backup.partial": "What is named as left out is not in this backup; an earlier one may have it.",
        "backup.missed": "No backup was made when one was due; what changed since the last good one is not protected.",
        "objective.exceeded": "If the data were lost now, more would be gone than was promised.",
        "anomaly.found":
            "Somebody may have made files unreadable or done away with them. Older backups are not dropped until it was looked at.",
        "store.unreachable": "Nothing can be backed up to it or restored from it until it is back.",
        "store.full": "No backup can be finished there until there is room.",
        "copy.behind": "If the primary store were lost now, the newest backups would be lost with it.",
        "copy.failed": "The copy lacks what came since it was last brought up to date.",
        "medium.due": "The copy that is kept offline grows older than the strategy allows.",
        "verify.failed": "Some backups may not be restorable. A copy may have what is damaged.",
        "upkeep.failed": "No backup is affected; the store grows until upkeep works again.",
        "hook.failed": "The backup may not be of one consistent moment.",
        "watch.polling": "Changes are found by looking at everything from time to time, so they are backed up later.",
        "clock.jumped": "Times that were written down meanwhile may be wrong; the audit log has both clocks.",
        "clock.differs": "One of the two is wrong, and so are times that were written down by it.",
        "contact.unreachable": "Whoever is told instead has to act, or has to see to it that he is reached.",
    ]
}
