import ArgumentParser
import Identity
import Operations
import Primitives

struct UsersResetCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Give somebody a temporary password: his first, or instead of one that he has lost.",
        discussion: """
            Nobody gets a password from one person alone, who could take his place with it. It is good for a day, and he chooses his own
            at his next 'safehold login'; for a day he signs nothing. His authenticator stays; who has lost that has recovery codes.

              safehold users reset carla --request --reason 'Has forgotten it'
              safehold users reset carla --request-id 1f3a9c20 --reason 'Has forgotten it' --handover first-passwords
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @Option(
        name: .long, help: ArgumentHelp("Where the temporary password goes, as a file.", valueName: "dir"),
        completion: .directory)
    var handover: String?

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        let permit = try session.permit(AccountAction.self)
        let plan = try People.resetPlan(keeping: keeping, named: name)
        if fourEyes.request { return try fourEyes.ask(for: plan, permit, session) }
        guard let request = fourEyes.requestId else { throw plan.needsOthers }
        try Secrets.requireSomewhere(handover, session)
        let (line, text) = try People.reset(permit: permit, keeping: keeping, named: name, request: request)
        try Secrets.handOver([(line.person.name.description, text)], to: handover, session)
        line.show(
            "\(line.person.printedName) signs in with 'safehold login \(line.person.name)' within a day, and chooses a password.",
            session.output)
        return .done
    }
}
