import ArgumentParser
import Identity
import Operations
import Primitives

struct MediaInitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a mounted, empty directory a medium of the repository.",
        discussion: """
            Nothing is formatted and nothing is overwritten: the directory must be empty. The label is what people write on the medium.

              safehold media init /mnt/disk --label 2026-A --site vault
            """)

    @Argument(help: "Where the medium is mounted.", completion: .directory)
    var path: String

    @Option(name: .long, help: ArgumentHelp("What is written on it.", valueName: "text"))
    var label: String

    @Option(name: .long, help: ArgumentHelp("The site where it will be kept.", valueName: "name"))
    var site: String?

    @Flag(name: .long, help: "It may lie on the repository's own file system: for trials.")
    var sameFileSystem = false

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        var choices = InitialiseMedium.Choices(label: label, site: site)
        choices.allowsSameFileSystem = sameFileSystem
        let facts = try InitialiseMedium.run(
            permit: try session.permit(
                MediaAction.self, on: try session.target(path, try session.location(repositoryOptions))),
            repository: try session.repository(repositoryOptions),
            path: try session.text(try session.absolute(path)), choices: choices, state: session.surroundings.hostState,
            clock: session.surroundings.clock)
        if facts.sharesFileSystem {
            session.output.warning("\(path) shares the repository's file system: it is not a copy that outlives it.")
        }
        if session.output.json {
            session.output.record("medium") { facts.fill(&$0, at: session.surroundings.clock.now()) }
        } else if !session.output.quiet {
            session.output.line("Made '\(facts.label)' (\(facts.id.hex.prefix(8))). Next: safehold media copy \(path)")
        }
        return .done
    }
}
