import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import Strategy

struct EraseCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase all of a component, or single snapshots, whatever the rules of retention say.",
        discussion: """
            For what may not be kept any longer (GDPR Art. 17). --dry-run says which snapshots that are, what only they hold, what keeps
            them, and where this host knows of copies. What is under a legal hold or locked is not erased, and then nothing of the plan
            is. It takes an administrator's key that also opens the snapshots, a --reason, and --confirm with the digest that --dry-run
            prints. What this host remembers of the snapshots is forgotten as well.

              safehold erase --component study-17 --dry-run
              safehold erase --component study-17 --reason 'Erasure order 17/2026' --confirm 9c0e...
              safehold erase --snapshot 1f3a9c20 --snapshot 77b1e004 --dry-run

            The snapshots cannot be restored any more when this returns; their bytes are freed by 'safehold collect --compact-below 100',
            which also rewrites packs that hold other things beside them, as soon as no backup is under way and their locks have ended.
            --status says whether they are gone: it looks for anything in the repository that no snapshot needs. The exit status is 3
            as long as there is something.

              safehold collect --compact-below 100
              safehold erase --status 9c0e51d2

            A later backup stores the same again if its source still has it: take it out of the source and of the strategy first. Single
            files cannot be erased out of snapshots that stay. Copies elsewhere follow with 'safehold replicate --prune'; media keep what
            was copied onto them.

            Where there is a directory of persons, others have to agree. --request asks them; --request-id erases exactly what they have
            agreed to, and nothing if a snapshot of the component came or went meanwhile.

              safehold erase --component study-17 --request --reason 'Erasure order 17/2026'
              safehold erase --request-id 1f3a9c20 --reason 'Erasure order 17/2026'
            """)

    @Option(name: .long, help: ArgumentHelp("All snapshots of this component.", valueName: "name"))
    var component: String?

    @Option(
        name: .long, help: ArgumentHelp("This snapshot; give the option once for each.", valueName: "snapshot"))
    var snapshot: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Say whether what was erased by this plan is gone.", valueName: "digest"))
    var status: String?

    @Option(name: .long, help: ArgumentHelp("The digest of the plan, as --dry-run printed it.", valueName: "digest"))
    var confirm: String?

    @Flag(name: .long, help: "Say what would be erased, and erase nothing.")
    var dryRun = false

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    var isOnlyLooking: Bool { dryRun || status != nil }
    var isReasonDemanded: Bool { !isOnlyLooking }
    var isReasonAlwaysDemanded: Bool { true }

    func validate() throws {
        let given = [component != nil, !snapshot.isEmpty, fourEyes.requestId != nil, status != nil].count { $0 }
        guard given == 1 else {
            throw ValidationError("Give one of --component, --snapshot, --request-id and --status.")
        }
        guard status == nil || (!dryRun && !fourEyes.request && confirm == nil) else {
            throw ValidationError("--status changes nothing, and goes alone.")
        }
        guard !dryRun || !fourEyes.request else {
            throw ValidationError("Give --dry-run to look, or --request to ask others.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        if let status { return try showStatus(ofPlan: status, session) }
        let observer = ProgressObserver(doing: "erase", session)
        defer { observer.finish() }
        if fourEyes.request { return try askOthers(session, observer) }
        let plan: ErasurePlan
        if dryRun {
            let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Planning what to erase")
            plan = try Erase.plan(
                permit: try session.permits(InspectAction.self, in: repositoryOptions), repository: repository,
                opener: opener, choice: try choice(session), host: try around(session), observer: observer)
        } else {
            plan = try Erase.run(
                permit: try session.permits(ForgetAction.self, in: repositoryOptions),
                authority: try session.authority(repositoryOptions, keys), choice: try choice(session),
                confirmation: confirm, host: try around(session), observer: observer,
                leave: try fourEyes.leave(session))
        }
        observer.finish()
        session.record?.note(plan.lines.map { ActObject(.snapshot, $0.summary.id.hex) }, plan: plan.digest)
        plan.show(session.output, isDryRun: dryRun)
        return .done
    }

    private func askOthers(_ session: Session, _ observer: ProgressObserver) throws -> Outcome {
        let permits = try session.permits(ForgetAction.self, in: repositoryOptions)
        let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Planning what to erase")
        let plan = try Erase.plan(
            permit: permits, repository: repository, opener: opener, choice: try choice(session),
            host: try around(session), observer: observer)
        try plan.requireFree()
        observer.finish()
        return try fourEyes.ask(
            for: plan.grave.at(try session.location(repositoryOptions)), try permits(plan.grave.target.components),
            session)
    }

    private func showStatus(ofPlan digest: String, _ session: Session) throws -> Outcome {
        let permit = try session.permit(InspectAction.self, in: repositoryOptions)
        let (repository, opener) = try session.unlocked(
            repositoryOptions, keys, for: "Looking for what is left", structureOnly: true)
        let observer = ProgressObserver(doing: "erase", session)
        defer { observer.finish() }
        let status = try Erase.status(
            permit: permit, repository: repository, opener: opener, plan: digest, host: try around(session),
            observer: observer)
        observer.finish()
        status.show(session.output)
        return status.isGone ? .done : .partial
    }

    private func choice(_ session: Session) throws -> ErasureChoice {
        if let id = fourEyes.requestId {
            return .agreed(try Requests.named(id, keeping: session.surroundings.identity).words)
        }
        if let component { return .component(component) }
        return .snapshots(try snapshot.map { try SnapshotSelector($0) })
    }

    /// With the stores that the strategy has copied to.
    private func around(_ session: Session) throws -> Erase.Host {
        let stores = try session.strategyIfAny()?.strategy.stores ?? []
        let copies = stores.filter { $0.role == .secondary }.map {
            ErasurePlan.Copy(.store, name: $0.name, place: $0.location)
        }
        return Erase.Host(
            state: session.surroundings.hostState, copies: copies, scratch: session.surroundings.scratch,
            clock: session.surroundings.clock)
    }
}
