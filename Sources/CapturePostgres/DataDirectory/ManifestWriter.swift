import Crypto
import Primitives
import WriteAheadLog

/// A backup manifest as a server would have made it (PostgreSQL documentation, 76), about 150 bytes for each file.
struct ManifestWriter {
    private var text: [UInt8] = []
    private var isFirst = true

    /// From 17 on it names the cluster.
    init(major: Int, systemIdentifier: UInt64) {
        put("{ \"PostgreSQL-Backup-Manifest-Version\": \(major < 17 ? 1 : 2),\n")
        if major >= 17 { put("\"System-Identifier\": \(systemIdentifier),\n") }
        put("\"Files\": [")
    }

    /// `path` is below the data directory; `modified` in seconds since 1970.
    mutating func add(_ path: [UInt8], size: UInt64, modified: Int64, _ checksum: UInt32) {
        let digits = Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) })
        let time = Timestamp(nanoseconds: modified * 1_000_000_000).description.prefix(19).replacing("T", with: " ")
        // As a server does with a name that is no text.
        let name =
            String(validating: path, as: UTF8.self).map { "\"Path\": \(JSON.text($0).encoded)" }
            ?? "\"Encoded-Path\": \"\(Hex.encode(path))\""
        put(
            "\(isFirst ? "" : ",")\n{ \(name), \"Size\": \(size), \"Last-Modified\": \"\(time) GMT\", \"Checksum-Algorithm\": \"CRC32C\", \"Checksum\": \"\(digits)\" }"
        )
        isFirst = false
    }

    /// The whole of it, with what of the log the backup needs. Nothing can be added then.
    mutating func text(timeline: UInt32, from start: LogSequenceNumber, to stop: LogSequenceNumber) -> [UInt8] {
        put("\n],\n\"WAL-Ranges\": [\n")
        put("{ \"Timeline\": \(timeline), \"Start-LSN\": \"\(start)\", \"End-LSN\": \"\(stop)\" }")
        put("\n],\n")
        let digest = Hex.encode(SHA256.hash(data: text).map { $0 })
        put("\"Manifest-Checksum\": \"\(digest)\"}\n")
        return text
    }

    private mutating func put(_ words: String) { text += words.utf8 }
}
