import ArgumentParser
import Identity
import Operations
import Primitives
import Procedures

struct EmergencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emergency",
        abstract: "Go through a system failure, a security breach or corrupted data, step by step.",
        discussion: """
            Each procedure is a fixed order of steps. What the program can do, 'next' does; what people do, they do, and sign off with --note.
            Everything is written down below the host's state, with times and names, and needs neither the daemon nor the catalog: whoever is
            there goes on, and what was cut off is done again. docs/emergency.md.

              safehold emergency start system-failure --cause 'The rack of the database lost its power'
              safehold emergency next
              safehold emergency next --note 'The disk controller is dead; the machine will not be used again'
              safehold emergency status
              safehold emergency hand-over eva --note 'Shift ends at 18:00'
              safehold emergency report --output report.md
            """,
        subcommands: [
            EmergencyStartCommand.self, EmergencyStatusCommand.self, EmergencyNextCommand.self,
            EmergencySkipCommand.self, EmergencyHandOverCommand.self, EmergencyTakeOverCommand.self,
            EmergencyAbortCommand.self, EmergencyReportCommand.self, EmergencyScopeCommand.self,
        ])
}

extension Procedure: ExpressibleByArgument {}

/// Which runbook.
struct RunbookOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The beginning of its id. Default: the newest that is under way.", valueName: "id"))
    var runbook: String?
}

extension Session {
    var runbooks: RunbookBook { RunbookBook(surroundings.hostState) }

    /// Under which name somebody goes on with a procedure.
    var runbookHand: String {
        let actor = surroundings.door.whoIsThere()
        return actor.login?.description ?? actor.user
    }

    func entry(_ what: RunbookEntry.What) -> RunbookEntry {
        RunbookEntry(what, by: runbookHand, at: surroundings.clock.now())
    }

    /// Writes one more entry and shows where the procedure is now.
    func go(on options: RunbookOptions, _ what: RunbookEntry.What) throws -> Outcome {
        _ = try permit(VerifyAction.self, on: .anything)
        let id = try runbooks.find(options.runbook)
        let runbook = try runbooks.append(entry(what), to: id)
        show(runbook, id)
        return .done
    }

    func show(_ runbook: Runbook, _ id: String) {
        let text = RunbookText(id: id, runbook: runbook, now: surroundings.clock.now())
        if output.json { text.record(into: output) } else if !output.quiet { output.lines(text.lines) }
    }
}
