import ArgumentParser
import Identity
import Operations
import Primitives

struct RepairObjectsCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "objects",
        abstract: "Bring missing and damaged objects back from a copy of the repository.",
        discussion: """
            Looks for what is missing here and is in the copy; with --read-data it also reads every object and compares it with its
            name. What comes back was checked first. Damaged bytes are kept below 'damaged/' in the repository, where nothing reads
            them; remove them yourself when nobody needs them any more. What was collected stays away.

              safehold repair objects --from /mnt/second/safehold --read-data
            """)

    @Option(
        name: .long, help: ArgumentHelp("A copy that 'safehold replicate' made.", valueName: "place"),
        completion: .directory)
    var from: String

    @Flag(name: .long, help: "Read every object, and bring back those that are damaged.")
    var readData = false

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let (location, place) = (try session.location(repositoryOptions), try session.place(from))
        guard location != place else {
            throw Failure(
                .usage, "The copy is the repository itself.", advice: "Pass --from with the place of another copy.")
        }
        let observer = ProgressObserver(doing: "repair", session)
        defer { observer.finish() }
        let report = try Replicate.mend(
            permit: try session.permit(
                ReplicateAction.self, on: Target(components: .all, stores: .init([location, place]))),
            try session.surroundings.openStore(location),
            from: try session.surroundings.openStore(place), readingData: readData, observer: observer)
        observer.finish()
        show(report, session.output)
        return report.problems.isEmpty ? .done : .damaged
    }

    private func show(_ report: MendReport, _ output: Output) {
        for problem in report.problems { output.found(problem) }
        if output.json {
            output.record("summary") { object in
                object.set("operation", "repair-objects")
                object.set("outcome", "complete")
                object.set("missing", report.missing)
                object.set("damaged", report.damaged)
                object.set("brought_back", report.broughtBack)
                object.set("set_aside", report.setAside)
                object.set("findings", UInt64(report.problems.count))
            }
            return
        }
        guard !output.quiet else { return }
        for name in report.broughtBack { output.line("brought back: \(name)") }
        for name in report.setAside { output.line("damaged bytes kept as: \(name)") }
        if report.broughtBack.isEmpty, report.problems.isEmpty {
            output.line(readData ? "Nothing is missing or damaged." : "Nothing is missing.")
        }
    }
}
