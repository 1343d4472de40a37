import Capture
import Glibc
import Strategy
import WriteAheadLog

/// A session in which a server keeps its data directory fit to be copied (PostgreSQL documentation, 26.3.3); if it ends early, the copy is worth nothing.
final class OnlineBackup {
    struct End {
        var position: LogSequenceNumber
        var timeline: UInt32
        /// The content of backup_label.
        var label: String
        var isFromStandby: Bool { label.split(whereSeparator: \.isNewline).contains("BACKUP FROM: standby") }
    }

    let connection: PostgresConnection
    let systemIdentifier: UInt64
    let format: ClusterFormat
    private let version: PostgresVersion
    private let patience: Duration
    private let clock = ContinuousClock()
    private var asked: ContinuousClock.Instant
    private let directory: String
    /// Whether we see to it that the log is archived: a server that does looks only once a second. What a standby waits for it knows itself.
    private let awaitsArchive: Bool
    private var ended: End?

    /// Asks for the beginning: the answer comes behind a checkpoint. Throws where `directory` is not the server's own.
    init(_ plan: BaseBackupPlan, directory: String, label: String) throws(StreamFailure) {
        let connection = try PostgresConnection(plan.server)
        self.connection = connection
        self.directory = directory
        version = PostgresVersion(connection.major)
        patience = plan.server.patience
        format = try ClusterFormat(connection, plan)
        for statement in version.patience { try connection.ask(statement) }
        systemIdentifier = try connection.identifier(ofDataDirectory: directory)
        try Self.requireRights(connection, version)
        let question = "select not pg_catalog.pg_is_in_recovery() and current_setting('archive_mode') <> 'off'"
        awaitsArchive = try connection.ask(question).first?.first == "t"
        asked = clock.now
        try connection.send(version.text(ofStart: label, isFast: plan.checkpoint == .fast))
    }

    /// Who may not end a backup would hear so when all of it is read.
    private static func requireRights(
        _ connection: PostgresConnection, _ version: PostgresVersion
    ) throws(StreamFailure) {
        let functions = version.backupFunctions
        let answer = try connection.ask(version.textOfRights).first ?? []
        let lacking = zip(functions, answer).filter { $1 != "t" }.map(\.0)
        guard lacking.isEmpty else {
            throw StreamFailure(
                .denied, "The role may not call \(lacking.joined(separator: " and ")).",
                advice: PostgresTrouble.backupAdvice)
        }
    }

    /// The numbers of the tablespaces that there are. Asked when the backup has begun: one that is made later is made anew by the log.
    func tablespaces() throws(StreamFailure) -> Set<UInt32> {
        let rows = try connection.ask("select oid from pg_catalog.pg_tablespace")
        return Set(rows.compactMap { $0.first?.flatMap { UInt32($0) } })
    }

    /// Where the backup begins; nil while the server has not said so.
    func start(waiting milliseconds: Int) throws(StreamFailure) -> LogSequenceNumber? {
        guard let row = try row(waiting: milliseconds) else { return nil }
        guard let position = row.first.flatMap({ $0 }).flatMap({ LogSequenceNumber($0) }) else {
            throw ClusterFormat.silent("say where the backup begins")
        }
        return position
    }

    func stop() throws(StreamFailure) {
        asked = clock.now
        try connection.send(version.textOfStop(isWaiting: !awaitsArchive))
    }

    /// Nil while the log is not archived that the backup needs, where the server archives.
    func end(waiting milliseconds: Int) throws(StreamFailure) -> End? {
        if ended == nil { ended = try answeredEnd(waiting: milliseconds) }
        guard let ended, awaitsArchive else { return ended }
        let deadline = clock.now + .milliseconds(milliseconds)
        while !isArchived(ended) {
            guard clock.now < deadline else {
                guard clock.now - asked > patience else { return nil }
                throw PostgresTrouble.notArchived(within: patience)
            }
            usleep(10_000)
        }
        return ended
    }

    /// As the server itself looks (xlogarchive.c, XLogArchiveIsBusy): a segment that is gone was archived before.
    private func isArchived(_ end: End) -> Bool {
        let last = LogSequenceNumber(end.position.value - 1)
        let name = SegmentName(timeline: end.timeline, at: last, size: format.segmentSize)
        let status = "\(directory)/pg_wal/archive_status/\(name)"
        func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
        if isThere(status + ".done") { return true }
        if isThere(status + ".ready") { return false }
        return isThere(status + ".done") || !isThere("\(directory)/pg_wal/\(name)")
    }

    private func answeredEnd(waiting milliseconds: Int) throws(StreamFailure) -> End? {
        guard let row = try row(waiting: milliseconds) else { return nil }
        guard row.count == 2, let position = row[0].flatMap({ LogSequenceNumber($0) }), let label = row[1],
            let line = label.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("START TIMELINE: ") }),
            let timeline = UInt32(line.dropFirst("START TIMELINE: ".count)), position.value > 0
        else { throw ClusterFormat.silent("say where the backup ends") }
        return End(position: position, timeline: timeline, label: label)
    }

    private func row(waiting milliseconds: Int) throws(StreamFailure) -> [String?]? {
        guard try connection.isAnswered(within: milliseconds) else {
            guard clock.now - asked > patience else { return nil }
            throw StreamFailure(
                .unreachable, "The server did not answer for \(patience).",
                advice:
                    "It may wait for a checkpoint ('checkpoint: fast' does not), or for its log to be archived: look into its log."
            )
        }
        return try connection.answer().first ?? []
    }
}

extension PostgresVersion {
    /// By which a backup begins and ends, as somebody is granted them.
    var backupFunctions: [String] {
        hasOptionLists
            ? ["pg_backup_start(text, boolean)", "pg_backup_stop(boolean)"]
            : ["pg_start_backup(text, boolean, boolean)", "pg_stop_backup(boolean, boolean)"]
    }

    /// Gives a column for each of these: whether the role may call it.
    var textOfRights: String {
        let columns = backupFunctions.map {
            "pg_catalog.has_function_privilege(\(quotedText("pg_catalog." + $0)), 'execute')"
        }
        return "select \(columns.joined(separator: ", "))"
    }

    /// Until 14 they are called otherwise, and there is another way to begin which ends with the server's crash.
    func text(ofStart label: String, isFast: Bool) -> String {
        let arguments = "\(quotedText(label)), \(isFast)"
        return hasOptionLists
            ? "select pg_catalog.pg_backup_start(\(arguments))"
            : "select pg_catalog.pg_start_backup(\(arguments), false)"
    }

    /// Gives the position and the content of backup_label; waits, if it is to, for the log to be archived where the server archives.
    func textOfStop(isWaiting: Bool) -> String {
        let call = hasOptionLists ? "pg_backup_stop(\(isWaiting))" : "pg_stop_backup(false, \(isWaiting))"
        return "select lsn, labelfile from pg_catalog.\(call)"
    }
}
