import ArgumentParser
import Identity
import Operations
import Primitives

struct UsersLinkCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Say that somebody is who the provider of single sign-on calls so.",
        discussion: """
            It lets him in as a password does, so nobody does it alone, and nobody for himself. The subject is what the provider's
            tokens call somebody ('sub'); who tries 'login --sso' before he is linked is told his. A subject that was somebody's is
            nobody else's for ever.

              safehold users link carla --subject 0b5d1e0c-9a57-4f0e-8f8e-0f0d4c2f5a11 --request
              safehold users link carla --subject 0b5d1e0c-9a57-4f0e-8f8e-0f0d4c2f5a11 --request-id 1f3a9c20
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @Option(name: .long, help: ArgumentHelp("What the provider calls him.", valueName: "sub"))
    var subject: String

    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        let permit = try session.permit(AccountAction.self)
        let plan = try Providers.linkPlan(keeping: keeping, subject, to: name)
        if fourEyes.request { return try fourEyes.ask(for: plan, permit, session) }
        guard let request = fourEyes.requestId else { throw plan.needsOthers }
        let line = try Providers.link(permit: permit, keeping: keeping, subject, to: name, request: request)
        line.show("\(line.person.printedName) signs in with 'safehold login --sso'.", session.output)
        return .done
    }
}

struct UsersUnlinkCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "unlink", abstract: "Let somebody not come in by single sign-on any more.",
        discussion: """
            One person is enough for it: it opens nothing. His sessions that began so end at once; his password stays.

              safehold users unlink carla
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let line = try Providers.unlink(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, name)
        line.show("\(line.person.printedName) does not come in by single sign-on any more.", session.output)
        return .done
    }
}
