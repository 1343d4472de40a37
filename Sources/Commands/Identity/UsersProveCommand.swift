import ArgumentParser
import Identity
import Operations
import Primitives

struct UsersProveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Say that you have verified who somebody is, and by what.",
        discussion: """
            Before somebody gets his first password, and before he signs anything, another person looks at a document of his
            (21 CFR 11.100(b)). Its kind is kept, your name and the time; no number of it.

            The kinds are: passport, identity-card, residence-permit, driving-licence, staff-card.

              safehold users prove carla --document passport
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @Option(
        name: .long, help: ArgumentHelp("Of which kind the document is.", valueName: "kind"),
        completion: .list(IdentityDocument.allCases.map(\.rawValue)))
    var document: String

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws { try Self.validate(document) }

    static func validate(_ document: String?) throws {
        guard let document, IdentityDocument(rawValue: document) == nil else { return }
        throw ValidationError(
            "--document is one of: \(IdentityDocument.allCases.map(\.rawValue).joined(separator: ", ")).")
    }

    func run(_ session: Session) throws -> Outcome {
        let line = try People.prove(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, named: name,
            by: IdentityDocument(rawValue: document) ?? .passport)
        line.show("It is verified who \(line.person.printedName) is.", session.output)
        return .done
    }
}

struct UsersLostCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "lost",
        abstract: "Report that somebody has lost his authenticator, or a credential leaked: it is not taken any more.",
        discussion: """
            His sessions end at once. One person is enough for it: it opens nothing. He signs in with a recovery code and enrols another
            authenticator ('safehold authenticator'). The credential of a service is not taken any more either, until 'users service renew'.

              safehold users lost carla --reason 'Phone stolen'
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @Option(name: .long, help: ArgumentHelp("What has happened.", valueName: "text"))
    var reason: String

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !reason.isEmpty else { throw ValidationError("--reason says what has happened.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let line = try People.reportLoss(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, named: name)
        line.show(
            "The \(line.person.isService ? "credential" : "authenticator") of \(line.person.printedName) is not taken any more.",
            session.output)
        return .done
    }
}
