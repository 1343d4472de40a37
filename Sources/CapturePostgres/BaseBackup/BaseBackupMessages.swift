import CPQ
import Capture
import Glibc
import WriteAheadLog

/// What a server sends after it was asked for a base backup: results around copied data, of one stream from version 15 on, and of one for each archive
/// before.
final class BaseBackupMessages {
    enum Message: Equatable {
        case waiting
        /// Of a tablespace; nil for the data directory itself.
        case archive(tablespace: UInt32?)
        case manifest
        /// Lies in `data`.
        case data
        case end
    }

    private enum Result { case copy, more, over }

    private let connection: PostgresConnection
    private let isOneStream: Bool
    private let patience: Duration
    private let clock = ContinuousClock()
    private var heard: ContinuousClock.Instant
    private var isCopying = false
    private var archives = 0
    private var memory: UnsafeMutablePointer<CChar>?
    /// What came last; valid until `next` is called again.
    private(set) var data = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Where the backup begins, and on which timeline; there before the first archive, as `tablespaces` is.
    private(set) var start: (position: LogSequenceNumber, timeline: UInt32)?
    /// In the order in which their archives come; the data directory has no number.
    private(set) var tablespaces: [(oid: UInt32?, location: String)]?
    /// Where the log ended that the backup needs; there behind the end.
    private(set) var stop: LogSequenceNumber?
    /// Whether the server itself found pages that do not have their checksums.
    private(set) var isDamaged = false

    /// The command was sent.
    init(_ connection: PostgresConnection, isOneStream: Bool, patience: Duration) {
        (self.connection, self.isOneStream, self.patience) = (connection, isOneStream, patience)
        heard = clock.now
    }

    deinit { release() }

    private func release() {
        if let memory { PQfreemem(memory) }
        memory = nil
        data = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    func next(waiting milliseconds: Int) throws(StreamFailure) -> Message {
        release()
        while true {
            guard isCopying else {
                guard try connection.isAnswered(within: milliseconds) else { return try wait() }
                heard = clock.now
                switch try takeResult() {
                case .over: return .end
                case .more: continue
                case .copy:
                    isCopying = true
                    if isOneStream { continue }
                    return nextArchive()
                }
            }
            let count = PQgetCopyData(connection.handle, &memory, 1)
            switch count {
            case 0:
                guard try connection.hasHeard(within: milliseconds) else { return try wait() }
            case -1: isCopying = false
            case ..<0: throw connection.brokenOff
            default:
                heard = clock.now
                data = UnsafeRawBufferPointer(start: memory, count: Int(count))
                if let message = try isOneStream ? sorted() : .data { return message }
                release()
            }
        }
    }

    private func wait() throws(StreamFailure) -> Message {
        guard clock.now - heard > patience else { return .waiting }
        throw StreamFailure(
            .unreachable, "The server sent nothing for \(patience).",
            advice:
                "It may wait for a checkpoint ('checkpoint: fast' does not), or, with 'wal: archive', for its log to be archived: look into its log."
        )
    }

    private func nextArchive() -> Message {
        defer { archives += 1 }
        let tablespaces = tablespaces ?? []
        return archives < tablespaces.count ? .archive(tablespace: tablespaces[archives].oid) : .manifest
    }

    /// The first byte of each message says what it is. Nil for what is nobody's business.
    private func sorted() throws(StreamFailure) -> Message? {
        guard let kind = data.first else { return nil }
        data = UnsafeRawBufferPointer(rebasing: data.dropFirst())
        switch kind {
        case UInt8(ascii: "n"):
            let name = String(decoding: data.prefix { $0 != 0 }, as: UTF8.self)
            if name == "base.tar" { return .archive(tablespace: nil) }
            guard name.hasSuffix(".tar"), let number = UInt32(name.dropLast(4)) else {
                throw Self.unknown("an archive '\(name)'")
            }
            return .archive(tablespace: number)
        case UInt8(ascii: "m"): return .manifest
        case UInt8(ascii: "d"): return data.isEmpty ? nil : .data
        case UInt8(ascii: "p"): return nil
        default: throw Self.unknown("a message of kind \(kind)")
        }
    }

    static func unknown(_ what: String) -> StreamFailure {
        StreamFailure(
            .failed, "The server sent \(what), which nobody here knows.",
            advice: "A newer version of this program may; nothing was kept of the backup.")
    }

    private func takeResult() throws(StreamFailure) -> Result {
        guard let result = PQgetResult(connection.handle) else {
            guard stop != nil else { throw connection.brokenOff }
            return .over
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COPY_OUT: return .copy
        case PGRES_TUPLES_OK: try take(PostgresConnection.rows(result))
        case PGRES_COMMAND_OK: break
        default:
            let state = PostgresConnection.state(result)
            // All was sent by then.
            if state == "XX001", stop != nil {
                isDamaged = true
            } else {
                throw PostgresTrouble.replicating(state: state, saying: String(cString: PQresultErrorMessage(result)))
            }
        }
        return .more
    }

    /// Where it begins, then the tablespaces, and behind the archives where it ends.
    private func take(_ rows: [[String?]]) throws(StreamFailure) {
        if start != nil, tablespaces == nil {
            tablespaces = rows.map { row in
                (row.first?.flatMap { UInt32($0) }, row.count > 1 ? row[1] ?? "" : "")
            }
            return
        }
        guard let row = rows.first, row.count >= 2, let position = row[0].flatMap({ LogSequenceNumber($0) }),
            let timeline = row[1].flatMap({ UInt32($0) })
        else { throw Self.unknown("something that is no position of its log") }
        if start == nil { start = (position, timeline) } else { stop = position }
    }
}
