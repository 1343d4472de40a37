import ArgumentParser
import Identity
import Operations
import Primitives

struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Mend what can be made anew, or brought back from a copy.",
        subcommands: [RepairIndexCommand.self, RepairObjectsCommand.self])
}

struct RepairIndexCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Write the index anew for packs that no readable index lists.",
        discussion: """
            The index tells where each piece lies. It holds nothing that the packs do not: when parts of it are lost or damaged,
            restores still work, only slower, and this brings it back.

              safehold repair index
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let output = session.output
        let permit = try session.permit(VerifyAction.self, in: repositoryOptions)
        let (repository, opener) = try session.unlocked(
            repositoryOptions, keys, for: "Repairing the index", structureOnly: true)
        let observer = ProgressObserver(doing: "repair", session)
        defer { observer.finish() }
        let summary = try RepairIndex.run(permit: permit, repository: repository, opener: opener, observer: observer)
        observer.finish()
        for problem in summary.problems { output.found(problem) }
        if output.json {
            output.record("summary") { object in
                object.set("operation", "repair-index")
                object.set("outcome", "complete")
                object.set("packs", summary.packs)
                object.set("chunks", summary.chunks)
                object.set("index_runs", UInt64(summary.runs.count))
                object.set("findings", UInt64(summary.problems.count))
            }
        } else if !output.quiet {
            output.line(
                summary.runs.isEmpty
                    ? "Every pack is listed in the index; nothing had to be written."
                    : "Listed \(Text.counted(summary.chunks, "chunk", "chunks")) of \(Text.counted(summary.packs, "pack", "packs")) anew."
            )
        }
        return .done
    }
}
