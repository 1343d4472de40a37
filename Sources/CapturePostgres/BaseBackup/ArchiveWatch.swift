import CPQ
import Capture
import Glibc
import Strategy
import WriteAheadLog

/// Looks whether a server has archived a segment of its log, over an ordinary connection beside the one that a base backup comes by. A server that
/// waits for that itself looks only once a second.
final class ArchiveWatch {
    private static let pauseMilliseconds = 50
    /// It is asked for what it knows at once.
    private static let patience = Duration.seconds(30)

    private let plan: PostgresPlan
    private let sender: Int32
    private let systemIdentifier: UInt64
    private var connection: PostgresConnection

    /// Nil where the server has to wait by itself: it does not let the role in, another one answers, as behind a proxy, or it is a standby, archives
    /// nothing, or is older than 15: what those say of their archive comes late, or never.
    init?(_ plan: PostgresPlan, beside copying: PostgresConnection, systemIdentifier: UInt64) {
        guard PostgresVersion(copying.major).tellsArchivedAtOnce else { return nil }
        (self.plan, self.systemIdentifier) = (plan, systemIdentifier)
        sender = PQbackendPID(copying.handle)
        guard let connection = try? PostgresConnection(plan, patience: Self.patience) else { return nil }
        self.connection = connection
        // What it says to have archived may be of another life of the cluster.
        let question = """
            select not pg_catalog.pg_is_in_recovery() and pg_catalog.current_setting('archive_mode') <> 'off' and coalesce(
              last_archived_wal collate "C" < pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn() + 1::numeric), true)
            from pg_catalog.pg_stat_archiver
            """
        guard (try? isSame(connection)) == true, (try? connection.ask(question))?.first?.first == "t" else {
            return nil
        }
    }

    /// Whether it is the server whose process sends the base backup.
    private func isSame(_ connection: PostgresConnection) throws(StreamFailure) -> Bool {
        let row = try connection.ask(
            """
            select system_identifier, exists (select from pg_catalog.pg_stat_activity
              where pid = \(sender) and backend_type = 'walsender' and usename = session_user)
            from pg_catalog.pg_control_system()
            """
        ).first
        guard let row, row.count == 2, let found = row[0].flatMap({ Int64($0) }) else { return false }
        return UInt64(bitPattern: found) == systemIdentifier && row[1] == "t"
    }

    /// False where it has not within the time. Segments are archived one after the other: the server itself relies on that.
    func hasArchived(_ name: SegmentName, waiting milliseconds: Int) throws(StreamFailure) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while true {
            if let last = try last(), last >= name { return true }
            guard ContinuousClock.now < deadline else { return false }
            usleep(useconds_t(Self.pauseMilliseconds * 1000))
        }
    }

    /// The segment that was archived last; what else is archived says nothing.
    private func last() throws(StreamFailure) -> SegmentName? {
        let question = "select last_archived_wal from pg_catalog.pg_stat_archiver"
        let rows: [[String?]]
        do { rows = try connection.ask(question) } catch {
            // Nothing was asked for as long as the backup took: what lies between may have cut it.
            connection = try PostgresConnection(plan, patience: Self.patience)
            guard try isSame(connection) else {
                throw StreamFailure(
                    .unreachable, "Another server answers than the one that sent the base backup.",
                    advice: "Nothing was kept of it; it is tried again.")
            }
            rows = try connection.ask(question)
        }
        // Of what a base backup leaves behind the name begins with its segment's.
        return (rows.first?.first ?? nil).flatMap { $0.contains("partial") ? nil : SegmentName($0.prefix(24)) }
    }
}
