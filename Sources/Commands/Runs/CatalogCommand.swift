import ArgumentParser
import Identity
import Operations
import Primitives

struct CatalogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Look after this host's book of runs.",
        discussion: """
            The catalog is one SQLite file below SAFEHOLD_HOME. No backup depends on it.

              safehold catalog check
              safehold catalog rebuild
            """,
        subcommands: [CatalogCheckCommand.self, CatalogRebuildCommand.self])
}

struct CatalogCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read every page of the catalog.",
        discussion: """
              safehold catalog check
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let path = try CatalogCare.check(
            permit: try session.permit(InspectAction.self), state: session.surroundings.hostState)
        if session.output.json {
            session.output.record("catalog") { $0.set("path", path) }
        } else if !session.output.quiet {
            session.output.line("The catalog \(path) is whole.")
        }
        return .done
    }
}

struct CatalogRebuildCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Read into the catalog what the repository knows of runs.",
        discussion: """
            A damaged catalog is put aside and a new one begun. Then each snapshot that the catalog does not know is written into it. It takes a
            key that opens snapshots, for their components' names are sealed. Runs that failed or were missed leave nothing in a
            repository, and are not found again.

              safehold catalog rebuild
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Reading the catalog back")
        let (report, aside) = try CatalogCare.rebuild(
            permit: try session.permit(InspectAction.self, in: repositoryOptions), repository: repository,
            opener: opener,
            state: session.surroundings.hostState, clock: session.surroundings.clock)
        let output = session.output
        if let aside { output.warning("The catalog was damaged. It is \(aside) now.") }
        if report.unopened > 0 {
            output.warning(
                "\(Text.counted(report.unopened, "snapshot is", "snapshots are")) left out: this key does not open them."
            )
        }
        if output.json {
            output.record("summary") { object in
                object.set("operation", "catalog-rebuild")
                object.set("outcome", report.unopened == 0 ? "complete" : "partial")
                object.set("added", report.added)
                object.set("known", report.known)
                object.set("unopened", report.unopened)
            }
        } else if !output.quiet {
            output.line(
                "\(Text.counted(report.added, "run", "runs")) added, \(Text.count(report.known)) known already.")
        }
        return report.unopened == 0 ? .done : .partial
    }
}
