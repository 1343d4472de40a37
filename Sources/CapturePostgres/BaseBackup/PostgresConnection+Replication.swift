import CPQ
import Capture
import Glibc

extension PostgresConnection {
    /// A command of replication that answers at once.
    @discardableResult
    func replicate(_ command: String) throws(StreamFailure) -> [[String?]] {
        try send(command)
        var rows: [[String?]] = []
        while let some = try nextResult(patience: .seconds(300)) { rows += some }
        return rows
    }

    /// Nil behind the last one.
    private func nextResult(patience: Duration) throws(StreamFailure) -> [[String?]]? {
        let clock = ContinuousClock()
        let asked = clock.now
        while try !isAnswered(within: 500) {
            guard clock.now - asked < patience else {
                cancel()
                throw StreamFailure(
                    .unreachable, "The server did not answer within \(patience).",
                    advice: "Look into its log.")
            }
        }
        guard let result = PQgetResult(handle) else { return nil }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK: return Self.rows(result)
        case PGRES_COMMAND_OK: return []
        default:
            throw PostgresTrouble.replicating(
                state: Self.state(result), saying: String(cString: PQresultErrorMessage(result)))
        }
    }
}
