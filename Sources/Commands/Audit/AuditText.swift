import Audit
import Operations
import Primitives

/// Acts as a table, newest last.
enum AuditTable {
    static func lines(_ acts: [AuditedAct]) -> [String] {
        var table = Table([
            ("entry", .right), ("time (UTC)", .left), ("who", .left), ("what", .left), ("outcome", .left),
            ("on what", .left),
        ])
        for act in acts {
            table.add([
                String(act.number), Text.time(act.entry.moment.time.wholeSeconds), act.entry.actor.printed,
                act.intent.act,
                act.outcomeText, act.objects.map(\.printed).joined(separator: ", "),
            ])
        }
        return table.lines
    }
}

extension Timestamp {
    fileprivate var wholeSeconds: Timestamp {
        Timestamp(nanoseconds: nanoseconds - (nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000)
    }
}

extension AuditActor {
    var printed: String { AuditTextForm.printable(session?.name ?? name) + (kind == .host ? " (program)" : "") }
}

extension ActObject {
    var printed: String { kind.rawValue + " " + AuditTextForm.printable(name.description) }
}

enum AuditTextForm {
    static func printable(_ text: String) -> String { Text.printable(Array(text.utf8)) }
}

extension AuditedAct {
    /// `under way` is for the acts whose end nobody has written yet.
    var outcomeText: String {
        guard let result else { return "open" }
        return result.rawValue + (code.map { ": \($0.rawValue)" } ?? "")
    }

    /// All there is to it, for a person.
    var lines: [String] {
        let actor = entry.actor
        var lines = [
            "Entry \(number): \(intent.act), \(outcomeText)",
            "  who      \(actor.printed), user \(actor.uid) (\(AuditTextForm.printable(actor.name)))"
                + (actor.loginUID.map { ", logged in as user \($0)" } ?? "")
                + ", on \(AuditTextForm.printable(actor.host))",
            "  known by \(AuditTextForm.printable(actor.authentication))"
                + (actor.session.map {
                    AuditTextForm.printable("; \($0.login), \($0.person), as \($0.role ?? "-"), session \($0.id)")
                } ?? ""),
            "  begun    \(entry.moment.printed)",
        ]
        lines += objects.map { "  on       \($0.printed)" }
        if let reason = intent.reason { lines.append("  reason   \(AuditTextForm.printable(reason))") }
        if let plan { lines.append("  plan     \(plan.hex)") }
        if let strategy = intent.strategy { lines.append("  strategy \(strategy.hex)") }
        lines.append("  software \(AuditTextForm.printable(entry.software)), process \(intent.process)")
        if intent.isStanding { lines.append("  It stands for an hour of the same, by one component.") }
        return lines + ends.flatMap(\.lines)
    }
}

extension AuditedAct.End {
    fileprivate var lines: [String] {
        let ending = outcome.ending
        let what = ending.result.rawValue + (ending.code.map { ": \($0.rawValue)" } ?? "")
        let by = outcome.isReconciled ? "; found by \(entry.actor.printed), nobody was at it any more" : ""
        return ["  ended    \(entry.moment.printed), \(what) (entry \(number))\(by)"]
            + entry.moment.stores.map { "           the clock of \($0.printed)" }
    }
}

extension StoreClock {
    fileprivate var printed: String {
        let side = ahead < 0 ? "behind" : "ahead"
        return
            "\(AuditTextForm.printable(name.description)) said \(Text.preciseTime(time)), \(Text.duration(Double(ahead.magnitude) / 1000)) \(side)"
    }

    /// For programs: the time, the difference, the name.
    fileprivate var words: String { "\(time.preciseDescription) \(ahead) \(name)" }
}

extension AuditMoment {
    var printed: String { "\(Text.preciseTime(time)), \(uptime / 1_000_000) s after start \(boot.prefix(8))" }
}

extension AuditedAct {
    func fill(_ object: inout JSONObject) {
        let actor = entry.actor
        object.set("entry", number)
        object.set("time", entry.moment.time)
        object.set("act", intent.act)
        object.set("effect", intent.effect.rawValue)
        object.set("by", actor.kind.rawValue)
        object.set("user", actor.name)
        object.set("uid", UInt64(actor.uid))
        object.set("login_uid", actor.loginUID.map(UInt64.init))
        object.set("host", actor.host)
        object.set("authentication", actor.authentication)
        object.set("person", actor.session?.person)
        object.set("login", actor.session?.login)
        object.set("printed_name", actor.session?.name)
        object.set("role", actor.session?.role)
        object.set("session", actor.session?.id)
        object.set("objects", objects.map { "\($0.kind.rawValue) \($0.name)" })
        object.set("reason", intent.reason)
        object.set("plan", plan?.hex)
        object.set("strategy", intent.strategy?.hex)
        object.set("software", entry.software)
        object.set("standing", intent.isStanding)
        object.set("outcome", result?.rawValue ?? "open")
        object.set("code", code?.rawValue)
        if let end = ends.last {
            object.set("outcome_entry", end.number)
            object.set("outcome_time", end.entry.moment.time)
            object.set("store_clocks", end.entry.moment.stores.map(\.words))
            object.set("reconciled", end.outcome.isReconciled)
        }
    }
}
