/// The emergency procedures of the strategy (EMG-1…3). Each is a fixed order of steps; a runbook is one that is under way.
package enum Procedure: String, Sendable, CaseIterable {
    case systemFailure = "system-failure"
    case breach
    case corruption

    package var title: String {
        switch self {
        case .systemFailure: "System failure"
        case .breach: "Security breach"
        case .corruption: "Data corruption"
        }
    }

    package var steps: [RunbookStep] {
        switch self {
        case .systemFailure: Self.systemFailureSteps
        case .breach: Self.breachSteps
        case .corruption: Self.corruptionSteps
        }
    }

    /// What the law gives so much time for, from when it was known.
    package var deadlines: [LegalDeadline] { self == .breach ? LegalDeadline.allCases : [] }
}

/// One step of a procedure.
package struct RunbookStep: Sendable, Equatable {
    /// Who does it. What people do is signed off by them; what the program does it writes down itself.
    package enum Doer: Sendable, Equatable { case people, program }

    /// A word that no other step of the procedure has.
    package let id: String
    package let title: String
    package let doer: Doer
    /// What is to be done, for whoever has it before him for the first time.
    package let instruction: String
}

extension Procedure {
    private static func step(_ id: String, _ doer: RunbookStep.Doer, _ title: String, _ instruction: String)
        -> RunbookStep
    { RunbookStep(id: id, title: title, doer: doer, instruction: instruction) }

    private static let systemFailureSteps = [
        step(
            "stop-services", .program, "Stop all services",
            "Nothing is to write while it is found out what is broken. What the strategy's 'emergency' names is stopped, the last of it first."
        ),
        step(
            "find-failure", .program, "Identify the failure point",
            "What stores, disks, the journal of the system and the last runs say is gathered."),
        step(
            "judge-failure", .people, "Say what failed",
            "Read what was gathered, and write down what failed and whether this machine can be used again."),
        step(
            "propose", .program, "Find the last known good backup",
            "Of each component the newest complete snapshot without an alarm, from the nearest store that has it whole."
        ),
        step("restore", .program, "Restore from it", "Each component is restored into the place that was named."),
        step(
            "verify", .program, "Verify system integrity", "What was restored is compared with what was backed up."),
        step(
            "resume-services", .program, "Resume services",
            "What was stopped is started, in the order of what needs what, and asked whether it is well."),
    ]

    private static let breachSteps = [
        step(
            "isolate", .program, "Isolate affected systems",
            "What the strategy names cuts systems off. Nothing is dropped or collected by this host any more."),
        step(
            "secure-backups", .program, "Secure the backups",
            "The last good and the newest backup are held, and this host's writer is withdrawn, so that nothing counts that is added with what was taken from here. It takes an administrator's key."
        ),
        step(
            "isolate-systems", .people, "Isolate what backups cannot reach",
            "Take the affected machines from the network, close accounts, and withdraw credentials of stores. Do not switch machines off: memory is evidence."
        ),
        step(
            "find-breach", .program, "Find when it began",
            "What each snapshot says of unreadable, renamed and deleted files is laid beside the audit log."),
        step(
            "judge-breach", .people, "Say since when nothing can be trusted",
            "Name the last moment before the breach. Whoever was in a system was there before he was seen."),
        step(
            "restore", .program, "Restore from the pre-breach backup",
            "Into a clean place, never over what is evidence."),
        step(
            "compare", .program, "Compare with what there is", "What changed since the pre-breach backup is listed."),
        step(
            "patch", .people, "Apply security patches",
            "Close the way that was taken in, and write down what was changed, before anything goes back into use."),
        step(
            "verify", .program, "Verify system integrity", "What was restored is compared with what was backed up."),
        step(
            "rotate-keys", .people, "Give out new keys",
            "Everything that was on the affected machines is known to others: passwords, tokens, keys of stores. Writers of other affected hosts are withdrawn with 'safehold keys withdraw', and a clean host becomes another one with 'safehold init --join'."
        ),
        step(
            "notify", .people, "Tell those who have a right to know",
            "The supervisory authority within 72 hours (GDPR, article 33), persons and HHS within 60 days (45 CFR 164.404, 164.408). Write down who was told what and when, or why nobody had to be."
        ),
        step("resume", .people, "Resume operations", "Say who decided that it goes on."),
    ]

    private static let corruptionSteps = [
        step(
            "find-scope", .program, "Identify corruption scope",
            "For each file that is damaged the last version that is valid, and since when it is not."),
        step(
            "judge-scope", .people, "Say what is affected",
            "Read the list, and add what only those can know who work with the data."),
        step(
            "stop-services", .program, "Stop affected services", "Only those that work with what is damaged."),
        step(
            "restore", .program, "Restore from the last valid backup",
            "Only what is damaged, each file from its own last valid version."),
        step(
            "verify", .program, "Verify data integrity",
            "What was restored is read back and compared with what was backed up."),
        step("resume-services", .program, "Resume services", "What was stopped is started again."),
    ]
}
