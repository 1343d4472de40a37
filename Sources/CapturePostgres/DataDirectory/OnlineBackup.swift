import Capture
import Glibc
import Primitives
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

    /// Asks for the beginning: the answer comes behind a checkpoint. Throws where `directory` is not the server's own.
    init(_ plan: BaseBackupPlan, directory: String, label: String) throws(StreamFailure) {
        let connection = try PostgresConnection(plan.server)
        self.connection = connection
        version = PostgresVersion(connection.major)
        patience = plan.server.patience
        format = try ClusterFormat(connection, plan)
        for statement in version.patience { try connection.ask(statement) }
        systemIdentifier = try Self.identify(connection, directory)
        asked = clock.now
        try connection.send(version.text(ofStart: label, isFast: plan.checkpoint == .fast))
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
        try connection.send(version.textOfStop)
    }

    /// Nil while the server waits for its log to be archived.
    func end(waiting milliseconds: Int) throws(StreamFailure) -> End? {
        guard let row = try row(waiting: milliseconds) else { return nil }
        guard row.count == 2, let position = row[0].flatMap({ LogSequenceNumber($0) }), let label = row[1],
            let line = label.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("START TIMELINE: ") }),
            let timeline = UInt32(line.dropFirst("START TIMELINE: ".count))
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

    // MARK: Whose directory it is

    private static func identify(_ connection: PostgresConnection, _ directory: String) throws(StreamFailure) -> UInt64
    {
        let row =
            try connection.ask(
                """
                select system_identifier, current_setting('port'), extract(epoch from pg_postmaster_start_time())::bigint
                from pg_catalog.pg_control_system()
                """
            ).first ?? []
        guard row.count == 3, let identifier = row[0].flatMap({ UInt64($0) }), let port = row[1],
            let started = row[2].flatMap({ Int64($0) })
        else { throw ClusterFormat.silent("identify itself") }
        guard try Self.identifier(of: directory) == identifier else {
            throw foreign(directory, "it is another cluster's")
        }
        // A copy of the cluster, such as a standby on this host, has the same identifier.
        guard let lines = try lines(directory + "/postmaster.pid"), lines.count > 3 else {
            throw foreign(directory, "no server runs in it")
        }
        guard lines[3] == port, let written = Int64(lines[2]), abs(written - started) <= 60 else {
            throw foreign(directory, "another server runs in it")
        }
        return identifier
    }

    private static func foreign(_ directory: String, _ why: String) -> StreamFailure {
        StreamFailure(
            .failed, "\(directory) is not the data directory of the server that answers: \(why).",
            advice:
                "'data-directory' has to be what 'show data_directory' says there, and 'host' and 'port' that server's."
        )
    }

    /// The first thing in pg_control.
    private static func identifier(of directory: String) throws(StreamFailure) -> UInt64? {
        try read(directory + "/" + DataDirectoryRule.control).flatMap { bytes in
            bytes.count < 8 ? nil : bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        }
    }

    private static func lines(_ path: String) throws(StreamFailure) -> [String]? {
        try read(path).map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
        }
    }

    private static func read(_ path: String) throws(StreamFailure) -> [UInt8]? {
        do { return try LocalFile.read(path, limit: 64 << 10) } catch {
            throw DataDirectoryWalk.unreadable(path, EACCES)
        }
    }
}

extension PostgresVersion {
    /// Until 14 they are called otherwise, and there is another way to begin which ends with the server's crash.
    func text(ofStart label: String, isFast: Bool) -> String {
        let arguments = "\(quotedText(label)), \(isFast)"
        return hasOptionLists
            ? "select pg_catalog.pg_backup_start(\(arguments))"
            : "select pg_catalog.pg_start_backup(\(arguments), false)"
    }

    /// Gives the position and the content of backup_label; waits for the log to be archived where the server archives.
    var textOfStop: String {
        let call = hasOptionLists ? "pg_backup_stop(true)" : "pg_stop_backup(false, true)"
        return "select lsn, labelfile from pg_catalog.\(call)"
    }
}
