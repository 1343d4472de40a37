import CPQ
import Capture
import Glibc
import Primitives
import Strategy

/// A connection to a server. One thread uses it at a time.
final class PostgresConnection: @unchecked Sendable {
    // SAFETY: libpq lets a connection go from thread to thread; who holds it, and later releases it, does so one after the other.
    let handle: OpaquePointer
    /// Of the server: 15 for 15.18.
    let major: Int
    /// For how long the server may take to answer `ask` and `replicate`.
    private let patience: Duration

    /// `isReplicating` asks for a connection over which a server is copied, not one to a database. To let us in, a server has `patience`, and 15 s at
    /// most for each of its addresses.
    init(_ plan: PostgresPlan, isReplicating: Bool = false, patience: Duration = .seconds(300)) throws(StreamFailure) {
        guard sh_pq_is_there() == 1 else {
            throw StreamFailure(
                .toolMissing, "libpq.so.5, by which PostgreSQL servers are reached, cannot be loaded.",
                advice: "Install the package libpq5.")
        }
        let words = ConnectionString(
            plan, isReplicating: isReplicating,
            timeout: Int(min(patience, ConnectionString.longestTimeout).components.seconds))
        guard let handle = PQconnectdb(words.text) else {
            throw StreamFailure(.failed, "There is no memory for a connection.", advice: "Run it again.")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            let said = String(cString: PQerrorMessage(handle))
            if isReplicating, let trouble = PostgresTrouble.replicating(saying: said) { throw trouble }
            throw PostgresTrouble.connecting(to: plan, saying: said)
        }
        // What servers say by the way would be printed on standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        (self.handle, self.patience) = (handle, patience)
        major = Int(PQserverVersion(handle)) / 10_000
    }

    deinit { PQfinish(handle) }

    /// 150018 for 15.18.
    var number: Int { Int(PQserverVersion(handle)) }

    /// Such as "15.18".
    var version: String {
        String(cString: PQparameterStatus(handle, "server_version")).split(separator: " ").first.map(String.init) ?? "?"
    }

    /// Rows of texts; nil for null.
    @discardableResult
    func ask(_ statement: String) throws(StreamFailure) -> [[String?]] {
        try send(statement)
        return try answer()
    }

    /// Asks without waiting.
    func send(_ statement: String) throws(StreamFailure) {
        guard PQsendQuery(handle, statement) == 1 else {
            throw PostgresTrouble.asking(state: nil, saying: String(cString: PQerrorMessage(handle)))
        }
    }

    /// Returns when the next result is there. Throws where the server is silent for longer than it may be; then it is no longer to do what it was told.
    func awaitResult() throws(StreamFailure) {
        let asked = ContinuousClock.now
        while try !isAnswered(within: 500) {
            guard ContinuousClock.now - asked > patience else { continue }
            cancel()
            throw PostgresTrouble.silent(for: patience)
        }
    }

    /// Whether `answer` need not wait any more.
    func isAnswered(within milliseconds: Int) throws(StreamFailure) -> Bool {
        if PQisBusy(handle) == 0 { return true }
        return try hasHeard(within: milliseconds) && PQisBusy(handle) == 0
    }

    /// Whether anything came; it was read then.
    func hasHeard(within milliseconds: Int) throws(StreamFailure) -> Bool {
        var place = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, Int32(clamping: milliseconds)) > 0 else { return false }
        guard PQconsumeInput(handle) == 1 else {
            throw PostgresTrouble.asking(state: nil, saying: String(cString: PQerrorMessage(handle)))
        }
        return true
    }

    /// The server is gone, as it seems.
    var brokenOff: StreamFailure { PostgresTrouble.asking(state: nil, saying: String(cString: PQerrorMessage(handle))) }

    /// What the last statement gives.
    func answer() throws(StreamFailure) -> [[String?]] {
        var rows: [[String?]] = []
        var trouble: StreamFailure?
        while true {
            try awaitResult()
            guard let result = PQgetResult(handle) else { break }
            defer { PQclear(result) }
            let status = PQresultStatus(result)
            if status == PGRES_TUPLES_OK {
                rows += Self.rows(result)
            } else if status != PGRES_COMMAND_OK {
                trouble = PostgresTrouble.asking(
                    state: Self.state(result),
                    saying: String(cString: PQresultErrorMessage(result)))
            }
        }
        if let trouble { throw trouble }
        return rows
    }

    /// An SQLSTATE.
    static func state(_ result: OpaquePointer) -> String? {
        PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
    }

    static func rows(_ result: OpaquePointer) -> [[String?]] {
        (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                    return nil
                }
                return String(cString: value)
            }
        }
    }

    /// Ends whatever the server does for it. Of a server that does not take that either it is not waited for: the connection ends.
    func cancel() {
        guard let cancel = PQgetCancel(handle) else { return }
        let request = CancelRequest(handle: cancel)
        let thread = WorkerThreads()
        thread.start { request.send() }
        if request.isSent(within: 5000) { thread.joinAll() }
    }
}

/// What a server is told over a connection of its own, for as long as that takes.
private final class CancelRequest: @unchecked Sendable {
    // SAFETY: one thread uses and frees the handle, which knows nothing of the connection's.
    private let handle: OpaquePointer
    private let isOver = Monitor(false)

    init(handle: OpaquePointer) { self.handle = handle }

    func send() {
        var said = [CChar](repeating: 0, count: 256)
        _ = PQcancel(handle, &said, Int32(said.count))
        PQfreeCancel(handle)
        isOver.update { $0 = true }
    }

    func isSent(within milliseconds: Int) -> Bool { isOver.wait(milliseconds: milliseconds) { $0 } }
}

/// A name as SQL takes it, whatever is in it.
func quotedIdentifier(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

/// A text as SQL takes it.
func quotedText(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
