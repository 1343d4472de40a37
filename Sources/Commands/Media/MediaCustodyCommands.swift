import ArgumentParser
import Identity
import Operations
import Primitives

struct MediaOutCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "out",
        abstract: "Record who has a medium, where it lies, and when it is due back.",
        discussion: """
            With the medium attached, give its path: the record goes onto it as well. Without it, give its label.

              safehold media out /mnt/disk --custodian 'A. Weber' --location 'bank, box 12' --due 2027-01-31
              safehold media out 2026-A --custodian 'A. Weber' --location 'bank, box 12' --due 2027-01-31
            """)

    @Argument(help: "Where the medium is mounted (with a slash), or its label.")
    var medium: String

    @Option(name: .long, help: ArgumentHelp("Who has it.", valueName: "name"))
    var custodian: String

    @Option(name: .long, help: ArgumentHelp("Where it lies.", valueName: "place"))
    var location: String

    @Option(name: .long, help: ArgumentHelp("The day on which it should be back: 2027-01-31.", valueName: "date"))
    var due: String

    @Option(name: .long, help: ArgumentHelp("The site it is kept at, if that is another one now.", valueName: "name"))
    var site: String?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let facts = try Custody.signOut(
            permit: try session.permit(MediaAction.self, on: try session.target(ofNamed: medium)),
            try session.medium(named: medium),
            repository: try session.repositoryID(repositoryOptions),
            handover: Custody.Handover(custodian: custodian, location: location, site: site, due: due),
            state: session.surroundings.hostState, clock: session.surroundings.clock)
        facts.show(session, "'\(facts.label)' is out: \(custodian) has it, at \(location), until \(due).")
        return .done
    }
}

struct MediaInCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "in",
        abstract: "Record that a medium is back.",
        discussion: """
            With the medium attached, give its path: what other hosts wrote into its journal is taken over. Without it, give its label.

              safehold media in /mnt/disk --location 'shelf 3'
              safehold media in 2026-A
            """)

    @Argument(help: "Where the medium is mounted (with a slash), or its label.")
    var medium: String

    @Option(name: .long, help: ArgumentHelp("Where it lies now.", valueName: "place"))
    var location: String?

    @Option(name: .long, help: ArgumentHelp("The site it is kept at, if that is another one now.", valueName: "name"))
    var site: String?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let facts = try Custody.signIn(
            permit: try session.permit(MediaAction.self, on: try session.target(ofNamed: medium)),
            try session.medium(named: medium),
            repository: try session.repositoryID(repositoryOptions), location: location, site: site,
            state: session.surroundings.hostState, clock: session.surroundings.clock)
        facts.show(session, "'\(facts.label)' is back.")
        return .done
    }
}

extension MediumFacts {
    fileprivate func show(_ session: Session, _ sentence: String) {
        if session.output.json {
            session.output.record("medium") { fill(&$0, at: session.surroundings.clock.now()) }
        } else if !session.output.quiet {
            session.output.line(sentence)
        }
    }
}
