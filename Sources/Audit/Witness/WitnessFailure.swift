import Primitives
import TransparencyLog

/// What is told to a person by a witness.
enum WitnessFailure {
    static var missing: Failure {
        Failure(
            .usage, "This host is no witness yet.", advice: "'safehold audit witness init' makes the key that it takes."
        )
    }

    static func exists(_ name: NoteName) -> Failure {
        Failure(
            .usage, "This host is the witness '\(name)' already.",
            advice: "'safehold audit witness key' prints its public keys.")
    }

    static func badName(_ text: String) -> Failure {
        Failure(
            .usage, "'\(text)' is no name for a witness.",
            advice: "It has neither spaces nor a plus sign: take one like audit.example.org/witness.")
    }

    static let severalLogs = Failure(
        .usage, "The policy is not that of one log.",
        advice: "Give the file 'policy' of the log's host, or of an export: a witness takes one log at a time.")

    static func otherKeys(_ log: KnownLog) -> Failure {
        Failure(
            .auditReplaced, "This witness knows '\(log.origin)' by other keys.",
            advice:
                "Nobody changes a log's keys: find out who made this policy. Where a host began another log, that has another name."
        )
    }

    static func unusable(_ path: String, _ why: String) -> Failure {
        Failure(
            .stateUnusable, "\(path) \(why).",
            advice: "Put it back as it was. A witness that forgot what it signed would sign a second past.")
    }

    static func rolledBack(_ log: KnownLog, to size: UInt64, where place: String) -> Failure {
        Failure(
            .auditRolledBack,
            "The audit log '\(log.origin)' in \(place) has \(size) entries, and this witness signed \(log.tree.size).",
            advice: advice)
    }

    static func forked(_ log: KnownLog, _ what: String) -> Failure {
        Failure(
            .auditForked, "The audit log '\(log.origin)' has another past than this witness signed: \(what).",
            advice: advice)
    }

    static func unsigned(_ log: KnownLog, _ place: String) -> Failure {
        Failure(
            .signatureInvalid, "No checkpoint in \(place) bears the signatures of the audit log '\(log.origin)'.",
            advice: "Somebody else wrote them: find out who may write there.")
    }

    static func unproven(_ log: KnownLog, to size: UInt64, where place: String) -> Failure {
        Failure(
            .auditUnwitnessed,
            "Nothing in \(place) shows that the audit log '\(log.origin)' with \(size) entries goes on from the \(log.tree.size) that this witness signed.",
            advice:
                "Run 'safehold audit publish' on the log's host. If that does not help, treat the log as one that was forked."
        )
    }

    private static let advice =
        "Keep what is there, and ask whoever is responsible for that host: compare with exports and other copies. Nothing was signed."
}
