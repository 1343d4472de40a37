import Capture
import Primitives
import Strategy
import WriteAheadLog

/// How it stands with a server's log, as an ordinary connection shows it: versions 13 to 18. The role needs no privilege for that.
package enum PostgresLogStanding {
    /// Who asks stands by, and a server has what it is asked for at hand.
    static let patience = Duration.seconds(30)

    static func connection(_ plan: PostgresPlan) throws(StreamFailure) -> PostgresConnection {
        try PostgresConnection(plan, patience: patience)
    }

    package static func read(_ plan: PostgresPlan, slots names: [String]) throws(StreamFailure) -> LogServerStanding {
        let connection = try connection(plan)
        let rows = try connection.ask(
            """
            select s.system_identifier, pg_catalog.pg_is_in_recovery(), \(farthest),
              pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')),
              pg_catalog.current_setting('archive_mode'), pg_catalog.current_setting('archive_command'),
              pg_catalog.current_setting('archive_library', true),
              a.last_archived_wal, (extract(epoch from a.last_archived_time) * 1000000)::bigint,
              a.last_failed_wal, (extract(epoch from a.last_failed_time) * 1000000)::bigint
            from pg_catalog.pg_control_system() s, pg_catalog.pg_stat_archiver a
            """)
        guard let row = rows.first, row.count == 11, let system = row[0].flatMap({ Int64($0) }),
            let position = row[2].flatMap({ LogSequenceNumber($0) }),
            let size = row[3].flatMap({ UInt64($0) }).flatMap({ SegmentSize($0) }),
            let mode = row[4].flatMap({ LogServerStanding.ArchiveMode(rawValue: $0) })
        else {
            throw StreamFailure(
                .failed, "The server did not say how it stands with its log.", advice: "Look into its log.")
        }
        var archiver = LogServerStanding.Archiver(mode: mode)
        // What the server shows in place of one that is of no effect is none.
        archiver.command = mode == .off ? nil : row[5]
        archiver.library = row[6]
        (archiver.archived, archiver.failed) = (event(row[7], row[8]), event(row[9], row[10]))
        var standing = LogServerStanding(
            systemIdentifier: UInt64(bitPattern: system), version: connection.version, position: position,
            segmentSize: size, slots: try slots(names, connection), archiver: archiver)
        standing.isStandby = row[1] == "t"
        return standing
    }

    private static func event(_ file: String?, _ microseconds: String?) -> LogServerStanding.Event? {
        guard let file, let time = microseconds.flatMap({ Int64($0) }) else { return nil }
        return LogServerStanding.Event(file: file, time: Timestamp(nanoseconds: time * 1000))
    }

    private static let farthest = """
        case when pg_catalog.pg_is_in_recovery()
          then coalesce(pg_catalog.pg_last_wal_replay_lsn(), pg_catalog.pg_last_wal_receive_lsn())
          else pg_catalog.pg_current_wal_lsn() end
        """

    /// Those that there are. Throws for one that gives no log.
    static func slots(
        _ names: [String], _ connection: PostgresConnection
    ) throws(StreamFailure) -> [LogServerStanding.Slot] {
        guard !names.isEmpty else { return [] }
        let rows = try connection.ask(
            """
            select slot_name, slot_type, restart_lsn, wal_status, safe_wal_size,
              pg_catalog.pg_wal_lsn_diff(\(farthest), restart_lsn)::bigint, active
            from pg_catalog.pg_replication_slots where slot_name in (\(names.map(quotedText).joined(separator: ", ")))
            """)
        var slots: [LogServerStanding.Slot] = []
        for row in rows where row.count == 7 {
            guard let name = row[0] else { continue }
            guard row[1] == "physical" else { throw PostgresTrouble.logicalSlot(name) }
            let facts = LogSlot(
                restart: row[2].flatMap { LogSequenceNumber($0) },
                standing: row[3].flatMap { LogSlot.Standing(rawValue: $0) }, lag: row[5].flatMap { UInt64($0) },
                room: row[4].flatMap { Int64($0) }.map { UInt64(max(0, $0)) })
            slots.append(LogServerStanding.Slot(name: name, facts: facts, isActive: row[6] == "t"))
        }
        return slots
    }
}
