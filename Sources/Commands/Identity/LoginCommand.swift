import ArgumentParser
import Identity
import Operations
import Primitives
import Sealing

struct LoginCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Sign in, with password and second factor.",
        discussion: """
            The session is bound to this host. It ends after 15 minutes without use, after twelve hours, with the host's next start, and
            by 'safehold logout'. What ends or opens something wants the second factor again, shown within the last five minutes:
            'safehold login --again'.

              safehold login anna
              safehold login --again
              safehold login --sso

            With --sso the provider of single sign-on says who you are: open the address that is shown on any device, and type the code.
            The second factor is that of Safehold, unless this host takes the provider's.

            Who signs in for the first time, or has a password that is due, chooses another one, and enrols an authenticator: its
            address and ten recovery codes are shown once.

              safehold login anna --password-file temporary --new-password-file chosen --handover anna-codes
            """)

    @Argument(help: ArgumentHelp("Your login name.", valueName: "name"))
    var name: String?

    @Flag(name: .long, help: "Show the second factor once more, in the session that there is.")
    var again = false

    @Flag(name: .long, help: "Have the provider of single sign-on say who you are.")
    var sso = false

    @Option(
        name: .long,
        help: ArgumentHelp("The file with the password that you choose. Default: asks.", valueName: "file"),
        completion: .file())
    var newPasswordFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Where the authenticator's address and the recovery codes go.", valueName: "dir"),
        completion: .directory)
    var handover: String?

    @OptionGroup var credentials: CredentialOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard [again, sso, name != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("Give your login name, or --sso, or --again in a session that there is.")
        }
        guard !sso || (credentials.passwordFile == nil && newPasswordFile == nil && handover == nil) else {
            throw ValidationError("With --sso no password is shown or chosen here.")
        }
    }

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw Self.unfounded }
        if again {
            let none = SecretBytes(count: 0) { _ in }
            let shown = Shown(name: nil, password: none, code: try credentials.code(session))
            try SigningIn.again(shown, keeping: keeping)
            return try show(session)
        }
        if sso { return try byProvider(session) }
        guard let login = LoginName(name ?? "") else { throw SignIn.refused.failure ?? Self.unfounded }
        let password = try credentials.password(session)
        // The first time there is no authenticator that could be asked.
        let code = newPasswordFile == nil || credentials.codeFile != nil ? try credentials.code(session) : ""
        if newPasswordFile != nil { return try setUp(login, password, code, session) }
        let shown = Shown(name: login, password: password.copy(), code: code)
        let answer = try SigningIn.run(shown, keeping: keeping)
        guard case .settingUp(_, let needsAuthenticator) = answer else { return try show(session) }
        // A code is good once.
        let next = needsAuthenticator ? code : try Secrets.code(nil, "The next code: ", session)
        return try setUp(login, password, next, session)
    }

    private func setUp(
        _ login: LoginName, _ password: borrowing SecretBytes, _ code: String, _ session: Session
    ) throws -> Outcome {
        try Secrets.requireSomewhere(handover, session)
        if newPasswordFile == nil { session.output.message("Choose a password of your own; at least 12 characters.") }
        let chosen = try Secrets.choose(newPasswordFile, "--new-password-file", session)
        let shown = Shown(name: login, password: password.copy(), code: code)
        let (_, handover) = try SigningIn.setUp(shown, password: chosen, keeping: session.surroundings.identity)
        if let enrolment = handover.take() { try enrolment.show(to: self.handover, session) }
        if session.output.json {
            session.output.record("person-change") { object in
                object.set("change", "set-up")
                object.set("login", login.description)
            }
        } else if !session.output.quiet {
            session.output.line("Sign in now: safehold login \(login)")
        }
        return .done
    }

    private func byProvider(_ session: Session) throws -> Outcome {
        try SigningIn.byProvider(
            keeping: session.surroundings.identity, surroundings: session.surroundings,
            show: { prompt in
                session.output.message("Open \(prompt.address) on any device, and type the code \(prompt.code).")
            },
            code: { try Secrets.code(credentials.codeFile, "Code of your authenticator for Safehold: ", session) })
        return try show(session)
    }

    private func show(_ session: Session) throws -> Outcome {
        WhoamiCommand.show(session.surroundings.door.whoIsThere(), isFounded: true, session.output)
        return .done
    }

    static var unfounded: Failure {
        Failure(
            .directoryMissing, "This host has no directory of persons: whoever runs the program is its owner.",
            advice: "'safehold users found' begins one.")
    }
}

extension Enrolment {
    borrowing func show(to folder: String?, _ session: Session) throws {
        let address = self.address.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        try Secrets.handOver(
            [("authenticator", address), ("recovery-codes", recoveryCodes.joined(separator: "\n"))], to: folder, session
        )
        guard !session.output.json, !session.output.quiet else { return }
        session.output.lines([
            "Put the address into an authenticator (as a QR code: 'qrencode -t ansiutf8'), and the codes on paper. They are not shown again."
        ])
    }
}
