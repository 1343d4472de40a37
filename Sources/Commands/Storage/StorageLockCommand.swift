import ArgumentParser
import Identity
import Operations
import Primitives

struct StorageLockCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Show or set how long backups are locked against removal.",
        discussion: """
            Without --mode: what is in force, for which no key is needed. With it, an administrator's key is. The store has to be a
            bucket with object lock. In compliance mode nobody removes a locked object before its time, the owner of the account
            neither; governance is for trials. A backup says by --retention-class how long it is to be restorable; locks last to the
            end of the cohort after that, and are lengthened before a later snapshot uses an old object again.

              safehold storage lock
              safehold storage lock --mode compliance --class daily=14 --class yearly=2600

            Where there is a directory of persons, others have to agree to locks that are shorter than before: --request asks them,
            --request-id sets them then.
            """)

    @OptionGroup var locks: LockOptions
    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let settings: LockSettings?
        if let wanted = try locks.settings() {
            let permit = try session.permit(LockAction.self, in: repositoryOptions)
            if fourEyes.request {
                guard
                    let plan = try Locks.weakening(to: wanted, of: try session.repository(repositoryOptions))
                else {
                    throw Failure(
                        .usage, "These locks are no weaker than those in force.", advice: "Nobody has to be asked.")
                }
                return try fourEyes.ask(
                    for: plan.at(try session.location(repositoryOptions)), permit, session)
            }
            settings = try Locks.set(
                permit: permit, authority: try session.authority(repositoryOptions, keys), settings: wanted,
                reason: reasonOptions.reason, leave: try fourEyes.leave(session))
        } else {
            settings = try Locks.inForce(
                permit: try session.permit(InspectAction.self, in: repositoryOptions),
                repository: try session.repository(repositoryOptions))
        }
        if session.output.json {
            session.output.record("lock") { settings.fill(&$0) }
        } else if !session.output.quiet {
            session.output.lines(settings?.lines ?? ["Nothing is locked by Safehold here."])
        }
        return .done
    }
}

/// How long backups are locked, as options.
struct LockOptions: ParsableArguments {
    @Option(
        name: .customLong("mode"),
        help: ArgumentHelp("How firmly: compliance, or governance for trials.", valueName: "mode"),
        completion: .list(LockSettings.modes))
    var mode: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "A class of retention and its days, the usual one first; repeatable. Default: standard=30.",
            valueName: "name=days"))
    var classes: [String] = []

    @Option(name: .long, help: ArgumentHelp("Locks end with periods of so many days. Default: 30.", valueName: "days"))
    var cohortDays: UInt32?

    @Option(name: .long, help: ArgumentHelp("No lock may be shorter.", valueName: "days"))
    var minimumDays: UInt32?

    @Option(name: .long, help: ArgumentHelp("No lock may be longer, its cohort included.", valueName: "days"))
    var maximumDays: UInt32?

    /// Nil where nothing was asked for.
    func settings() throws -> LockSettings? {
        guard let mode else {
            guard classes.isEmpty, cohortDays == nil, minimumDays == nil, maximumDays == nil else {
                throw Failure(
                    .usage, "Locks have no mode.", advice: "Add --mode compliance, or --mode governance for a trial.")
            }
            return nil
        }
        return try LockSettings(
            mode: mode, classes: classes.isEmpty ? ["standard=30"] : classes, cohortDays: cohortDays ?? 30,
            minimumDays: minimumDays, maximumDays: maximumDays)
    }
}

extension LockSettings? {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("mode", self?.mode ?? "none")
        guard let self else { return }
        object.set("number", self.number)
        object.set("since", self.since)
        object.set("classes", self.classes.map { "\($0.name)=\($0.days)" })
        object.set("cohort_days", UInt64(self.cohortDays))
        object.set("minimum_days", UInt64(self.minimumDays))
        object.set("maximum_days", UInt64(self.maximumDays))
    }
}

extension LockSettings {
    fileprivate var lines: [String] {
        ["Backups are locked in \(mode) mode, since \(Text.time(since)) (record \(number))."]
            + classes.enumerated().map { index, item in
                "  \(item.name): \(Text.counted(UInt64(item.days), "day", "days"))\(index == 0 ? ", unless a backup says otherwise" : "")"
            } + [
                "  each to the end of its cohort of \(cohortDays) days; within \(minimumDays) to \(maximumDays) days in all"
            ]
    }
}
