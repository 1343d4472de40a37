import ArgumentParser
import Operations
import Primitives

struct WALGetCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Bring a file of a server's write-ahead log back: a restore_command.",
        discussion: """
            Exit status 1 says that the archive does not have the file, and nothing else: a server ends its recovery there. Whatever
            else goes wrong ends with 200 and what the status would be otherwise, upon which a server stops instead of going on with
            less than there is. The file is written whole or not at all.

              restore_command = 'safehold wal get --component database --recipient-file /etc/safehold/restore.key %f %p'

            Segments that a server will ask for next are fetched into a spool, by default below this host's state.
            """)

    @Argument(help: ArgumentHelp("The name, as the server has it in %f.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("Where it goes, as the server has it in %p.", valueName: "path"), completion: .file())
    var path: String

    @Option(name: .long, help: ArgumentHelp("The component whose log it is.", valueName: "name"))
    var component: String

    @Option(
        name: .long, help: ArgumentHelp("Where segments lie that were fetched ahead.", valueName: "dir"),
        completion: .directory)
    var spool: String?

    @Option(name: .long, help: ArgumentHelp("Fetch so many segments ahead; 0 for none.", valueName: "number"))
    var prefetch = 8

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The system identifier of the cluster. Default: that of the data directory the command runs in.",
            valueName: "number"))
    var system: UInt64?

    @OptionGroup var place: LogPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (0...1000).contains(prefetch) else { throw ValidationError("--prefetch is a number from 0 to 1000.") }
    }

    /// Above 125 a server takes it for trouble, and below for the end of the log.
    static let troubleStatus: Int32 = 200

    func exitStatus(of failure: Failure) -> Int32 {
        failure.code.class == .interrupted ? 128 + 15 : Self.troubleStatus + failure.code.class.exitStatus
    }

    func run(_ session: Session) throws -> Outcome {
        let location = try session.logLocation(component, place)
        let request = try FetchLog.Request(
            component: component, name: name, target: try session.text(try session.absolute(path)),
            system: system ?? ClusterIdentity.system(ofDataDirectory: session.dataDirectory), prefetch: prefetch)
        let observer = ProgressObserver(doing: "wal-get", session)
        let spool = openSpool(location, session)
        let isThere = try FetchLog.run(
            permit: try session.permit(RestoreAction.self), request: request, spool: spool,
            archive: { try session.logArchive(component, at: location, keys, cache: spool?.index).2 },
            observer: observer)
        observer.finish()
        show(isThere, session.output)
        return isThere ? .done : .absent
    }

    /// Recovery goes on without one, only slower.
    private func openSpool(_ location: String, _ session: Session) -> LogSpool? {
        guard prefetch > 0 || spool != nil else { return nil }
        do {
            let folder =
                try spool.map { try session.text(try session.absolute($0)) }
                ?? session.surroundings.hostState.root + "/wal-spool"
            return try LogSpool(folder: folder + "/" + LogSpool.name(location: location, component: component))
        } catch {
            session.output.warning("Nothing is fetched ahead. \((error as? Failure)?.message ?? "\(error)")")
            return nil
        }
    }

    private func show(_ isThere: Bool, _ output: Output) {
        if output.json {
            output.record("summary") { object in
                object.set("operation", "wal-get")
                object.set("outcome", isThere ? "complete" : "absent")
                object.set("component", component)
                object.set("file", name)
            }
        } else if !isThere, !output.quiet {
            output.message("safehold: \(name) is not in the archive of '\(component)'.")
        }
    }
}
