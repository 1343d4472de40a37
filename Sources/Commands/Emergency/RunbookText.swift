import Operations
import Primitives
import Procedures

/// A runbook as people and programs see it.
struct RunbookText {
    let id: String
    let runbook: Runbook
    let now: Timestamp

    var standing: String {
        switch runbook.outcome {
        case .open: "step \(done + 1) of \(runbook.steps.count)"
        case .completed(let time): "completed \(Text.time(time))"
        case .aborted(let time, _): "aborted \(Text.time(time))"
        }
    }

    private var done: Int { runbook.steps.count { $0.isOver } }

    var lines: [String] {
        var lines = [
            "\(runbook.procedure.title) \(id): \(standing)",
            "  \(Text.printable(Array(runbook.cause.utf8)))",
            "  declared \(Text.time(runbook.declared)) UTC, in the hands of \(Text.printable(Array(runbook.holder.utf8)))",
        ]
        if !runbook.subjects.isEmpty { lines.append("  about " + runbook.subjects.joined(separator: ", ")) }
        lines += deadlines.map { "  \($0.line)" }
        lines.append("")
        lines += stepLines
        lines += nextLines
        return lines
    }

    private var stepLines: [String] {
        var table = Table([("", .left), ("step", .left), ("who", .left), ("took", .right), ("what came of it", .left)])
        for state in runbook.steps {
            table.add([
                state.mark, state.step.title,
                state.by.isEmpty
                    ? (state.step.doer == .people ? "people" : "program") : Text.printable(Array(state.by.utf8)),
                state.seconds.map(Text.duration) ?? "", Text.clipped(state.words),
            ])
        }
        return table.lines
    }

    private var nextLines: [String] {
        guard let current = runbook.current else { return [] }
        let isRestore = current.step.id == "restore"
        let more = current.step.doer == .people ? " --note 'WHAT WAS DONE'" : isRestore ? " --target DIR" : ""
        return ["", "Next: \(current.step.title). \(current.step.instruction)", "  safehold emergency next\(more)"]
    }

    /// Deadlines that run from when it was known, as long as nobody said that those were told.
    var deadlines: [(deadline: LegalDeadline, end: Timestamp, line: String)] {
        let isTold = runbook.steps.contains { $0.step.id == "notify" && $0.isOver }
        return runbook.procedure.deadlines.map { deadline in
            let end = deadline.end(known: runbook.known)
            let left = Double(end.nanoseconds - now.nanoseconds) / 1e9
            let words =
                isTold
                ? "dealt with"
                : left < 0 ? "OVERDUE since \(Text.duration(-left))" : "\(Text.duration(left)) left"
            return (deadline, end, "until \(Text.time(end)) UTC: tell \(deadline.words) (\(words))")
        }
    }

    func record(into output: Output) {
        output.record("runbook") { fill(&$0) }
        for (index, state) in runbook.steps.enumerated() {
            output.record("runbook-step") { state.fill(&$0, number: index + 1, of: id) }
        }
    }

    func fill(_ object: inout JSONObject) {
        object.set("id", id)
        object.set("procedure", runbook.procedure.rawValue)
        object.set("cause", runbook.cause)
        object.set("components", runbook.subjects)
        object.set("declared", runbook.declared)
        object.set("known", runbook.known)
        object.set("holder", runbook.holder)
        switch runbook.outcome {
        case .open: object.set("outcome", "open")
        case .completed(let time):
            object.set("outcome", "completed")
            object.set("ended", time)
        case .aborted(let time, let reason):
            object.set("outcome", "aborted")
            object.set("ended", time)
            object.set("reason", reason)
        }
        if let current = runbook.current { object.set("next", current.step.id) }
        for line in deadlines { object.set("deadline_" + line.deadline.rawValue.replacing("-", with: "_"), line.end) }
    }
}

extension Runbook.StepState {
    fileprivate var mark: String {
        switch standing {
        case .ahead: " "
        case .begun: "~"
        case .done: "x"
        case .failed: "!"
        case .skipped: "-"
        }
    }

    var seconds: Double? {
        guard let began, let ended, isOver else { return nil }
        return Double(ended.nanoseconds - began.nanoseconds) / 1e9
    }

    /// What was said of it.
    var words: String {
        let text =
            switch standing {
            case .ahead: ""
            case .begun: "was begun and not ended; it is done again"
            case .done: note
            case .failed(let message): message
            case .skipped(let reason): "left out: " + reason
            }
        return Text.printable(Array(text.utf8))
    }

    private var word: String {
        switch standing {
        case .ahead: "ahead"
        case .begun: "begun"
        case .done: "done"
        case .failed: "failed"
        case .skipped: "skipped"
        }
    }

    fileprivate func fill(_ object: inout JSONObject, number: Int, of id: String) {
        object.set("runbook", id)
        object.set("number", UInt64(number))
        object.set("step", step.id)
        object.set("title", step.title)
        object.set("doer", step.doer == .people ? "people" : "program")
        object.set("standing", word)
        object.set("by", by)
        if let began { object.set("began", began) }
        if let ended { object.set("ended", ended) }
        object.set("said", words)
        object.set("attempts", UInt64(attempts))
        object.set(
            "facts",
            .object(facts.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: .text($0.value)) }))
    }
}
