import ArgumentParser
import Operations
import Primitives

struct FindCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find names in all snapshots.",
        discussion: """
            The pattern is a shell's: * ? [a-z]. It is compared with names, or where it has a slash with whole paths; a * goes across
            slashes then. Newest snapshots come first.

              safehold find 'thesis*.tex'
              safehold find --snapshot latest -l '*/etc/*.conf'
              safehold find -i readme.md --json
            """)

    @Argument(help: "What to look for.")
    var pattern: String

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Option(name: .long, help: ArgumentHelp("Only in this snapshot; repeatable. Default: all.", valueName: "snapshot"))
    var snapshot: [String] = []

    @Flag(name: .shortAndLong, help: "Let letters match whatever their case is.")
    var ignoreCase = false

    @Flag(name: .shortAndLong, help: "Show type, mode, owner, size and time.")
    var long = false

    func run(_ session: Session) throws -> Outcome {
        let selectors = try snapshot.map { try SnapshotSelector($0) }
        let opened = try session.reading(repositoryOptions, keys, for: "Looking into snapshots")
        let output = session.output
        let style = EntryStyle(
            long: long, human: false, onTerminal: session.surroundings.terminal.width(Output.results) > 0)
        var search = Search(pattern: ArgumentText.decode(pattern), ignoringCase: ignoreCase)
        var outcome = Outcome.done
        for candidate in try opened.snapshots(selectors) {
            guard !session.surroundings.terminal.isInterrupted() else { throw Failure.interrupted }
            var isFirst = true
            let damage = try search.run(candidate) { entry in
                if output.json {
                    output.record("entry") { entry.fill(&$0, snapshot: candidate.summary) }
                } else {
                    if isFirst {
                        output.line(
                            "snapshot \(Text.short(candidate.summary.id)) of \(Text.time(candidate.summary.time))")
                    }
                    output.bytes(Array("  ".utf8) + style.line(entry))
                }
                isFirst = false
                return !session.surroundings.terminal.isInterrupted()
            }
            for failure in damage { output.found(failure) }
            if !damage.isEmpty { outcome = .damaged }
        }
        return outcome
    }
}
