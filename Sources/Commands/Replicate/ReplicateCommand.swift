import ArgumentParser
import Identity
import Operations
import Primitives

struct ReplicateCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "replicate",
        abstract: "Copy the repository to other places, without a key.",
        discussion: """
            Copies what a destination does not have yet, as it is: nothing is opened, and nothing is overwritten. Each object is read
            once, checked, and written to every destination that lacks it. What a destination has confirmed is whole there at every
            moment; interrupted, the command is run again and goes on. Backups and collections may go on meanwhile.

            A destination keeps what it has, also when the source forgets it. With --prune it follows the source: what was dropped
            and collected there goes here too. Nothing that the source has lost or damaged is copied; it is named, the exit status is
            11, and 'safehold repair objects --from' brings it back from a copy.

              safehold replicate --to /mnt/second/safehold --create
              safehold replicate --to /mnt/second/safehold --to s3://bucket/copy --limit 20MiB
              safehold replicate --to /mnt/second/safehold --status
            """)

    @Option(
        name: .long, help: ArgumentHelp("Copy to here; give the option once for each.", valueName: "place"),
        completion: .directory)
    var to: [String] = []

    @Flag(name: .long, help: "Begin a copy where there is none yet.")
    var create = false

    @Flag(name: .long, help: "Copy nothing; say how far each destination is behind.")
    var status = false

    @Flag(name: .long, help: "Remove at the destinations what the source dropped and collected.")
    var prune = false

    @Flag(
        name: .long,
        help: "Confirm snapshots at the destinations although packs that they may need are lost at the source.")
    var despiteDamage = false

    @Option(name: .long, help: ArgumentHelp("Read at most so much a second, as 20MiB.", valueName: "bytes"))
    var limit: ByteRate?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let places = try to.map(session.place)
        let location = try session.location(repositoryOptions)
        guard !places.isEmpty, Set(places + [location]).count == places.count + 1 else {
            throw Failure(
                .usage, places.isEmpty ? "No destination was named." : "A place was named twice.",
                advice: "Pass --to PLACE once for each destination, other than the repository's own.")
        }
        // Before a place for a copy is made.
        let permit = try session.permit(
            ReplicateAction.self, on: Target(components: .all, stores: .init(places + [location])))
        let source = try session.surroundings.openStore(location)
        let open = create && !status ? session.surroundings.placeCopy : session.surroundings.openStore
        let destinations = try places.map(open)
        if status {
            let lags = try Replicate.lag(permit: permit, from: source, to: destinations)
            for lag in lags { lag.show(session.output) }
            return .done
        }
        let observer = ProgressObserver(doing: "replicate", session)
        defer { observer.finish() }
        var options = ReplicateOptions()
        (options.creates, options.follows) = (create, prune)
        options.confirmsDespiteDamage = despiteDamage
        options.bytesPerSecond = limit?.bytes
        let reports = try Replicate.run(
            permit: permit, from: source, to: destinations, options: options, observer: observer)
        observer.finish()
        for report in reports { report.show(session.output) }
        if let failure = reports.lazy.compactMap(\.failure).first { throw failure }
        let findings = reports.reduce(0) { $0 + $1.problems.count }
        if session.output.json {
            session.output.record("summary") { object in
                object.set("operation", "replicate")
                object.set("outcome", "complete")
                object.set("destinations", UInt64(reports.count))
                object.set("findings", UInt64(findings))
                object.set("elapsed_seconds", seconds: observer.elapsed)
            }
        }
        return findings == 0 ? .done : .damaged
    }
}
