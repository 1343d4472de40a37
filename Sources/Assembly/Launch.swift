import Audit
import CLinux
import Capture
import CapturePostgres
import CaptureSQLite
import Commands
import Glibc
import Operations
import Primitives
import Sealing
import SingleSignOn
import Storage

/// The one place that reads the environment and names what is behind the contracts.
package enum Launch {
    /// Runs the program as the process was started, and returns its exit status.
    package static func run() -> Int32 {
        sh_tune_allocator()
        sh_disable_core_dumps()
        sh_ignore_sigpipe()
        sh_install_interrupt_flag()
        let surroundings = surroundings()
        defer { surroundings.accesses.flush() }
        return Program.run(arguments(), surroundings)
    }

    /// As the system passed them: names need not be UTF-8.
    private static func arguments() -> [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }
    }

    private static func surroundings() -> Surroundings {
        let user = User.current()
        let state = HostState(root: user.stateRoot)
        let journal = AccessJournal(state)
        let ownSession = sessionFile(state)
        let serviceFile = variable("SAFEHOLD_SERVICE_FILE")
        let connection = IdentityConnection()
        var surroundings = Surroundings(
            door: IdentityDoor(
                IdentityKeeping(
                    state: state, user: user.name, sessionFile: ownSession, serviceFile: serviceFile,
                    connection: connection)),
            terminal: .real, clock: .system, hostState: state,
            host: hostName(), user: user.name, workingDirectory: workingDirectory(),
            openStore: { try Stores.open($0, journal) }, createStore: { try Stores.create($0, journal) },
            placeCopy: { try Stores.placeCopy($0, journal) }, accesses: journal)
        surroundings.recorder = AuditTrail(
            AuditPlace(state: state.root), voice: .ofThisProcess(user, host: surroundings.host), clock: .system)
        let host = surroundings.host
        surroundings.uid = user.id
        surroundings.visitor = { uid in
            let visitor = User.of(uid)
            let trail = AuditTrail(
                AuditPlace(state: state.root), voice: .ofVisitor(visitor, host: host), clock: .system)
            return (visitor.name, trail)
        }
        surroundings.socket = variable("SAFEHOLD_SOCKET")
        surroundings.identityConnection = connection
        surroundings.isAddress = Stores.isAddress
        surroundings.copySQLite = { SQLiteStream($0, scratch: $1) }
        surroundings.copyPostgres = { PostgresBaseBackup($0, label: $1) }
        surroundings.streamPostgres = { plan throws(StreamFailure) in try PostgresLogServer(plan) }
        surroundings.askPostgres = { plan, slots throws(StreamFailure) in
            try PostgresLogStanding.read(plan, slots: slots)
        }
        surroundings.holdPostgres = { plan throws(StreamFailure) in try PostgresHold(plan) }
        surroundings.tryRecovery = { trial, isCancelled throws(StreamFailure) in
            try RecoveryAttempt.run(trial, isCancelled: isCancelled)
        }
        surroundings.checkPages = { RelationContentCheck($0, tablespace: $1, start: $2) }
        surroundings.startPostgres = { request, isCancelled throws(StreamFailure) in
            try EmptyCluster(request, isCancelled: isCancelled)
        }
        surroundings.signOn.check = { try DeviceGrant.check($0) }
        surroundings.signOn.signIn = { access, clock, isCancelled, show in
            try DeviceGrant.signIn(access, now: { clock.now() }, isCancelled: isCancelled, show: show)
        }
        surroundings.program = ownPath() ?? surroundings.program
        surroundings.sessionFile = ownSession
        surroundings.serviceFile = serviceFile
        surroundings.repository = variable("SAFEHOLD_REPOSITORY")
        surroundings.passphraseFile = variable("SAFEHOLD_PASSPHRASE_FILE")
        surroundings.recipientFile = variable("SAFEHOLD_RECIPIENT_FILE")
        surroundings.service.socket = variable("NOTIFY_SOCKET")
        surroundings.service.watchdogMicroseconds = variable("WATCHDOG_USEC")
        surroundings.service.watchdogProcess = variable("WATCHDOG_PID")
        surroundings.service.journalStream = variable("JOURNAL_STREAM")
        surroundings.service.takeReloadRequest = { sh_take_reload_request() != 0 }
        surroundings.strategyFile = variable("SAFEHOLD_STRATEGY")
        surroundings.scratch = variable("TMPDIR") ?? surroundings.scratch
        return surroundings
    }

    /// SAFEHOLD_SESSION; else one for each user who comes by sudo, so that people who share an account do not share a session.
    private static func sessionFile(_ state: HostState) -> String? {
        if let given = variable("SAFEHOLD_SESSION") { return given }
        return variable("SUDO_UID").flatMap { UInt32($0) }.map { "\(state.root)/sessions/\($0)" }
    }

    /// Nil when it is not set, or empty.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value[0] != 0 else { return nil }
        return String(cString: value)
    }

    private static func ownPath() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func workingDirectory() -> [UInt8] {
        guard let path = getcwd(nil, 0) else { return [0x2F] }
        defer { free(path) }
        return Array(UnsafeRawBufferPointer(start: path, count: strlen(path)))
    }
}

extension Terminal {
    fileprivate static let real = Terminal(
        width: { Int(sh_terminal_width($0)) }, readSecret: { prompt in readSecret(prompt) },
        isInterrupted: { sh_interrupted() != 0 })

    private static func readSecret(_ prompt: String) -> SecretBytes? {
        var buffer = [CChar](repeating: 0, count: 4096)
        defer { buffer.withUnsafeMutableBytes { sh_wipe($0.baseAddress, $0.count) } }
        let count = sh_read_secret(prompt, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return SecretBytes(count: count) { secret in
            buffer.withUnsafeBytes { secret.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}
