import ArgumentParser
import Glibc
import Identity
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

            Segments that a server will ask for next are fetched into a spool, by default below this host's state, by a process that
            goes on when this one has ended.
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
    var prefetch = 16

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The system identifier of the cluster. Default: that of the data directory the command runs in.",
            valueName: "number"))
    var system: UInt64?

    @Flag(name: .long, help: ArgumentHelp("Do nothing else.", visibility: .hidden))
    var onlyAhead = false

    @OptionGroup var place: LogPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (0...1000).contains(prefetch) else { throw ValidationError("--prefetch is a number from 0 to 1000.") }
    }

    var isOfHost: Bool { true }

    /// Above 125 a server takes it for trouble, and below for the end of the log.
    static let troubleStatus: Int32 = 200

    func exitStatus(of failure: Failure) -> Int32 {
        failure.code.class == .interrupted ? 128 + 15 : Self.troubleStatus + failure.code.class.exitStatus
    }

    func run(_ session: Session) throws -> Outcome {
        let location = try session.logLocation(component, place)
        var request = try FetchLog.Request(
            component: component, name: name, target: try session.text(try session.absolute(path)),
            system: system ?? ClusterIdentity.system(ofDataDirectory: session.dataDirectory), prefetch: prefetch)
        request.dataDirectory = session.dataDirectory
        let target = Target(component: component, store: location)
        let observer = ProgressObserver(doing: "wal-get", session)
        let spool = openSpool(location, session)
        let archive = { try session.logArchive(component, at: location, keys, cache: spool?.index).2 }
        if onlyAhead {
            guard let spool else { return .done }
            try FetchLog.ahead(
                permit: try session.permit(LogAction.self, on: target), request: request, spool: spool,
                archive: archive,
                observer: observer)
            observer.finish()
            return .done
        }
        let isThere = try FetchLog.run(
            permit: try session.permit(LogAction.self, on: target), request: request, spool: spool, archive: archive,
            observer: observer)
        observer.finish()
        if isThere, let spool, FetchLog.isRunningLow(request, spool) {
            fetchAhead(request, at: location, session)
        }
        show(isThere, session.output)
        return isThere ? .done : .absent
    }

    /// Starts a process of its own, so that the server has its segment at once. Where it cannot be started nothing is lost but time.
    private func fetchAhead(_ request: FetchLog.Request, at location: String, _ session: Session) {
        let key: [String]
        switch try? keys.source(session.surroundings, asking: false) {
        case .recipientFile(let file): key = ["--recipient-file", file]
        case .passphraseFile(let file): key = ["--passphrase-file", file]
        default: return
        }
        var words = [session.surroundings.program, "wal", "get", "--only-ahead", "--component", component]
        words += ["--prefetch", "\(prefetch)", "--repository", location] + key
        if let spool { words += ["--spool", spool] }
        if let system = request.system { words += ["--system", "\(system)"] }
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nothing >= 0 else { return }
        defer { close(nothing) }
        _ = try? ProgramLaunch.start(words + [name, path], [nothing, nothing, nothing])
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
