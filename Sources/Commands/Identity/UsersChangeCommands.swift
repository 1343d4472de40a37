import ArgumentParser
import Identity
import Operations
import Primitives

struct UsersAddCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Take somebody into the directory, without a role and without a password.",
        discussion: """
            The reference names one human for good, as a personnel number does; only a digest of it is kept, under the host's key. Who
            was here before comes back as the same person, whatever he is called now, and without roles.

            Whoever adds him looks at a document and says of which kind it is; no number of it is kept. Without that he gets no password
            and signs nothing until 'users prove'.

              safehold users add carla --printed-name 'Carla Cho' --reference 4713 --document passport
            """)

    @Argument(help: ArgumentHelp("The login name: lower-case letters, digits, '-' and '_'.", valueName: "name"))
    var name: String

    @Option(name: .long, help: ArgumentHelp("The name that records and signatures show.", valueName: "name"))
    var printedName: String

    @Option(name: .long, help: ArgumentHelp("What names this human for good.", valueName: "text"))
    var reference: String

    @Option(
        name: .long, help: ArgumentHelp("By what you have verified who he is.", valueName: "kind"),
        completion: .list(IdentityDocument.allCases.map(\.rawValue)))
    var document: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws { try UsersProveCommand.validate(document) }

    func run(_ session: Session) throws -> Outcome {
        guard let login = LoginName(name), !reference.isEmpty else {
            throw Failure(
                .usage, "'\(name)' is no login name, or there is no reference.",
                advice: "Login names are lower-case letters, digits, '-' and '_', 64 at most.")
        }
        let line = try People.add(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, name: login,
            printedName: printedName, reference: reference, document: document.flatMap(IdentityDocument.init))
        line.show("\(printedName) is in the directory, without a role and without a password.", session.output)
        return .done
    }
}

struct UsersRemoveCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Put somebody out: roles, sessions, password and authenticator end at once.",
        discussion: """
            One person is enough for it: it has to be quick, and it opens nothing. What he has signed stays his, and his login name is
            nobody else's. His signing key is withdrawn: 'safehold signatures withdrawn' tells those who verify. What he asked others
            for is withdrawn, too. Taken in again, he is the same person and begins anew.

              safehold users remove carla --reason 'Has left'
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let line = try People.remove(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, named: name)
        line.show("\(line.person.printedName) is gone.", session.output)
        return .done
    }
}

struct UsersGrantCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Give somebody a role.",
        discussion: """
            The roles of those who keep things running or look (operator, auditor) are given by one person; others take the agreement of
            others. --component and --store limit what he may do in it to those; a role that he has already is given anew.

              safehold users grant carla operator --reason 'Night shifts'
              safehold users grant carla operator --component documentation --reason 'Night shifts'
              safehold users grant carla technical-lead --request --reason 'Follows dora'
              safehold users grant carla technical-lead --request-id 1f3a9c20 --reason 'Follows dora'
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("The role.", valueName: "role"))
    var role: String

    @OptionGroup var limits: LimitOptions
    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        let within = try limits.limits(session)
        let permit = try session.permit(AccountAction.self, on: within.target)
        if fourEyes.request {
            let plan = try People.grantPlan(keeping: keeping, role, to: name, within: within)
            return try fourEyes.ask(for: plan, permit, session)
        }
        let line =
            if let request = fourEyes.requestId {
                try People.grant(permit: permit, keeping: keeping, role, to: name, within: within, request: request)
            } else {
                try People.grant(permit: permit, keeping: keeping, role, to: name, within: within)
            }
        line.show("\(line.person.printedName) has the role \(role)\(within.words).", session.output)
        return .done
    }
}

struct UsersRevokeCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take a role away.",
        discussion: """
            One person is enough for it: less may be done afterwards, not more.

              safehold users revoke carla operator --reason 'No night shifts any more'
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("The role.", valueName: "role"))
    var role: String

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        // Who may let nobody in at all is not told who has which role.
        _ = try session.permit(AccountAction.self, on: .anything)
        let target = try People.limits(keeping: keeping, role, of: name).target
        let line = try People.revoke(
            permit: try session.permit(AccountAction.self, on: target), keeping: keeping, role, from: name)
        line.show("\(line.person.printedName) does not have the role \(role) any more.", session.output)
        return .done
    }
}

extension People.Line {
    func show(_ text: String, _ output: Output) {
        if output.json {
            output.record("person") { fill(&$0) }
        } else if !output.quiet {
            output.line(text)
        }
    }
}
