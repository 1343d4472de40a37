import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct AuditRestartCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Put a log aside that is damaged, and begin another one that says so.",
        discussion: """
            For a log that was altered, cut off, put back to an older state or replaced, once it is known what happened: until then nothing
            is done on this host. The old log is kept beside the new one, whose first entry names it as this host remembers it, with the
            reason. Whoever keeps checkpoints sees that the log is another one: tell them.

              safehold audit restart --reason 'Disk of host 7 was restored from its image of 2026-11-20, ticket 4711'
            """)

    @Option(name: .long, help: ArgumentHelp("What happened, for the audit log.", valueName: "text"))
    var reason: String

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= ReasonOptions.longest else {
            throw ValidationError("--reason takes a text of 1 to \(ReasonOptions.longest) bytes.")
        }
    }

    /// It is written into the new log, by itself.
    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AccountAction.self)
        var act = Audit.Act("audit-restart", .remove, reason: reason)
        act.session = session.surroundings.door.auditSession
        let aside = try session.surroundings.recorder.restart(act)
        if session.output.json {
            session.output.record("audit-restart") { $0.set("put_aside", path: Array(aside.utf8)) }
        } else if !session.output.quiet {
            session.output.line("A new log is begun. The old one is kept in \(aside).")
        }
        return .done
    }
}
