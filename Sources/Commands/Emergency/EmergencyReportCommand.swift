import ArgumentParser
import Identity
import Operations
import Primitives
import Procedures

struct EmergencyReportCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write what was done in a procedure, by whom and when; of a breach, with drafts of the notices.",
        discussion: """
            Text in Markdown, of a procedure that is over or under way. 'safehold sign' signs the file.

              safehold emergency report
              safehold emergency report --runbook 20261128T0631 --output report.md
            """)

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where to; it must not exist. Default: shown.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(InspectAction.self, on: .anything)
        let book = session.runbooks
        let id = try runbookOptions.runbook.map { try book.find($0) } ?? newest(book)
        let runbook = try book.read(id)
        let lines = RunbookReport(id: id, runbook: runbook, now: session.surroundings.clock.now()).lines
        if let output {
            let path = try session.text(try session.absolute(output))
            guard try LocalFile.read(path, limit: 1 << 30) == nil else {
                throw Failure(
                    .targetUnusable, "\(path) exists.", advice: "Give --output another name; nothing was written.")
            }
            try LocalFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
            if !session.output.quiet, !session.output.json { session.output.line("Written: \(path)") }
        }
        if session.output.json {
            session.show(runbook, id)
        } else if output == nil {
            session.output.lines(lines)
        }
        return .done
    }

    /// The one that is under way, or else the last.
    private func newest(_ book: RunbookBook) throws -> String {
        do { return try book.find(nil) } catch let failure as Failure where failure.code == .runbookMissing {
            guard let last = try book.ids().last else { throw failure }
            return last
        }
    }
}

/// A runbook as a text in Markdown: every entry of its journal, in order.
private struct RunbookReport {
    let id: String
    let runbook: Runbook
    let now: Timestamp

    var lines: [String] {
        let text = RunbookText(id: id, runbook: runbook, now: now)
        var lines = [
            "# \(runbook.procedure.title): \(id)", "", plain(runbook.cause), "",
            "- declared: \(runbook.declared) by \(plain(runbook.entries[0].by))", "- known since: \(runbook.known)",
            "- about: \(runbook.subjects.isEmpty ? "everything" : runbook.subjects.joined(separator: ", "))",
            "- standing: \(text.standing)",
        ]
        lines += text.deadlines.map { "- \($0.line)" }
        lines += ["", "## Steps", ""]
        for (index, state) in runbook.steps.enumerated() { lines += step(state, index + 1) }
        lines += ["", "## Journal", ""] + runbook.entries.map(entry)
        if runbook.procedure == .breach {
            for notice in [BreachNotice.authority(runbook, id: id), BreachNotice.persons(runbook, id: id)] {
                lines += ["", "## Draft", "", "```"] + notice.map(plain) + ["```"]
            }
        }
        return lines
    }

    private func step(_ state: Runbook.StepState, _ number: Int) -> [String] {
        let took = state.seconds.map { ", took \(Text.duration($0))" } ?? ""
        let when = state.ended.map { ", \($0)" } ?? ""
        let by = state.by.isEmpty ? "" : " (\(plain(state.by))\(when)\(took))"
        return ["\(number). **\(state.step.title)**\(by): \(state.words.isEmpty ? "not yet" : state.words)"]
    }

    private func entry(_ entry: RunbookEntry) -> String {
        let what =
            switch entry.what {
            case .declared: "declared it"
            case .begun(let step): "began '\(step)'"
            case .done(let step, let note, _): "did '\(step)': \(note)"
            case .failed(let step, let message): "failed at '\(step)': \(message)"
            case .skipped(let step, let reason): "left out '\(step)': \(reason)"
            case .handedOver(let to, let note): "handed it over to \(to)" + (note.isEmpty ? "" : ": " + note)
            case .takenOver(let reason): "took it over: \(reason)"
            case .aborted(let reason): "aborted it: \(reason)"
            }
        return "- \(entry.at) \(plain(entry.by)) \(plain(what))"
    }

    private func plain(_ text: String) -> String { Text.printable(Array(text.utf8)) }
}
