import Capture
import Strategy
import WriteAheadLog

/// What a server says of its cluster, over whichever kind of connection.
struct ClusterFormat {
    let segmentSize: SegmentSize
    let pageSize: UInt64
    let pagesPerSegment: UInt32
    let hasChecksums: Bool
    /// Of the data directory.
    let mode: UInt32
    let remarks: [String]

    init(_ connection: PostgresConnection, _ plan: BaseBackupPlan) throws(StreamFailure) {
        guard connection.major >= PostgresVersion.oldestWithManifest else {
            throw StreamFailure(
                .failed, "The server is of version \(connection.version), whose base backups have no manifest.",
                advice: "Back up its databases with 'postgresql', or upgrade it to version 13 at least.")
        }
        segmentSize = try Self.bytes(connection, "wal_segment_size", SegmentSize.init)
        hasChecksums = try Self.setting(connection, "data_checksums") == "on"
        mode = (UInt32(try Self.setting(connection, "data_directory_mode"), radix: 8) ?? 0o700) & 0o777
        pageSize = try Self.bytes(connection, "block_size", Self.pageSize)
        pagesPerSegment = UInt32(clamping: try Self.bytes(connection, "segment_size") { $0 } / pageSize)
        remarks = try Self.remarks(connection, plan)
    }

    private static func remarks(_ connection: PostgresConnection, _ plan: BaseBackupPlan) throws(StreamFailure)
        -> [String]
    {
        guard plan.log == .archive, plan.slot == nil, try setting(connection, "archive_mode") == "off" else {
            return []
        }
        return [
            "The server archives nothing (archive_mode is off): with 'wal: archive' this base backup cannot be restored unless something else keeps its log."
        ]
    }

    private static func setting(_ connection: PostgresConnection, _ name: String) throws(StreamFailure) -> String {
        guard let value = try connection.replicate("SHOW \(name)").first?.first ?? nil else {
            throw silent("say its \(name)")
        }
        return value
    }

    /// Of a size as servers show it: a number, or one with kB, MB, GB.
    static func size(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isNumber }
        let units: [String: UInt64] = ["": 1, "B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40]
        guard let number = UInt64(digits), number < 1 << 20, let unit = units[String(text.dropFirst(digits.count))]
        else { return nil }
        return number * unit
    }

    /// Nil for what no server was built with.
    static func pageSize(_ bytes: UInt64) -> UInt64? {
        (1 << 10...1 << 15).contains(bytes) && bytes & (bytes - 1) == 0 ? bytes : nil
    }

    private static func bytes<Value>(
        _ connection: PostgresConnection, _ name: String, _ usable: (UInt64) -> Value?
    ) throws(StreamFailure) -> Value {
        let text = try setting(connection, name)
        guard let value = size(text).flatMap(usable) else { throw silent("say a usable \(name), but '\(text)'") }
        return value
    }

    static func silent(_ what: String) -> StreamFailure {
        StreamFailure(.failed, "The server did not \(what).", advice: "Look into its log.")
    }
}
