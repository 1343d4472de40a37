import ArgumentParser
import Identity
import Operations
import Primitives
import Sealing

struct UsersProviderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "Show, name or remove the provider of single sign-on.",
        discussion: """
            Without a subcommand: whose word is taken for who somebody is. Who comes from there is linked to a person with
            'users link', and signs in with 'login --sso'. Signing in with a password goes on as before.

              safehold users provider set --issuer https://sso.example.org/realms/clinic --client-id safehold --request
              safehold users provider remove
            """,
        subcommands: [UsersProviderShowCommand.self, UsersProviderSetCommand.self, UsersProviderRemoveCommand.self],
        defaultSubcommand: UsersProviderShowCommand.self)
}

struct UsersProviderShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show whose word is taken for who somebody is.",
        discussion: """
              safehold users provider show
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let shown = try Providers.show(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity)
        guard let (provider, hasSecret) = shown else { throw SingleSignOnRefusal.noProvider.failure }
        if session.output.json {
            session.output.record("provider") { provider.fill(&$0, hasSecret: hasSecret) }
        } else if !session.output.quiet {
            session.output.lines(Providers.lines(provider, hasSecret: hasSecret))
        }
        return .done
    }
}

struct UsersProviderSetCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Name the provider of single sign-on (OpenID Connect).",
        discussion: """
            Where people come from is decided by several: ask others with --request, and do it with --request-id and the same options.
            The provider is asked at once whether it is one. It has to offer the device authorization grant (RFC 8628), TLS 1.3, and
            tokens that are signed with RS256 or ES256.

            Its word stands for the password. Safehold's own second factor is asked for as well, unless --second-factor names ways of
            signing in there ('amr' in its tokens) that count as one. What ends or opens something takes Safehold's own in any case.

              safehold users provider set --issuer https://sso.example.org/realms/clinic --client-id safehold \\
                  --client-secret-file secret --ca-file ca.pem --request
              safehold users provider set --issuer https://sso.example.org/realms/clinic --client-id safehold \\
                  --client-secret-file secret --ca-file ca.pem --request-id 1f3a9c20
            """)

    @Option(name: .long, help: ArgumentHelp("The issuer, as its own documents have it.", valueName: "url"))
    var issuer: String

    @Option(name: .long, help: ArgumentHelp("What this host is called there.", valueName: "id"))
    var clientId: String

    @Option(
        name: .long, help: ArgumentHelp("The file with what this host shows there.", valueName: "file"),
        completion: .file())
    var clientSecretFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The authorities that its certificate may come from, as PEM. Default: those of the system.",
            valueName: "file"),
        completion: .file())
    var caFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A way of signing in there that counts as a second factor; may be repeated.", valueName: "amr")
    )
    var secondFactor: [String] = []

    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        let permit = try session.permit(AccountAction.self)
        let given = try given(session)
        let plan = try Providers.plan(keeping: keeping, given)
        try session.surroundings.signOn.check(ProviderAccess(given.provider, secret: given.secret.copy()))
        if fourEyes.request { return try fourEyes.ask(for: plan, permit, session) }
        guard let request = fourEyes.requestId else { throw plan.needsOthers }
        let provider = try Providers.set(permit: permit, keeping: keeping, given, request: request)
        if session.output.json {
            session.output.record("provider") { provider.fill(&$0, hasSecret: clientSecretFile != nil) }
        } else if !session.output.quiet {
            session.output.line(
                "The word of \(provider.issuer) is taken here. Link people with 'safehold users link NAME --subject SUB'."
            )
        }
        return .done
    }

    private func given(_ session: Session) throws -> Providers.Given {
        let secret =
            if let file = clientSecretFile {
                try Passphrase.read(file: try session.text(try session.absolute(file)))
            } else { SecretBytes(count: 0) { _ in } }
        guard secret.count > 0 || clientSecretFile == nil else {
            throw Failure(
                .usage, "The file with the client's secret is empty.",
                advice: "Write into it what the provider gave for this client, or leave --client-secret-file out.")
        }
        let authorities =
            try caFile.map { try NamedFile.read(try session.text(try session.absolute($0)), .sourceUnreadable) } ?? []
        return try Providers.Given(
            issuer: issuer, client: clientId, authorities: authorities, secondFactors: secondFactor, secret: secret)
    }
}

struct UsersProviderRemoveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take nobody's word any more: people sign in with passwords only.",
        discussion: """
            One person is enough for it: it opens nothing. Sessions that began by the provider's word end at once.

              safehold users provider remove
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try Providers.remove(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity)
        PersonChange.show(
            "provider-removed", nil, session.output, "No provider's word is taken any more.")
        return .done
    }
}

extension IdentityProvider {
    func fill(_ object: inout JSONObject, hasSecret: Bool) {
        object.set("issuer", issuer)
        object.set("client", client)
        object.set("has_secret", hasSecret)
        object.set("authorities", authorities.isEmpty ? nil : SHA256Digest.of(authorities).hex)
        object.set("second_factors", secondFactors)
    }
}
