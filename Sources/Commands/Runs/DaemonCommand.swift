import ArgumentParser
import Journal
import Operations
import Primitives
import Service

struct DaemonCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Carry out the strategy: do what is due, back up what changes, tell who has to know.",
        discussion: """
            Runs in the foreground until it is asked to stop (SIGTERM, Ctrl-C); a backup under way then ends at a point from which the next
            start goes on. SIGHUP has it read the strategy file again. Takes no key, unless the strategy's upkeep names one. The log goes to
            standard error, or to the journal where systemd started it; 'safehold status' shows how all stands.

              safehold daemon
              safehold daemon --strategy /etc/safehold/safehold.yaml --log json
              systemctl enable --now safehold
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("How the log is written: automatic, text, json or journald.", valueName: "format"),
        completion: .list(JournalFormat.allCases.map(\.rawValue)))
    var log = "automatic"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where other accounts ask the daemon ('safehold ask'). Default: SAFEHOLD_SOCKET, then 'socket' in the host's state.",
            valueName: "file"),
        completion: .file())
    var socket: String?

    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard JournalFormat(rawValue: log) != nil else {
            throw ValidationError("--log is one of: \(JournalFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    var isOfHost: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let file = try session.strategyFile(strategyOptions)
        let format = outputOptions.json ? JournalFormat.json : JournalFormat(rawValue: log) ?? .automatic
        let journal = Journal(
            format.sink(stream: surroundings.service.journalStream), least: outputOptions.verbose ? .debug : .info,
            clock: surroundings.clock)
        let diary = DaemonDiary(journal)
        var given = DaemonSurroundings(
            surroundings: surroundings, software: Program.software,
            manager: ServiceManager(
                socket: surroundings.service.socket,
                watchdogMicroseconds: surroundings.service.watchdogMicroseconds,
                watchdogProcess: surroundings.service.watchdogProcess),
            load: {
                let loaded = try LoadStrategy.load(file)
                try StrategyAdoption(surroundings).require(loaded, for: .running, permit: nil)
                return loaded
            }, takeReloadRequest: surroundings.service.takeReloadRequest,
            say: { diary.write($0) })
        let desk = PeerDesk(surroundings: surroundings, strategyFile: file)
        given.visits = (
            path: try socketPath(session), busy: PeerDesk.busy, answer: { desk.answer($0, $1) }
        )
        try Daemon.run(given)
        return .done
    }

    private func socketPath(_ session: Session) throws -> String {
        guard let named = socket ?? session.surroundings.socket else {
            return session.surroundings.hostState.root + "/socket"
        }
        return try session.text(try session.absolute(named))
    }
}
