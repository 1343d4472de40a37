import GRDB
import Primitives

extension RunRecord {
    init(_ row: Row) {
        self.init(
            job: row["job"], subject: row["subject"], mode: row["mode"], stamp: row["stamp"],
            due: row.time("due"), started: row.time("started") ?? Timestamp(nanoseconds: 0),
            outcome: Outcome(rawValue: row["outcome"]) ?? .failed, attempt: row["attempt"], strategy: row["strategy"])
        id = row["id"]
        ended = row.time("ended")
        figures.snapshot = row["snapshot"]
        figures.files = row.count("files")
        figures.bytes = row.count("bytes")
        figures.bytesRead = row.count("bytes_read")
        figures.bytesNew = row.count("bytes_new")
        figures.bytesStored = row.count("bytes_stored")
        figures.problems = row.count("problems")
        (figures.verdict, figures.anomaly) = (row["verdict"], row["anomaly"])
        let code: String? = row["code"]
        if let code {
            failure = Failure(
                Failure.Code(rawValue: code) ?? .internalError, row["message"] ?? "", advice: row["advice"] ?? "")
        }
    }

    /// In the order of the columns that `RunBook` writes.
    var arguments: StatementArguments {
        [
            job, subject, mode, stamp, due?.nanoseconds, started.nanoseconds, ended?.nanoseconds, outcome.rawValue,
            attempt, strategy, figures.snapshot, Int64(clamping: figures.files), Int64(clamping: figures.bytes),
            Int64(clamping: figures.bytesRead), Int64(clamping: figures.bytesNew),
            Int64(clamping: figures.bytesStored), Int64(clamping: figures.problems), failure?.code.rawValue,
            failure?.message, failure?.advice, figures.verdict, figures.anomaly,
        ]
    }
}

extension Row {
    func time(_ column: String) -> Timestamp? {
        let nanoseconds: Int64? = self[column]
        return nanoseconds.map { Timestamp(nanoseconds: $0) }
    }

    func count(_ column: String) -> UInt64 {
        let value: Int64 = self[column]
        return UInt64(clamping: value)
    }
}
