import Capture
import Identity
import Primitives
import Storage
import Strategy

/// The one door: whoever wants to operate gets a permit here, or is refused.
package protocol Doorkeeper: Sendable {
    func permit<Action: PermittedAction>(for action: Action.Type, on target: Target) throws -> Permit<Action>

    /// Leave for what nobody does alone, on exactly this plan. `request` is the one that others have agreed to.
    func leave(for plan: GravePlan, request: ApprovalID?) throws -> Leave

    /// Throws where nobody stands there who could be let in at all.
    func requireSomebody() throws

    /// Who would be let in, or refused.
    func whoIsThere() -> Actor

    /// The same door, for what the host does without a person: its daemon, and what a database server calls.
    func ofHost() -> any Doorkeeper
}

extension Doorkeeper {
    /// For what belongs to no single component and no single store.
    package func permit<Action: PermittedAction>(for action: Action.Type) throws -> Permit<Action> {
        try permit(for: action, on: .everything)
    }
}

/// What a service manager says to a daemon: systemd's variables as they stand, and signals.
package struct ServiceSurroundings: Sendable {
    /// NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, JOURNAL_STREAM.
    package var socket: String?
    package var watchdogMicroseconds: String?
    package var watchdogProcess: String?
    package var journalStream: String?
    /// From its first call on, SIGHUP asks for the settings to be read again instead of ending the program.
    package var takeReloadRequest: @Sendable () -> Bool = { false }

    package init() {}
}

private struct MissingTree: TreeSource {
    func open() throws(StreamFailure) -> any TreeReading {
        throw StreamFailure(.toolMissing, "This program was built without PostgreSQL.", advice: "Use 'streams'.")
    }
}

/// What a command is given by the place it runs in. Only Assembly makes one out of the real thing.
package struct Surroundings: Sendable {
    package var door: any Doorkeeper
    /// Where every act is written down.
    package var recorder: any ActRecorder = MissingRecorder()
    package var terminal: Terminal
    package var clock: WallClock
    package var hostState: HostState
    /// This host's name and the user who runs the program.
    package var host: String
    package var user: String
    /// What the environment says: SAFEHOLD_REPOSITORY, SAFEHOLD_PASSPHRASE_FILE, SAFEHOLD_RECIPIENT_FILE; empty values count as unset.
    package var repository: String?
    package var passphraseFile: String?
    package var recipientFile: String?
    /// SAFEHOLD_STRATEGY.
    package var strategyFile: String?
    /// Where the session of whoever is signed in is kept: SAFEHOLD_SESSION.
    package var sessionFile: String?
    /// The credential of the service that runs the program: SAFEHOLD_SERVICE_FILE.
    package var serviceFile: String?
    package var identity: IdentityKeeping {
        IdentityKeeping(
            state: hostState, user: user, sessionFile: sessionFile, serviceFile: serviceFile,
            connection: identityConnection)
    }
    /// The door has the same one.
    package var identityConnection = IdentityConnection()
    /// How a provider of single sign-on is asked who somebody is.
    package var signOn = SignOnSurroundings()
    /// The daemon's socket: SAFEHOLD_SOCKET.
    package var socket: String?
    /// The user that the program runs as.
    package var uid: UInt32 = 0
    /// Somebody of another account who asks the daemon: what he is called, and where what he does is written down.
    package var visitor: @Sendable (_ uid: UInt32) -> (name: String, recorder: any ActRecorder) = { uid in
        (String(uid), MissingRecorder())
    }
    /// What a service manager gave a daemon.
    package var service = ServiceSurroundings()
    /// Where lists that memory has no room for may lie while the program runs.
    package var scratch = "/var/tmp"
    /// Absolute.
    package var workingDirectory: [UInt8]
    /// Whether the name of a repository is a server's address, and not a path.
    package var isAddress: @Sendable (String) -> Bool = { _ in false }
    package var openStore: @Sendable (String) throws -> any ObjectStore
    /// Makes an empty store. Throws `target-unusable` where something else is already, but lets an existing repository through.
    package var createStore: @Sendable (String) throws -> any ObjectStore

    /// Makes a place for a copy of a repository, unless there is something else.
    package var placeCopy: @Sendable (String) throws -> any ObjectStore
    /// Holds a moment of a PostgreSQL database.
    package var holdPostgres: @Sendable (PostgresPlan) throws(StreamFailure) -> any HeldDatabase = {
        _ throws(StreamFailure) in
        throw StreamFailure(.toolMissing, "This program was built without PostgreSQL.", advice: "Use 'streams'.")
    }
    /// A base backup of a PostgreSQL server, which is to have a label.
    package var copyPostgres: @Sendable (BaseBackupPlan, _ label: String) -> any TreeSource = { _, _ in MissingTree() }
    /// A PostgreSQL server that sends its log.
    package var streamPostgres: @Sendable (PostgresPlan) throws(StreamFailure) -> any LogServer = {
        _ throws(StreamFailure) in
        throw StreamFailure(.toolMissing, "This program was built without PostgreSQL.", advice: "Use archive_command.")
    }
    /// How a PostgreSQL server stands with its log, and with those of these slots that it has.
    package var askPostgres: @Sendable (PostgresPlan, _ slots: [String]) throws(StreamFailure) -> LogServerStanding = {
        _, _ throws(StreamFailure) in
        throw StreamFailure(.toolMissing, "This program was built without PostgreSQL.", advice: "Ask it with psql.")
    }
    /// A copy of an SQLite database, made in a directory with room.
    package var copySQLite: @Sendable (SQLitePlan, _ scratch: String) throws(StreamFailure) -> any StreamSource = {
        _, _ throws(StreamFailure) in
        throw StreamFailure(.toolMissing, "This program was built without SQLite.", advice: "Use 'streams'.")
    }
    /// Lets a PostgreSQL server recover in scratch space and looks at it; nil where somebody wanted it to end.
    package var tryRecovery:
        @Sendable (RecoveryTrial, _ isCancelled: @Sendable () -> Bool) throws(StreamFailure) -> RecoveryProof? = {
            _, _ throws(StreamFailure) in
            throw StreamFailure(
                .toolMissing, "This program was built without PostgreSQL.", advice: "Start a server by hand.")
        }
    /// Looks at the pages of a relation's file.
    package var checkPages: CorruptionScope.PageChecking = { _, _, _ in nil }
    /// Makes an empty PostgreSQL server in scratch space.
    package var startPostgres:
        @Sendable (ScratchClusterRequest, _ isCancelled: @Sendable () -> Bool) throws(StreamFailure) ->
            any ScratchCluster = {
                _, _ throws(StreamFailure) in
                throw StreamFailure(
                    .toolMissing, "This program was built without PostgreSQL.", advice: "Try the dump with pg_restore.")
            }
    /// Where this program lies: what others are told to call.
    package var program = "safehold"
    /// What this program asks of stores is remembered there.
    package let accesses: AccessJournal

    package init(
        door: any Doorkeeper, terminal: Terminal, clock: WallClock, hostState: HostState, host: String, user: String,
        workingDirectory: [UInt8], openStore: @escaping @Sendable (String) throws -> any ObjectStore,
        createStore: @escaping @Sendable (String) throws -> any ObjectStore,
        placeCopy: @escaping @Sendable (String) throws -> any ObjectStore, accesses: AccessJournal
    ) {
        self.door = door
        self.terminal = terminal
        self.clock = clock
        self.hostState = hostState
        self.host = host
        self.user = user
        self.workingDirectory = workingDirectory
        self.openStore = openStore
        self.createStore = createStore
        self.placeCopy = placeCopy
        self.accesses = accesses
    }
}
