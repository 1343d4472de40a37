import ArgumentParser
import Identity
import Operations
import Primitives

struct CatCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Write a file of a snapshot to standard output.",
        discussion: """
            Every piece is verified before it is written, and the whole at the end: the exit status tells.

              safehold cat latest /etc/fstab
              safehold cat latest:database /srv/dump.sql.zst | zstd -d | psql
            """)

    @Argument(help: "A snapshot: latest, latest:COMPONENT, the beginning of an id, or WRITER/NUMBER.")
    var snapshot: String

    @Argument(help: "The file in it.")
    var path: String

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if outputOptions.json { throw ValidationError("cat writes the file itself and goes without --json.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(RestoreAction.self)
        let opened = try session.reading(repositoryOptions, keys, for: "Reading a file").snapshot(
            try SnapshotSelector(snapshot))
        try opened.content(permit: permit, of: try session.absolute(path)) { piece in
            if session.surroundings.terminal.isInterrupted() { throw Failure.interrupted }
            session.output.write(piece)
        }
        return .done
    }
}
