import Primitives
import TransparencyLog

/// What is told to a person of trouble with the audit log.
package enum AuditFailure {
    static var busy: Failure {
        Failure(
            .auditBusy, "Other programs have been writing to the audit log for too long.",
            advice: "Try again. Nothing was done: what cannot be written down is not begun.")
    }

    /// Upon an intent: the act is not begun.
    static func unwritten(_ error: any Error, _ place: AuditPlace) -> Failure {
        let failure = of(error, place)
        guard let code = code(of: failure) else { return failure }
        return Failure(
            code,
            "Nothing was done, because it cannot be written into the audit log. \(failure.message)",
            advice:
                "Check owner, mode and free space of \(place.state), or set SAFEHOLD_HOME to a directory that can be written."
        )
    }

    /// Upon an outcome: the act is over.
    static func unended(_ error: any Error, _ place: AuditPlace) -> Failure {
        let failure = of(error, place)
        guard let code = code(of: failure) else { return failure }
        return Failure(
            code,
            "The command came to its end, but how it ended cannot be written into the audit log. \(failure.message)",
            advice:
                "Check owner, mode and free space of \(place.state). The log will say that the end of this command is not known."
        )
    }

    /// Of what keeps somebody from writing; nil for what is wrong with the log itself.
    private static func code(of failure: Failure) -> Failure.Code? {
        switch failure.code {
        case .storageFull: .auditFull
        case .stateUnusable, .storageFailed, .storageDenied: .auditUnwritable
        default: nil
        }
    }

    /// What is wrong with a log, by code.
    package static func of(_ error: any Error, _ place: AuditPlace) -> Failure {
        if let failure = error as? Failure { return failure }
        if let problem = error as? LogProblem { return of(problem, place) }
        if let error = error as? EncodingError { return altered("something in it \(error.problem)", place) }
        return altered("\(error)", place)
    }

    private static func of(_ problem: LogProblem, _ place: AuditPlace) -> Failure {
        switch problem {
        case .busy: busy
        case .missing, .altered, .alteredEntry, .unsigned, .exists: altered("\(problem)", place)
        case .otherLog: replaced("\(problem)", place)
        case .rolledBack:
            Failure(
                .auditRolledBack,
                "The audit log in \(place.folder) was cut off or put back to an older state: \(problem).",
                advice: advice(place))
        case .forked:
            Failure(
                .auditForked, "The audit log in \(place.folder) has another past than it had: \(problem).",
                advice: advice(place))
        case .entryTooLarge, .full:
            Failure(.auditUnwritable, "The audit log cannot take the entry: \(problem).", advice: advice(place))
        }
    }

    static func altered(_ what: String, _ place: AuditPlace) -> Failure {
        Failure(
            .auditAltered, "The audit log in \(place.folder) is not as it was written: \(what).", advice: advice(place))
    }

    static func replaced(_ what: String, _ place: AuditPlace) -> Failure {
        Failure(
            .auditReplaced, "The audit log in \(place.folder) is not the one that this host wrote: \(what).",
            advice: advice(place))
    }

    static func unwitnessed(_ keys: [VerifierKey], _ place: AuditPlace) -> Failure {
        Failure(
            .auditUnwitnessed,
            "No checkpoint at hand that the witness '\(keys.first?.name.description ?? "")' signed belongs to the past of the audit log in \(place.folder).",
            advice:
                "Give those that it signed: '--repository' of one that it looks after, or '--against FILE'. 'safehold audit witness cosign' makes it sign."
        )
    }

    package static func missing(_ place: AuditPlace) -> Failure {
        Failure(
            .auditMissing, "This host has no audit log in \(place.folder).",
            advice: "Run as the user whose commands are meant, or set SAFEHOLD_HOME to where that user's state is.")
    }

    package static func missing(entry number: UInt64, of size: UInt64) -> Failure {
        Failure(
            .auditMissing, "The audit log has no entry \(number).",
            advice: size == 0
                ? "It has none yet." : "It has \(size), from 0 to \(size - 1); 'safehold audit log' shows the newest.")
    }

    private static func advice(_ place: AuditPlace) -> String {
        "Until this is cleared up nothing is done here. Keep a copy of \(place.folder) and \(place.head), compare with "
            + "'safehold audit verify --against' and the copies in repositories; 'safehold audit restart' begins a new log that says so."
    }
}
