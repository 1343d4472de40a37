import Primitives

/// What those have to be told who have a right to know of a breach: drafts, with what is known filled in and the rest as questions. People
/// complete and send them.
package enum BreachNotice {
    /// Regulation (EU) 2016/679, article 33(3), in its order.
    package static func authority(_ runbook: Runbook, id: String) -> [String] {
        let end = LegalDeadline.authority.end(known: runbook.known)
        return [
            "Notification of a personal data breach to the supervisory authority (GDPR, article 33)",
            "To be made without undue delay, at the latest \(end); what is not known yet may follow in phases (article 33(4)).",
            "",
            "Reference: \(id)",
            "Became aware: \(runbook.known)",
            "(a) Nature of the breach: \(runbook.cause)",
            "    Categories and approximate number of persons concerned: [TO BE COMPLETED]",
            "    Categories and approximate number of records concerned: \(about(runbook)) [TO BE COMPLETED]",
            "(b) Data protection officer or other contact: [TO BE COMPLETED]",
            "(c) Likely consequences: [TO BE COMPLETED]",
            "(d) Measures taken or proposed:",
        ] + measures(runbook)
            + [
                "    Further measures: [TO BE COMPLETED]",
                "Reasons for a delay, if later than 72 hours: [TO BE COMPLETED]",
            ]
    }

    /// 45 CFR 164.404(c), in its order.
    package static func persons(_ runbook: Runbook, id: String) -> [String] {
        let end = LegalDeadline.persons.end(known: runbook.known)
        return [
            "Notice to individuals of a breach of unsecured protected health information (45 CFR 164.404)",
            "To be sent without unreasonable delay, at the latest \(end), by first-class mail or agreed e-mail; of 500 persons or more, HHS and the media at the same time (164.406, 164.408).",
            "",
            "Reference: \(id)",
            "(A) What happened, when it happened and when it was discovered: \(runbook.cause); discovered \(runbook.known); happened [TO BE COMPLETED]",
            "(B) Types of information involved: \(about(runbook)) [TO BE COMPLETED]",
            "(C) What you should do to protect yourself: [TO BE COMPLETED]",
            "(D) What we do to investigate, to mitigate harm and to protect against further breaches:",
        ] + measures(runbook)
            + ["(E) How to ask questions (toll-free number, e-mail, web site or postal address): [TO BE COMPLETED]"]
    }

    private static func about(_ runbook: Runbook) -> String {
        runbook.subjects.isEmpty ? "all components" : runbook.subjects.joined(separator: ", ")
    }

    private static func measures(_ runbook: Runbook) -> [String] {
        let done = runbook.steps.filter { $0.standing == .done && $0.step.id != "notify" }
        return done.map { "    \($0.ended.map { "\($0)" } ?? "") \($0.step.title)" }
    }
}
