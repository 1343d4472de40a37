import ArgumentParser
import Audit
import Glibc
import Operations
import Primitives
import Sealing
import Service

struct AskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Ask this host's daemon, from an account that cannot read the host's state.",
        discussion: """
            The daemon knows from the kernel which account asks. What it does it does through the same door as at the host, and writes
            into its audit log. Sessions are the account's, whatever shell it asks from.

              safehold ask login anna
              safehold ask status
              safehold ask run documentation
            """,
        subcommands: [
            AskStatusCommand.self, AskRunCommand.self, AskAcknowledgeCommand.self, AskLoginCommand.self,
            AskLogoutCommand.self, AskWhoamiCommand.self,
        ])
}

/// Where the daemon listens.
struct SocketOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The daemon's socket. Default: SAFEHOLD_SOCKET, then that of the host's state, then /run/safehold/socket.",
            valueName: "file"),
        completion: .file())
    var socket: String?
}

/// Whom to ask, and how to show what was answered.
struct AskOptions: ParsableArguments {
    @OptionGroup var socketOptions: SocketOptions
    @OptionGroup var outputOptions: OutputOptions
}

/// A command whose work the daemon does; what touches nothing here is nothing of this account's audit log.
protocol AskingVerb: Verb {
    var askOptions: AskOptions { get }
    func request(_ session: Session) throws -> PeerRequest
}

extension AskingVerb {
    var outputOptions: OutputOptions { askOptions.outputOptions }
    var isForAnybody: Bool { true }
    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        let path = try session.socket(askOptions.socketOptions)
        let answer = try PeerCall(path).ask(try request(session), json: outputOptions.json)
        session.output.bytes(Array(answer.results.utf8))
        session.output.flush()
        for line in answer.messages.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            session.output.message(String(line))
        }
        return .ended(answer.status)
    }
}

struct AskStatusCommand: AskingVerb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what is healthy, late or failed, and what happens next.",
        discussion: """
              safehold ask status
            """)
    @OptionGroup var askOptions: AskOptions
    func request(_ session: Session) throws -> PeerRequest { .status }
}

struct AskRunCommand: AskingVerb {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Have components backed up now, and wait for it.",
        discussion: """
              safehold ask run documentation database
            """)
    @Argument(help: ArgumentHelp("Only these; default: all.", valueName: "component"))
    var components: [String] = []
    @Flag(name: .long, help: "Read every file again.")
    var full = false
    @OptionGroup var askOptions: AskOptions
    func request(_ session: Session) throws -> PeerRequest { .run(components: components, full: full) }
}

struct AskAcknowledgeCommand: AskingVerb {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge", abstract: "Say that you look after an incident: nobody else is called.",
        discussion: """
              safehold ask acknowledge 17
            """)
    @Argument(help: ArgumentHelp("The incident's number, as messages and 'status' have it.", valueName: "number"))
    var number: Int64
    @OptionGroup var askOptions: AskOptions
    func request(_ session: Session) throws -> PeerRequest { .acknowledge(number) }
}

struct AskLoginCommand: AskingVerb {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Sign in at the daemon, with password and second factor.",
        discussion: """
            The first sign-in, which chooses a password and enrols an authenticator, is done at the host itself.

              safehold ask login anna
              safehold ask login --again
            """)
    @Argument(help: ArgumentHelp("Your login name.", valueName: "name"))
    var name: String?
    @Flag(name: .long, help: "Show the second factor once more, in the session that there is.")
    var again = false
    @OptionGroup var credentials: CredentialOptions
    @OptionGroup var askOptions: AskOptions

    func validate() throws {
        guard again == (name == nil) else {
            throw ValidationError("Give your login name, or --again in a session that there is.")
        }
    }

    func request(_ session: Session) throws -> PeerRequest {
        guard let name else { return .again(code: try credentials.code(session)) }
        let password = try credentials.password(session)
        return .login(
            name: name, password: password.withUnsafeBytes { String(decoding: $0, as: UTF8.self) },
            code: try credentials.code(session))
    }
}

struct AskLogoutCommand: AskingVerb {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Sign out at the daemon.",
        discussion: """
              safehold ask logout
            """)
    @OptionGroup var askOptions: AskOptions
    func request(_ session: Session) throws -> PeerRequest { .logout }
}

struct AskWhoamiCommand: AskingVerb {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show who you are to the daemon, and in what roles.",
        discussion: """
              safehold ask whoami
            """)
    @OptionGroup var askOptions: AskOptions
    func request(_ session: Session) throws -> PeerRequest { .whoami }
}

extension Session {
    private static let usual = "/run/safehold/socket"

    fileprivate func socket(_ options: SocketOptions) throws -> String {
        if let given = options.socket ?? surroundings.socket { return try text(try absolute(given)) }
        let own = surroundings.hostState.root + "/socket"
        return access(own, F_OK) == 0 ? own : Self.usual
    }
}
