import ArgumentParser
import Identity
import Operations
import Primitives

struct PasswordCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Choose another password. All of your sessions end.",
        discussion: """
            It has 12 characters at least, does not have your login name inside, and is none of your last five. What else it is made
            of does not matter: five random words are good.

              safehold password
            """)

    @Option(
        name: .long, help: ArgumentHelp("The file with the new password. Default: asks.", valueName: "file"),
        completion: .file())
    var newPasswordFile: String?

    @Option(
        name: .long, help: ArgumentHelp("The file with the present password. Default: asks.", valueName: "file"),
        completion: .file())
    var passwordFile: String?

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw LoginCommand.unfounded }
        let present = try Secrets.read(passwordFile, "Present password: ", "--password-file", session)
        let chosen = try Secrets.choose(newPasswordFile, "--new-password-file", session)
        let shown = Shown(name: nil, password: present)
        try SigningIn.changePassword(to: chosen, showing: shown, keeping: keeping)
        PersonChange.show(
            "password", nil, session.output, "The password was changed. Sign in with it: safehold login NAME")
        return .done
    }
}

struct AuthenticatorCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "authenticator", abstract: "Enrol another authenticator, and make other recovery codes.",
        discussion: """
            Show the present one just before ('safehold login --again'), or a recovery code where it is lost. It is dead from then on,
            and so are the recovery codes that were made with it.

              safehold authenticator
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("Where the authenticator's address and the recovery codes go.", valueName: "dir"),
        completion: .directory)
    var handover: String?

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw LoginCommand.unfounded }
        try Secrets.requireSomewhere(handover, session)
        let enrolment = try SigningIn.changeAuthenticator(keeping: keeping)
        try enrolment.show(to: handover, session)
        if session.output.json { PersonChange.show("authenticator", nil, session.output, "") }
        return .done
    }
}

/// That something of a person was changed.
enum PersonChange {
    static func show(_ change: String, _ login: LoginName?, _ output: Output, _ text: String) {
        if output.json {
            output.record("person-change") { object in
                object.set("change", change)
                object.set("login", login?.description)
            }
        } else if !output.quiet {
            output.line(text)
        }
    }
}
