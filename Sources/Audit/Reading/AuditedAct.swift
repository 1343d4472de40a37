import Primitives

/// An act as the log has it: the intent, and what became of it.
package struct AuditedAct: Sendable {
    package struct End: Sendable {
        /// Of the entry.
        package var number: UInt64
        package var entry: AuditEntry
        package var outcome: AuditEntry.Outcome
    }

    /// Of the intent's entry.
    package var number: UInt64
    package var entry: AuditEntry
    package var intent: AuditEntry.Intent
    /// In their order; several only of a standing act, and where somebody was taken for gone who was not.
    package var ends: [End]

    /// Nil while it is under way, and where its end is not written down yet.
    package var result: ActEnding.Result? { ends.last?.outcome.ending.result }
    package var code: Failure.Code? { ends.last?.outcome.ending.code }
    package var plan: Digest32? { ends.last?.outcome.ending.plan ?? intent.plan }

    /// What was named, and what became known on the way.
    package var objects: [ActObject] {
        ends.reduce(intent.objects) { known, end in
            known + end.outcome.ending.objects.filter { !known.contains($0) }
        }
    }
}

/// Which acts somebody looks for; what is nil lets all through.
package struct AuditSearch: Sendable {
    /// A user's name, the number of a user or a login, or the id or a name of a person who signed in.
    package var person: String?
    package var component: String?
    /// A word, or the first part of one: `keys` is all that is done to keys.
    package var act: String?
    package var since: Timestamp?
    package var until: Timestamp?
    /// A result, a code, or `open`.
    package var outcome: String?
    /// Anywhere in what is named and in the reason, whatever its case.
    package var text: String?

    package init() {}

    package func matches(_ act: AuditedAct) -> Bool {
        let time = act.entry.moment.time
        return isPerson(act.entry.actor) && isComponent(act) && isAct(act.intent.act) && isOutcome(act)
            && (since.map { time >= $0 } ?? true) && (until.map { time <= $0 } ?? true) && isText(act)
    }

    private func isPerson(_ actor: AuditActor) -> Bool {
        guard let person else { return true }
        return actor.name == person || String(actor.uid) == person || actor.loginUID.map(String.init) == person
            || actor.session.map { [$0.person, $0.login, $0.name].contains(person) } ?? false
    }

    private func isComponent(_ act: AuditedAct) -> Bool {
        guard let component else { return true }
        return act.objects.contains(ActObject(.component, component))
    }

    private func isAct(_ name: String) -> Bool {
        guard let act else { return true }
        return name == act || name.hasPrefix(act + "-")
    }

    private func isOutcome(_ act: AuditedAct) -> Bool {
        guard let outcome else { return true }
        guard !act.ends.isEmpty else { return outcome == "open" }
        return act.ends.contains {
            $0.outcome.ending.result.rawValue == outcome || $0.outcome.ending.code?.rawValue == outcome
        }
    }

    private func isText(_ act: AuditedAct) -> Bool {
        guard let text else { return true }
        let wanted = text.lowercased()
        let names = act.objects.map(\.name.description) + [act.intent.reason ?? "", act.plan?.hex ?? ""]
        return names.contains { $0.lowercased().contains(wanted) }
    }
}
