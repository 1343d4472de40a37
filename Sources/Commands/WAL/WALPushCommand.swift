import ArgumentParser
import Identity
import Operations
import Primitives

struct WALPushCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Archive a file of a server's write-ahead log: an archive_command.",
        discussion: """
            Ends with success only when the file is durable and committed in the repository. A file that was archived before is no
            error when its content is the same, and refused when it is not. Needs no passphrase: this host's identity as a writer is
            enough, that of the user who runs the server.

              archive_command = 'safehold wal push --component database %p'
            """)

    @Argument(help: ArgumentHelp("The file, as the server has it in %p.", valueName: "path"), completion: .file())
    var path: String

    @Option(name: .long, help: ArgumentHelp("The component whose log it is.", valueName: "name"))
    var component: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Store so many further files with it that the server has ready: it asks for them next.", valueName: "number"
        ))
    var ahead = 15

    @OptionGroup var place: LogPlaceOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (0...1000).contains(ahead) else { throw ValidationError("--ahead is a number from 0 to 1000.") }
    }

    var isOfHost: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let location = try session.logLocation(component, place)
        let request = PushLog.Request(
            component: component, path: try session.text(try session.absolute(path)),
            dataDirectory: session.dataDirectory, ahead: ahead, host: surroundings.host, user: surroundings.user,
            software: Program.software)
        let observer = ProgressObserver(doing: "wal-push", session)
        let summary = try PushLog.run(
            permit: try session.permit(BackupAction.self, on: Target(component: component, store: location)),
            store: try surroundings.openStore(location),
            state: surroundings.hostState, request: request, observer: observer, clock: surroundings.clock)
        observer.finish()
        show(summary, session.output)
        return .done
    }

    private func show(_ summary: PushLog.Summary, _ output: Output) {
        if output.json {
            output.record("summary") { object in
                object.set("operation", "wal-push")
                object.set("outcome", "complete")
                object.set("component", component)
                object.set("file", summary.file)
                object.set("stored", .list(summary.stored.map { .text($0) }))
                object.set("snapshot", summary.backup?.snapshot.hex)
                object.set("bytes", summary.backup?.contentBytes ?? 0)
                object.set("bytes_stored", summary.backup?.storedBytes ?? 0)
                object.set("elapsed_seconds", seconds: summary.backup?.seconds ?? 0)
            }
        } else if output.verbose {
            output.line(
                summary.stored.isEmpty
                    ? "\(summary.file) was archived before." : "Archived \(summary.stored.joined(separator: ", ")).")
        }
    }
}
