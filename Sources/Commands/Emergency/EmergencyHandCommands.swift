import ArgumentParser
import Operations
import Procedures

struct EmergencySkipCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "skip", abstract: "Leave the step out whose turn it is, and say why.",
        discussion: """
              safehold emergency skip --reason 'The services are not on this machine'
            """)

    @Option(name: .long, help: ArgumentHelp("Why it is left out.", valueName: "text"))
    var reason: String

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let book = session.runbooks
        let current = try book.read(try book.find(runbookOptions.runbook)).current?.step.id ?? ""
        return try session.go(on: runbookOptions, .skipped(step: current, reason: reason))
    }
}

struct EmergencyHandOverCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "hand-over", abstract: "Put a procedure into another person's hands.",
        discussion: """
            From then on the other one goes on with it: by the login name where people sign in, else by the name of the account.

              safehold emergency hand-over eva --note 'The restore runs until about four'
            """)

    @Argument(help: ArgumentHelp("Who goes on.", valueName: "name"))
    var name: String

    @Option(name: .long, help: ArgumentHelp("What the other one has to know.", valueName: "text"))
    var note = ""

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try session.go(on: runbookOptions, .handedOver(to: name, note: note))
    }
}

struct EmergencyTakeOverCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "take-over", abstract: "Go on with what another one began who cannot hand it over.",
        discussion: """
              safehold emergency take-over --reason 'Anna is on her way and cannot be reached'
            """)

    @Option(name: .long, help: ArgumentHelp("Why it was not handed over.", valueName: "text"))
    var reason: String

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try session.go(on: runbookOptions, .takenOver(reason: reason))
    }
}

struct EmergencyAbortCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "End a procedure before its last step, and say why.",
        discussion: """
            Nothing is undone: services stay as they are, and what was restored stays where it is.

              safehold emergency abort --reason 'A false alarm: the archive was encrypted by us'
            """)

    @Option(name: .long, help: ArgumentHelp("Why it ends.", valueName: "text"))
    var reason: String

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try session.go(on: runbookOptions, .aborted(reason: reason))
    }
}
