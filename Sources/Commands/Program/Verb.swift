import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import Strategy

/// A command of ours: what ArgumentParser made of the arguments, run with what the program's surroundings give.
protocol Verb: ParsableCommand {
    var outputOptions: OutputOptions { get }
    func run(_ session: Session) throws -> Outcome
    /// What the audit log is told that this is about to do; nil for what touches nothing but the program itself and the audit log.
    func act(_ session: Session) -> Audit.Act?
    /// How the process ends upon a failure.
    func exitStatus(of failure: Failure) -> Int32
    /// Whether the host itself runs it, and no person.
    var isOfHost: Bool { get }
    /// Whether it is there for who is not signed in as well.
    var isForAnybody: Bool { get }
}

extension Verb {
    func exitStatus(of failure: Failure) -> Int32 { failure.code.class.exitStatus }
    var isOfHost: Bool { false }
    var isForAnybody: Bool { false }
}

/// How a command ended when nothing was thrown.
enum Outcome: Sendable {
    case done
    /// Something was left out, and named.
    case partial
    /// Damage was found, and named.
    case damaged
    /// It is certain that what was asked for does not exist.
    case absent
    case failed(Failure.Class)
    /// As it ended where it was done.
    case ended(Int32)

    var exitStatus: Int32 {
        switch self {
        case .ended(let status): status
        case .done: 0
        case .partial: 3
        case .damaged: Failure.Class.integrity.exitStatus
        case .absent: 1
        case .failed(let kind): kind.exitStatus
        }
    }
}

/// What a running command has at hand.
struct Session: Sendable {
    let surroundings: Surroundings
    let output: Output
    /// What is being done, as the audit log is told.
    var record: RecordedAct?

    func permit<Action: PermittedAction>(
        _ action: Action.Type, on target: Target = .everything
    ) throws -> Permit<Action> {
        try surroundings.door.permit(for: action, on: target)
    }

    /// For what touches a whole repository.
    func permit<Action: PermittedAction>(
        _ action: Action.Type, in options: RepositoryOptions
    ) throws -> Permit<Action> {
        try permit(action, on: Target(store: try location(options)))
    }

    /// For what touches components that are known only when the repository was looked into. Whoever may do it to none is refused at once.
    func permits<Action: PermittedAction>(
        _ action: Action.Type, in options: RepositoryOptions
    ) throws -> (Target.Extent) throws -> Permit<Action> {
        let place = try location(options)
        _ = try permit(action, on: .someComponent(in: place))
        return { try permit(action, on: Target(components: $0, stores: .only([place]))) }
    }

    func location(_ options: RepositoryOptions) throws -> String {
        if let path = options.repository ?? surroundings.repository, !path.isEmpty { return try place(path) }
        if let primary = try strategyIfAny()?.strategy.solePrimary { return primary.location }
        throw Failure(
            .usage, "No repository was named.",
            advice:
                "Pass --repository DIR or s3://…, set SAFEHOLD_REPOSITORY, or write a strategy file with one primary store."
        )
    }

    /// Where a store is, by what somebody called it.
    func place(_ path: String) throws -> String {
        // An address of a server has no place in the file system. A directory of that name is './s3:'.
        if surroundings.isAddress(path) { return path }
        return try text(try absolute(path))
    }

    /// Throws for what lies in the host's own state where people sign in, and for an empty path: a variable that was not set must not come to mean the working directory.
    func absolute(_ path: String) throws -> [UInt8] {
        guard !path.isEmpty else {
            throw Failure(
                .usage, "An empty path was given.",
                advice: "Check the variable it came from; '.' is the working directory.")
        }
        let absolute = GivenPath.absolute(ArgumentText.decode(path), from: surroundings.workingDirectory)
        try guardedState?.require(outside: absolute)
        return absolute
    }

    /// What nobody reaches by naming a path; nil where no directory of persons was founded.
    var guardedState: GuardedState? { GuardedState(surroundings.hostState) }

    func repository(_ options: RepositoryOptions) throws -> OpenRepository {
        try surroundings.repository(at: try location(options))
    }

    /// The repository opened with the key that was given. Throws `passphrase-missing` where there is none and nobody can be asked.
    /// A maintainer's key is refused unless `structureOnly` says that it does.
    func unlocked(
        _ options: RepositoryOptions, _ keys: KeyOptions, for what: String, structureOnly: Bool = false
    ) throws -> (OpenRepository, Opener) {
        let repository = try repository(options)
        let opener = try repository.unlock(try key(keys, for: what), terminal: surroundings.terminal)
        if !structureOnly { try opener.requireContent() }
        return (repository, opener)
    }

    func key(_ keys: KeyOptions, for what: String) throws -> KeySource {
        guard let source = try keys.source(surroundings) else { throw KeySource.missing(what) }
        return source
    }

    /// Ready to be looked into; what is wrong with it is shown.
    /// Before anything of a component is opened, it is asked for by name.
    func reading<Action: PermittedAction>(
        _ options: RepositoryOptions, _ keys: KeyOptions, for what: String, by action: Action.Type = InspectAction.self
    ) throws -> OpenedRepository {
        let place = try location(options)
        let permit = try permit(action, on: .someComponent(in: place))
        let (repository, opener) = try unlocked(options, keys, for: what)
        let door = surroundings.door
        let opened = try OpenedRepository(permit: permit, repository: repository, opener: opener) { component in
            _ = try door.permit(for: action, on: Target(component: component, store: place))
        }
        for problem in opened.problems { output.found(problem) }
        return opened
    }

    /// Paths reach the file system as bytes; where only text can be carried, those that are not UTF-8 are refused by name.
    func text(_ path: [UInt8]) throws -> String {
        guard let text = String(validating: path, as: UTF8.self) else {
            throw Failure(
                .usage,
                "The path \(String(decoding: path, as: UTF8.self)) is not UTF-8, which only what is backed up may be.",
                advice: "Give a path whose name is text; a symbolic link to the directory will do.")
        }
        return text
    }
}
