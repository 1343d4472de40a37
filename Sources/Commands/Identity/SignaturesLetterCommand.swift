import ArgumentParser
import Identity
import Operations
import Primitives

struct SignaturesLetterCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "letter",
        abstract: "Write down when the agency was told, in a letter, that signatures here are meant as those by hand.",
        discussion: """
            Whoever keeps records for the FDA certifies that to the agency before or when such signatures are first used (21 CFR
            11.100(c)). The letter is your own; the day that it was sent is kept here, by whom it was written down, and shown to whoever asks.

              safehold signatures letter --sent 2026-11-02
              safehold signatures letter
            """)

    @Option(name: .long, help: ArgumentHelp("The day on which it was sent. Default: shows it.", valueName: "date"))
    var sent: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard let sent else { return }
        guard Timestamp(description: sent + "T00:00:00Z") != nil else {
            throw ValidationError("--sent takes a day, as 2026-11-02.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw LoginCommand.unfounded }
        let line =
            if let sent {
                try Letters.note(permit: try session.permit(AccountAction.self), keeping: keeping, sent: sent)
            } else {
                try Letters.show(permit: try session.permit(InspectAction.self, on: .anything), keeping: keeping)
            }
        if session.output.json {
            session.output.record("agency-letter") { object in
                object.set("sent", line?.sent)
                object.set("noted_by", line?.by)
                if let line { object.set("noted", line.at) }
            }
        } else if !session.output.quiet {
            session.output.line(
                line.map {
                    "Sent on \($0.sent), as \(Text.printable(Array($0.by.utf8))) wrote down at \(Text.time($0.at))."
                } ?? "No letter to the agency is written down.")
        }
        return .done
    }
}
