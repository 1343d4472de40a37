import Primitives

/// One line of a runbook's journal: what somebody did, or what the program did for him.
package struct RunbookEntry: Sendable, Equatable {
    package enum What: Sendable, Equatable {
        /// `known`: when whoever declared it knew of it; legal clocks run from then.
        case declared(Procedure, cause: String, known: Timestamp, subjects: [String])
        /// The program sets about it. What is begun and not ended was cut off, and is done again.
        case begun(step: String)
        case done(step: String, note: String, facts: [String: String])
        case failed(step: String, message: String)
        case skipped(step: String, reason: String)
        /// From now on it is another's.
        case handedOver(to: String, note: String)
        /// Somebody went on with what another began, who cannot be asked.
        case takenOver(reason: String)
        case aborted(reason: String)
    }

    package var what: What
    /// Who: the login name where people sign in, else the user of the operating system.
    package var by: String
    package var at: Timestamp

    package init(_ what: What, by: String, at: Timestamp) { (self.what, self.by, self.at) = (what, by, at) }

    package var json: JSON {
        var object = JSONObject()
        object.set("at", at)
        object.set("by", by)
        switch what {
        case .declared(let procedure, let cause, let known, let subjects):
            object.set("cause", cause)
            object.set("known", known)
            object.set("procedure", procedure.rawValue)
            object.set("subjects", subjects)
            object.set("what", "declared")
        case .begun(let step):
            object.set("step", step)
            object.set("what", "begun")
        case .done(let step, let note, let facts):
            object.set(
                "facts",
                .object(facts.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: .text($0.value)) }))
            object.set("note", note)
            object.set("step", step)
            object.set("what", "done")
        case .failed(let step, let message):
            object.set("message", message)
            object.set("step", step)
            object.set("what", "failed")
        case .skipped(let step, let reason):
            object.set("reason", reason)
            object.set("step", step)
            object.set("what", "skipped")
        case .handedOver(let to, let note):
            object.set("note", note)
            object.set("to", to)
            object.set("what", "handed-over")
        case .takenOver(let reason):
            object.set("reason", reason)
            object.set("what", "taken-over")
        case .aborted(let reason):
            object.set("reason", reason)
            object.set("what", "aborted")
        }
        return object.value
    }

    package init?(_ json: JSON) {
        guard let at = json["at"]?.text.flatMap(Timestamp.init(precise:)), let by = json["by"]?.text,
            let what = json["what"]?.text.flatMap({ What($0, json) })
        else { return nil }
        self.init(what, by: by, at: at)
    }
}

extension RunbookEntry.What {
    fileprivate init?(_ name: String, _ json: JSON) {
        func text(_ name: String) -> String? { json[name]?.text }
        switch name {
        case "declared":
            guard let procedure = text("procedure").flatMap(Procedure.init(rawValue:)), let cause = text("cause"),
                let known = text("known").flatMap(Timestamp.init(precise:)),
                let subjects = json["subjects"]?.list?.compactMap(\.text)
            else { return nil }
            self = .declared(procedure, cause: cause, known: known, subjects: subjects)
        case "begun":
            guard let step = text("step") else { return nil }
            self = .begun(step: step)
        case "done":
            guard let step = text("step"), let note = text("note"), case .object(let members)? = json["facts"] else {
                return nil
            }
            let facts = Dictionary(members.map { ($0.name, $0.value.text ?? "") }, uniquingKeysWith: { $1 })
            self = .done(step: step, note: note, facts: facts)
        case "failed":
            guard let step = text("step"), let message = text("message") else { return nil }
            self = .failed(step: step, message: message)
        case "skipped":
            guard let step = text("step"), let reason = text("reason") else { return nil }
            self = .skipped(step: step, reason: reason)
        case "handed-over":
            guard let to = text("to"), let note = text("note") else { return nil }
            self = .handedOver(to: to, note: note)
        case "taken-over":
            guard let reason = text("reason") else { return nil }
            self = .takenOver(reason: reason)
        case "aborted":
            guard let reason = text("reason") else { return nil }
            self = .aborted(reason: reason)
        default: return nil
        }
    }
}
