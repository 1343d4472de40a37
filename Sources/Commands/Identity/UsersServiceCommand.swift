import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct UsersServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service", abstract: "Take in programs that act without a person, and give them credentials.",
        discussion: """
            A service is a program: a job of cron, a pipeline, a monitor. It has no password, no authenticator and no papers. A person is
            accountable for it. It shows a credential, in a file that SAFEHOLD_SERVICE_FILE names, and does what its roles permit of
            backing up, verifying, looking, copying, media and reading the audit log; never anything else, whoever agrees.

              safehold users service add nightly --role operator --owner otto --handover nightly.credential --reason 'Ticket 17'
              safehold users service renew nightly --handover new.credential --reason 'Runs out'
              safehold users service owner nightly --owner dora --reason 'Otto leaves'

            'users grant', 'revoke', 'show' and 'remove' are for services, too. 'users lost' ends a credential at once.
            """,
        subcommands: [UsersServiceAddCommand.self, UsersServiceRenewCommand.self, UsersServiceOwnerCommand.self])
}

/// Where a credential goes, and how long it is taken.
struct ServiceCredentialOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Where the credential goes: a file that is made, with mode 600.", valueName: "file"),
        completion: .file())
    var handover: String

    @Option(
        name: .long,
        help: ArgumentHelp("So many days the credential is taken: 1 to 366.", valueName: "number"))
    var days = ServiceCredential.usualLifetime

    func validate() throws {
        guard ServiceCredential.lifetimes.contains(days) else { throw ValidationError("--days is 1 to 366.") }
    }

    func file(_ session: Session) throws -> String { try session.text(try session.absolute(handover)) }
}

struct UsersServiceAddCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Take a service into the directory, with its roles and a credential.",
        discussion: """
            Who is accountable for it (--owner) is a person of the directory, and not whoever takes it in. Its roles are those that one
            person gives alone; --component and --store limit all of them.

            The credential is in the file of --handover and nowhere else: give it to the account that runs the service. It is good on
            this host only.

              safehold users service add nightly --role operator --owner otto --handover nightly.credential --reason 'Ticket 17'
              safehold users service add watch --role auditor --owner ada --days 30 --handover watch.credential --reason 'Ticket 18'
            """)

    @Argument(help: ArgumentHelp("Its name: lower-case letters, digits, '-' and '_'.", valueName: "name"))
    var name: String

    @Option(name: .long, help: ArgumentHelp("A role; repeatable.", valueName: "role"))
    var role: [String] = []

    @Option(name: .long, help: ArgumentHelp("The login name of who is accountable for it.", valueName: "login"))
    var owner: String

    @OptionGroup var limits: LimitOptions
    @OptionGroup var credential: ServiceCredentialOptions
    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        guard let login = LoginName(name) else {
            throw Failure(
                .usage, "'\(name)' is no name of a service.",
                advice: "Services are named by lower-case letters, digits, '-' and '_', 64 at most.")
        }
        let beginning = Services.Beginning(
            name: login, owner: owner, roles: role, limits: try limits.limits(session), days: credential.days)
        let line = try Services.add(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, beginning,
            file: try credential.file(session))
        line.showCredential(session)
        return .done
    }
}

struct UsersServiceRenewCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Give a service another credential: the former one is dead at once.",
        discussion: """
            Also where the former one has expired, or was ended by 'users lost'.

              safehold users service renew nightly --handover new.credential --reason 'Runs out'
            """)

    @Argument(help: ArgumentHelp("The name of the service, or its id.", valueName: "name"))
    var name: String

    @OptionGroup var credential: ServiceCredentialOptions
    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let line = try Services.renew(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, named: name,
            days: credential.days, file: try credential.file(session))
        line.showCredential(session)
        return .done
    }
}

struct UsersServiceOwnerCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "owner", abstract: "Say who is accountable for a service.",
        discussion: """
            A service whose owner was put out does nothing until another is named.

              safehold users service owner nightly --owner dora --reason 'Otto has left'
            """)

    @Argument(help: ArgumentHelp("The name of the service, or its id.", valueName: "name"))
    var name: String

    @Option(name: .long, help: ArgumentHelp("The login name of who is accountable for it.", valueName: "login"))
    var owner: String

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let line = try Services.setOwner(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity, owner, of: name)
        line.show("\(line.owner ?? owner) is accountable for \(line.person.printedName).", session.output)
        return .done
    }
}

extension People.Line {
    /// The log has what the credential is called: one that comes back after its end is noticed by it.
    fileprivate func showCredential(_ session: Session) {
        let credential = person.service?.credential
        session.record?.note([ActObject(.key, given: credential?.id.hex)].compactMap { $0 })
        let until = credential.map { Text.time($0.until) } ?? ""
        show(
            "\(person.printedName) has a credential until \(until). Its program names the file in SAFEHOLD_SERVICE_FILE.",
            session.output)
    }
}
