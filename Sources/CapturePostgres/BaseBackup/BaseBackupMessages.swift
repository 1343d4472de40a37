import CPQ
import Capture
import Glibc

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

    private let connection: PostgresConnection
    private let isOneStream: Bool
    /// In the order in which their archives come; nil is the data directory.
    private let tablespaces: [UInt32?]
    private let patience: Duration
    private let clock = ContinuousClock()
    private var heard: ContinuousClock.Instant
    private var isCopying = false
    private var archives = 0
    private var memory: UnsafeMutablePointer<CChar>?
    /// What came last; valid until `next` is called again.
    private(set) var data = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Where the log ended that the backup needs; there behind the end.
    private(set) var stop: UInt64?
    /// Whether the server itself found pages that do not have their checksums.
    private(set) var isDamaged = false

    init(_ connection: PostgresConnection, isOneStream: Bool, tablespaces: [UInt32?], patience: Duration) {
        (self.connection, self.isOneStream) = (connection, isOneStream)
        (self.tablespaces, self.patience) = (tablespaces, patience)
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
            if !isCopying {
                guard try connection.isAnswered(within: milliseconds) else { return try wait() }
                heard = clock.now
                guard try begin() else { return .end }
                if !isOneStream { return nextArchive() }
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
        return archives < tablespaces.count ? .archive(tablespace: tablespaces[archives]) : .manifest
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

    /// Takes the next result; false behind the last one.
    private func begin() throws(StreamFailure) -> Bool {
        guard let result = PQgetResult(connection.handle) else {
            guard stop != nil else { throw connection.brokenOff }
            return false
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COPY_OUT: isCopying = true
        case PGRES_TUPLES_OK:
            stop = PostgresConnection.rows(result).first?.first?.flatMap { BaseBackupFacts.position($0) }
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
        return try isCopying ? true : begin(again: ())
    }

    private func begin(again: Void) throws(StreamFailure) -> Bool {
        while try !connection.isAnswered(within: 1000) { _ = try wait() }
        return try begin()
    }
}
