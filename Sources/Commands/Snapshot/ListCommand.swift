import ArgumentParser
import Operations
import Primitives

struct ListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List what is in a snapshot.",
        discussion: """
            Without a path: everything that was saved. With one: that entry, or what is in that directory.

              safehold ls latest
              safehold ls latest /home/ann -l
              safehold ls 1f3a5b7c /etc --recursive --json
            """)

    @Argument(help: "A snapshot: latest, latest:COMPONENT, the beginning of an id, or WRITER/NUMBER.")
    var snapshot: String

    @Argument(help: "A path in it.")
    var path: String?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(name: .shortAndLong, help: "Show type, mode, owner, size and time.")
    var long = false

    @Flag(name: [.customShort("R"), .long], help: "List everything below the path.")
    var recursive = false

    @Flag(name: [.customShort("H"), .long], help: "With --long: sizes as 1.5 MiB.")
    var human = false

    func run(_ session: Session) throws -> Outcome {
        let selector = try SnapshotSelector(snapshot)
        let opened = try session.reading(repositoryOptions, keys, for: "Listing a snapshot").snapshot(selector)
        let output = session.output
        let style = EntryStyle(
            long: long, human: human, onTerminal: session.surroundings.terminal.width(Output.results) > 0)
        let damage = try opened.list(path: path.map { try session.absolute($0) }, recursive: recursive) { entry in
            if output.json {
                output.record("entry") { entry.fill(&$0, snapshot: opened.summary) }
            } else {
                output.bytes(style.line(entry))
            }
            return !session.surroundings.terminal.isInterrupted()
        }
        for failure in damage { output.found(failure) }
        if session.surroundings.terminal.isInterrupted() { throw Failure.interrupted }
        return damage.isEmpty ? .done : .damaged
    }
}
