import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct UsersRolesCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "roles", abstract: "Show the roles that there are, what each permits, and who has it.",
        discussion: """
              safehold users roles
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let lines = try Roles.list(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity)
        for line in lines { line.show(session.output) }
        return .done
    }
}

struct UsersRoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Define a role of your own, or remove one.",
        discussion: """
              safehold users role define database-team --may backup --may restore --component database
              safehold users role remove database-team
            """,
        subcommands: [UsersRoleDefineCommand.self, UsersRoleRemoveCommand.self])
}

struct UsersRoleDefineCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "define", abstract: "Define a role of your own, or give one another content.",
        discussion: """
            It permits what --may names, and nothing else; with --component and --store on those alone. What touches no single
            component, or no single store, is refused to whoever is limited to some. Whoever has a role that is given another content has
            the new one at once.

            One person is enough where it permits backup, verify, inspect, replicate, media, sign and audit only, or no more than before. What
            permits more takes the agreement of others.

            --reason says why.

              safehold users role define watch --may inspect --may verify --reason 'Screens in the corridor'
              safehold users role define team --may backup --may restore --component database --request --reason 'New team'
              safehold users role define team --may backup --may restore --component database --request-id 1f3a --reason 'New team'
            """)

    @Argument(help: ArgumentHelp("The role: lower-case letters, digits, '-' and '_'.", valueName: "name"))
    var name: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What it permits; repeatable: \(Act.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "act"))
    var may: [String] = []

    @OptionGroup var limits: LimitOptions
    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !may.isEmpty else { throw ValidationError("Say what the role permits: --may.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        let permit = try session.permit(AccountAction.self)
        let role = try role(session)
        if fourEyes.request {
            return try fourEyes.ask(for: try Roles.plan(keeping: keeping, role), permit, session)
        }
        let line =
            if let request = fourEyes.requestId {
                try Roles.define(permit: permit, keeping: keeping, role, request: request)
            } else {
                try Roles.define(permit: permit, keeping: keeping, role)
            }
        line.show(session.output)
        return .done
    }

    private func role(_ session: Session) throws -> Role {
        let acts = try may.map { word in
            guard let act = Act(rawValue: word) else {
                throw Failure(
                    .usage, "Nothing that a role permits is called '\(word)'.",
                    advice: "Give one of: \(Act.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return act
        }
        let within = try limits.limits(session)
        return Role(
            name: try RoleName.given(name),
            grants: [Grant(Set(acts), components: within.components, stores: within.stores)])
    }
}

struct UsersRoleRemoveCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a role of your own. Whoever had it has it no more.",
        discussion: """
            One person is enough for it: less may be done afterwards, not more.

              safehold users role remove database-team --reason 'The team is dissolved'
            """)

    @Argument(help: ArgumentHelp("The role.", valueName: "name"))
    var name: String

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let line = try Roles.remove(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity,
            named: try RoleName.given(name))
        if session.output.json {
            line.show(session.output)
        } else if !session.output.quiet {
            session.output.line("The role \(name) is removed.")
        }
        return .done
    }
}

/// To which components and stores somebody, or a role, is limited.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("Limited to this component; repeatable. Default: all.", valueName: "name"))
    var component: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Limited to this store: where it is, or its name in the strategy; repeatable. Default: all.",
            valueName: "place"))
    var store: [String] = []

    /// A store is kept by where it is: a name could come to mean another one.
    func limits(_ session: Session) throws -> Limits {
        guard !component.contains("") else {
            throw Failure(.usage, "An empty component was given.", advice: "Name components as the strategy does.")
        }
        let strategy = store.isEmpty ? nil : try session.strategyIfAny()?.strategy
        return Limits(
            components: component,
            stores: try store.map { try strategy?.store($0)?.location ?? session.place($0) })
    }
}

extension RoleName {
    fileprivate static func given(_ text: String) throws -> RoleName {
        guard let name = RoleName(text) else {
            throw Failure(
                .usage, "'\(text)' is no name of a role.",
                advice: "Roles are named by lower-case letters, digits, '-' and '_', 64 at most.")
        }
        return name
    }
}

extension Roles.Line {
    func show(_ output: Output) {
        if output.json {
            // One for each of its grants: those that are defined by a command have one.
            for grant in role.grants {
                output.record("role") { object in
                    object.set("name", role.name.description)
                    object.set("built_in", isBuiltIn)
                    object.set("four_eyes", isPrivileged)
                    object.set("acts", grant.acts.map(\.rawValue).sorted())
                    if let names = grant.components.names { object.set("components", names) }
                    if let names = grant.stores.names { object.set("stores", names) }
                    object.set("holders", holders)
                }
            }
        } else if !output.quiet {
            output.line("\(role.name)\(isPrivileged ? ", given under four eyes" : "")")
            output.lines(role.grants.map { "  " + Text.printable(Array($0.words.utf8)) })
            if !holders.isEmpty { output.line("  held by \(holders.joined(separator: ", "))") }
        }
    }
}
