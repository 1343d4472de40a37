import ArgumentParser
import Identity
import Operations
import Primitives

struct LogoutCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Sign out: the session is over, wherever its token may have come to.",
        discussion: """
              safehold logout
            """)

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw LoginCommand.unfounded }
        try SigningIn.out(keeping: keeping)
        WhoamiCommand.show(session.surroundings.door.whoIsThere(), isFounded: true, session.output)
        return .done
    }
}

struct WhoamiCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show who you are here, and in what roles.",
        discussion: """
            Until somebody founds a directory of persons, whoever runs the program is its owner: what he may do is what his keys and
            the operating system let him.

              safehold whoami
            """)

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let isFounded = try session.surroundings.identity.isFounded()
        if isFounded { try session.surroundings.identity.check() }
        // Whoever named a file with a credential is told why it is not taken.
        if session.surroundings.serviceFile != nil { try session.surroundings.door.requireSomebody() }
        Self.show(session.surroundings.door.whoIsThere(), isFounded: isFounded, session.output)
        return .done
    }

    static func show(_ actor: Actor, isFounded: Bool, _ output: Output) {
        guard !output.json else {
            return output.record("identity") { object in
                object.set("founded", isFounded)
                object.set("by", actor.evidence.rawValue)
                object.set("name", actor.name)
                object.set("user", actor.user)
                if let login = actor.login { object.set("login", login.description) }
                if let person = actor.person ?? actor.service?.id { object.set("person", person.hex) }
                if let session = actor.session?.hex ?? actor.service?.credential.hex { object.set("session", session) }
                object.set("roles", actor.roles)
            }
        }
        guard !output.quiet else { return }
        output.lines(lines(actor))
    }

    private static func signedIn(_ actor: Actor, _ how: String) -> [String] {
        ["\(actor.name), signed in as \(actor.login?.description ?? "")\(how), by the user \(actor.user)."]
            + roles(actor)
    }

    private static func roles(_ actor: Actor) -> [String] {
        (actor.roles.isEmpty
            ? ["Roles: none"] : actor.limitedRoles.map { "Role: \(Text.printable(Array($0.utf8)))" })
    }

    private static func lines(_ actor: Actor) -> [String] {
        switch actor.evidence {
        case .operatingSystem:
            [
                "\(actor.user), as the operating system says, and the owner: this host has no directory of persons.",
                "'safehold users found' begins one.",
            ]
        case .session: signedIn(actor, "")
        case .singleSignOn: signedIn(actor, ", by single sign-on")
        case .serviceCredential: ["\(actor.name), by its credential and the user \(actor.user)."] + roles(actor)
        case .host: ["This host, by the user \(actor.user): \(actor.roles.joined(separator: ", "))."]
        case .none: ["Nobody is signed in. Sign in with 'safehold login NAME'."]
        }
    }
}
