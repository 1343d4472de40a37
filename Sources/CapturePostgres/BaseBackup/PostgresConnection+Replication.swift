import CPQ
import Capture
import Glibc

extension PostgresConnection {
    /// A command of replication that answers at once.
    @discardableResult
    func replicate(_ command: String) throws(StreamFailure) -> [[String?]] {
        try send(command)
        var rows: [[String?]] = []
        while let some = try nextResult() { rows += some }
        return rows
    }

    /// Nil behind the last one.
    private func nextResult() throws(StreamFailure) -> [[String?]]? {
        try awaitResult()
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
