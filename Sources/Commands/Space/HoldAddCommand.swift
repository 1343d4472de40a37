import ArgumentParser
import Identity
import Operations
import Primitives

struct HoldAddCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put a snapshot under a hold. Needs an administrator's key.",
        discussion: """
              safehold hold add 1f3a9c20 --reason 'Order 17/2026, asked for by counsel'
            """)

    @OptionGroup var change: HoldChange
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try change.make(
            true, session, repositoryOptions, keys, leave: { _ in throw Failure.unexpected("a hold is lifted") })
    }
}

struct HoldReleaseCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Let a snapshot go that was under a hold. Needs an administrator's key.",
        discussion: """
            Where there is a directory of persons, others have to agree: --request asks them, --request-id lifts the hold then.

              safehold hold release 1f3a9c20 --reason 'Case closed'
            """)

    @OptionGroup var change: HoldChange
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        if fourEyes.request {
            let permits = try session.permits(HoldAction.self, in: repositoryOptions)
            let plan = try Hold.releasePlan(
                permit: permits, authority: try session.authority(repositoryOptions, keys),
                selector: try SnapshotSelector(change.snapshot))
            return try fourEyes.ask(
                for: plan.at(try session.location(repositoryOptions)), try permits(plan.target.components), session)
        }
        return try change.make(false, session, repositoryOptions, keys, leave: try fourEyes.leave(session))
    }
}

/// Which hold is changed, and why.
struct HoldChange: ParsableArguments {
    @Argument(help: ArgumentHelp("The snapshot: the beginning of its id, or 'latest'.", valueName: "snapshot"))
    var snapshot: String

    @Option(name: .long, help: ArgumentHelp("Who asked for it, and why.", valueName: "text"))
    var reason: String

    func make(
        _ isHeld: Bool, _ session: Session, _ repository: RepositoryOptions, _ keys: KeyOptions,
        leave: (GravePlan) throws -> Leave
    ) throws -> Outcome {
        let line = try Hold.set(
            permit: try session.permits(HoldAction.self, in: repository),
            authority: try session.authority(repository, keys),
            selector: try SnapshotSelector(snapshot), isHeld: isHeld, reason: reason,
            scratch: session.surroundings.scratch, leave: leave)
        if session.output.json {
            session.output.record("hold") { line.fill(&$0) }
        } else if !session.output.quiet {
            let what = isHeld ? "is under a hold since" : "is let go since"
            session.output.line("Snapshot \(Text.short(line.summary.id)) \(what) \(Text.time(line.since)).")
            if let objects = line.objects {
                session.output.line(
                    isHeld ? "The store holds \(objects) more objects." : "The store let \(objects) objects go.")
            }
        }
        return .done
    }
}
