import ArgumentParser
import Identity
import Operations
import Primitives
import Procedures

struct EmergencyStartCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Declare an emergency, and begin its procedure.",
        discussion: """
            system-failure: stop services, find what failed, restore the last good backup, verify, resume. breach: isolate, find when it began,
            restore from before, compare, patch, verify, new keys, tell who has to be told; as long as it goes on this host drops and frees
            nothing. corruption: find which files are damaged since when, and restore only those.

              safehold emergency start system-failure --cause 'The database server does not boot'
              safehold emergency start breach --cause 'Files have strange endings' --known 2026-11-28T06:30:00Z
              safehold emergency start corruption documentation --cause 'Scans cannot be opened'
            """)

    @Argument(help: "What has happened: system-failure, breach or corruption.")
    var procedure: Procedure

    @Argument(help: "Components it is about; none: all of the strategy, or of the repository.")
    var components: [String] = []

    @Option(name: .long, help: ArgumentHelp("What was seen, in a sentence.", valueName: "text"))
    var cause: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "When it was first known, as 2026-11-28T06:30:00Z: from then on legal deadlines run. Default: now.",
            valueName: "time"))
    var known: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard cause.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("--cause needs a word on what was seen.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(VerifyAction.self, on: .anything)
        let now = session.surroundings.clock.now()
        let (id, runbook) = try session.runbooks.declare(
            procedure, cause: cause, known: try moment(before: now), subjects: components, by: session.runbookHand,
            at: now)
        session.show(runbook, id)
        return .done
    }

    private func moment(before now: Timestamp) throws -> Timestamp {
        guard let known else { return now }
        guard let time = Timestamp(description: known), time <= now else {
            throw Failure(
                .usage, "'\(known)' is no time that has been.",
                advice: "Give --known as 2026-11-28T06:30:00Z, in UTC; without it, it is now.")
        }
        return time
    }
}

struct EmergencyStatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far a procedure is, or list those that there were.",
        discussion: """
            With no procedure under way, all that there were are listed.

              safehold emergency status
              safehold emergency status --all
            """)

    @Flag(name: .long, help: "List all procedures, also those that are over.")
    var all = false

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(InspectAction.self, on: .anything)
        let book = session.runbooks
        let ids = try book.ids()
        let isOpen = runbookOptions.runbook != nil || ids.contains { (try? book.read($0))?.outcome == .open }
        if isOpen, !all {
            let id = try book.find(runbookOptions.runbook)
            session.show(try book.read(id), id)
            return .done
        }
        var table = Table(["runbook", "declared (UTC)", "how far", "in the hands of"].map { ($0, .left) })
        var damaged = false
        for id in ids {
            do { try list(try book.read(id), id, &table, session) } catch let failure as Failure
                where failure.code == .runbookDamaged
            {
                damaged = true
                session.output.found(failure)
            }
        }
        if !session.output.json { session.output.lines(ids.isEmpty ? ["There was no emergency yet."] : table.lines) }
        return damaged ? .damaged : .done
    }

    private func list(_ runbook: Runbook, _ id: String, _ table: inout Table, _ session: Session) throws {
        let text = RunbookText(id: id, runbook: runbook, now: session.surroundings.clock.now())
        if session.output.json {
            session.output.record("runbook") { text.fill(&$0) }
        } else {
            table.add([id, Text.time(runbook.declared), text.standing, Text.printable(Array(runbook.holder.utf8))])
        }
    }
}
