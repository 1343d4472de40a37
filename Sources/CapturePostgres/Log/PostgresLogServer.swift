import CPQ
import Capture
import Glibc
import Primitives
import Strategy
import WriteAheadLog

/// A PostgreSQL server that sends its log over the replication protocol, versions 13 to 18.
package final class PostgresLogServer: LogServer {
    package let identity: LogServerIdentity
    private let plan: PostgresPlan
    private let connection: PostgresConnection
    private let clock: WallClock
    private var memory: UnsafeMutablePointer<CChar>?
    private var slot = ""
    private var isSending = false
    /// What the server said instead of beginning to send: all of the timeline had been sent before.
    private var turn: LogTurn?

    /// Connects, and asks who is there.
    package init(_ plan: PostgresPlan, clock: WallClock = .system) throws(StreamFailure) {
        let connection = try PostgresConnection(plan, isReplicating: true, patience: PostgresLogStanding.patience)
        guard connection.major >= PostgresVersion.oldestWithManifest else {
            throw StreamFailure(
                .failed, "The server is of version \(connection.version), and 13 is the oldest that is known here.",
                advice: "Use archive_command there, or upgrade it.")
        }
        (self.plan, self.connection, self.clock) = (plan, connection, clock)
        guard let row = try connection.replicate("IDENTIFY_SYSTEM").first, row.count >= 3,
            let system = row[0].flatMap({ UInt64($0) }), let timeline = row[1].flatMap({ UInt32($0) }),
            let position = row[2].flatMap({ LogSequenceNumber($0) })
        else { throw Self.silent("identify itself") }
        guard let size = ClusterFormat.size(try Self.setting(connection, "wal_segment_size")),
            let segmentSize = SegmentSize(size)
        else { throw Self.silent("say its wal_segment_size") }
        identity = LogServerIdentity(
            systemIdentifier: system, timeline: timeline, position: position, segmentSize: segmentSize,
            version: connection.version, archives: try Self.setting(connection, "archive_mode") != "off")
    }

    deinit { release() }

    private func release() {
        if let memory { PQfreemem(memory) }
        memory = nil
    }

    private static func setting(_ connection: PostgresConnection, _ name: String) throws(StreamFailure) -> String {
        guard let value = try connection.replicate("SHOW \(name)").first?.first ?? nil else {
            throw silent("say its \(name)")
        }
        return value
    }

    private static func silent(_ what: String) -> StreamFailure {
        StreamFailure(.failed, "The server did not \(what).", advice: "Look into its log.")
    }

    // MARK: Slots

    package func slot(_ name: String) throws(StreamFailure) -> LogSlot? {
        guard PostgresVersion(connection.major).readsSlots else { return try listedSlot(name) }
        guard let row = try connection.replicate("READ_REPLICATION_SLOT \(quotedIdentifier(name))").first,
            row.count >= 2, row[0] != nil
        else { return nil }
        let restart = row[1].flatMap { LogSequenceNumber($0) }
        // What the view says beyond that is worth a second connection, and not a failure where the role may not have one.
        guard let listed = try? listedSlot(name) else { return LogSlot(restart: restart) }
        return LogSlot(restart: restart, standing: listed.standing, lag: listed.lag, room: listed.room)
    }

    /// As an ordinary connection shows it.
    private func listedSlot(_ name: String) throws(StreamFailure) -> LogSlot? {
        try PostgresLogStanding.slots([name], PostgresLogStanding.connection(plan)).first?.facts
    }

    package func createSlot(_ name: String) throws(StreamFailure) {
        try tell("CREATE_REPLICATION_SLOT \(quotedIdentifier(name)) PHYSICAL RESERVE_WAL", name)
    }

    package func dropSlot(_ name: String) throws(StreamFailure) {
        try tell("DROP_REPLICATION_SLOT \(quotedIdentifier(name))", name)
    }

    private func tell(_ command: String, _ slot: String) throws(StreamFailure) {
        try connection.send(command)
        while try result(slot) != .over {}
    }

    // MARK: The log

    package func history(of timeline: UInt32) throws(StreamFailure) -> [UInt8] {
        try connection.send("TIMELINE_HISTORY \(timeline)")
        var content: [UInt8]?
        while true {
            try connection.awaitResult()
            guard let result = PQgetResult(connection.handle) else { break }
            defer { PQclear(result) }
            // Bytes, whatever their encoding is: the file has to be the one that the server itself would archive.
            guard PQresultStatus(result) == PGRES_TUPLES_OK, PQntuples(result) == 1, PQnfields(result) == 2,
                let value = PQgetvalue(result, 0, 1)
            else { continue }
            content = Array(UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, 0, 1))))
        }
        guard let content else { throw Self.silent("give the history of timeline \(timeline)") }
        return content
    }

    package func start(slot: String?, at position: LogSequenceNumber, timeline: UInt32) throws(StreamFailure) {
        (self.slot, turn) = (slot ?? "", nil)
        let named = slot.map { "SLOT \(quotedIdentifier($0)) " } ?? ""
        try connection.send("START_REPLICATION \(named)PHYSICAL \(position) TIMELINE \(timeline)")
        switch try result(self.slot) {
        case .copy:
            isSending = true
            return
        case .turn(let next): turn = next
        case .over: throw connection.brokenOff
        }
        while try result(self.slot) != .over {}
    }

    package func next(waiting milliseconds: Int) throws(StreamFailure) -> LogMessage {
        release()
        guard isSending else { return .ended(next: turn) }
        while true {
            let count = PQgetCopyData(connection.handle, &memory, 1)
            switch count {
            case 0:
                guard try connection.hasHeard(within: milliseconds) else { return .waiting }
            case -1: return try end()
            case ..<0: throw connection.brokenOff
            default:
                let bytes = UnsafeRawBufferPointer(start: memory, count: Int(count))
                switch LogStreamMessages.read(bytes) {
                case .log(let position, let piece)?: return .log(at: position, piece)
                case .alive(let position, let wants)?: return .alive(at: position, wantsReport: wants)
                case nil: throw BaseBackupMessages.unknown("a message of kind \(bytes.first ?? 0)")
                }
            }
        }
    }

    /// The server sends no more on this timeline.
    private func end() throws(StreamFailure) -> LogMessage {
        isSending = false
        var next: LogTurn?
        while true {
            switch try result(slot) {
            case .copy:
                _ = PQputCopyEnd(connection.handle, nil)
                _ = PQflush(connection.handle)
            case .turn(let turn): next = turn ?? next
            case .over: return .ended(next: next)
            }
        }
    }

    private enum Result: Equatable {
        case copy
        /// Nil for an answer that names none.
        case turn(LogTurn?)
        case over
    }

    private func result(_ slot: String) throws(StreamFailure) -> Result {
        try connection.awaitResult()
        guard let result = PQgetResult(connection.handle) else { return .over }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COPY_BOTH, PGRES_COPY_IN, PGRES_COPY_OUT: return .copy
        case PGRES_COMMAND_OK: return .turn(nil)
        case PGRES_TUPLES_OK:
            guard let row = PostgresConnection.rows(result).first, row.count >= 2,
                let timeline = row[0].flatMap({ UInt32($0) }), let position = row[1].flatMap({ LogSequenceNumber($0) })
            else { return .turn(nil) }
            return .turn(LogTurn(timeline: timeline, position: position))
        default:
            throw PostgresTrouble.streaming(
                slot, state: PostgresConnection.state(result), saying: String(cString: PQresultErrorMessage(result)))
        }
    }

    package func report(received: LogSequenceNumber, durable: LogSequenceNumber?) throws(StreamFailure) {
        guard isSending else { return }
        if let durable { try put(received, durable, wantsAnswer: false) }
        // A server that shuts down waits until the last position of durable log that it was told of is its own last one, which no boundary of a
        // segment ever is; where it was told none it takes the received one. The slot stays where the message before moved it.
        try put(received, LogSequenceNumber(0), wantsAnswer: true)
    }

    private func put(_ received: LogSequenceNumber, _ durable: LogSequenceNumber, wantsAnswer: Bool)
        throws(StreamFailure)
    {
        let since2000 = clock.now().nanoseconds / 1000 - 946_684_800_000_000
        let bytes = LogStreamMessages.report(
            received: received, durable: durable, microseconds: since2000, wantsAnswer: wantsAnswer)
        let isSent = bytes.withUnsafeBytes {
            PQputCopyData(connection.handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count)) == 1
        }
        guard isSent, PQflush(connection.handle) == 0 else { throw connection.brokenOff }
    }

    package func close() {
        guard isSending else { return }
        isSending = false
        _ = PQputCopyEnd(connection.handle, nil)
        _ = PQflush(connection.handle)
    }
}
