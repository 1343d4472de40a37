import Primitives
import WriteAheadLog

/// What there is to know of a base backup of a PostgreSQL server: the content of base-backup.json beside its files.
package struct BaseBackupFacts: Sendable, Equatable {
    package struct Tablespace: Sendable, Equatable {
        package var oid: UInt32
        /// Where the server had it: an absolute path.
        package var location: String
        /// Bytes of its files.
        package var size: UInt64

        package init(oid: UInt32, location: String, size: UInt64) {
            (self.oid, self.location, self.size) = (oid, location, size)
        }
    }

    package static let fileName = "base-backup.json"
    /// Where the data directory lies in the component, and where the directories of tablespaces, each named by its number.
    package static let dataDirectory = "data"
    package static let tablespaceDirectory = "tablespaces"

    /// Of the cluster; no two have the same.
    package var systemIdentifier: UInt64
    /// As server_version_num has it: 150018 for 15.18.
    package var version: UInt64
    package var timeline: UInt32
    /// Where a recovery begins.
    package var startPosition: LogSequenceNumber
    /// From here on it is consistent.
    package var stopPosition: LogSequenceNumber
    package var segmentSize: SegmentSize
    /// Whether the cluster's pages have checksums: each was looked at then.
    package var hasChecksums: Bool
    package var label: String
    package var started: Timestamp
    package var ended: Timestamp
    package var tablespaces: [Tablespace]
    /// Whether a standby gave it.
    package var isFromStandby: Bool
    /// Whether the log from start to stop is in data/pg_wal: such a backup starts alone.
    package var hasLog: Bool

    package init(
        systemIdentifier: UInt64, version: UInt64, timeline: UInt32, startPosition: LogSequenceNumber,
        stopPosition: LogSequenceNumber, segmentSize: SegmentSize, hasChecksums: Bool, label: String,
        started: Timestamp, ended: Timestamp, tablespaces: [Tablespace] = [], isFromStandby: Bool = false, hasLog: Bool
    ) {
        (self.systemIdentifier, self.version, self.timeline) = (systemIdentifier, version, timeline)
        (self.startPosition, self.stopPosition) = (startPosition, stopPosition)
        (self.segmentSize, self.hasChecksums, self.label) = (segmentSize, hasChecksums, label)
        (self.started, self.ended, self.tablespaces) = (started, ended, tablespaces)
        (self.isFromStandby, self.hasLog) = (isFromStandby, hasLog)
    }

    package var majorVersion: Int { Int(clamping: version / 10_000) }

    /// The last byte of the log without which it is not consistent; the first is at `startPosition`.
    package var lastPosition: LogSequenceNumber {
        stopPosition > startPosition ? LogSequenceNumber(stopPosition.value - 1) : startPosition
    }

    package var firstSegment: SegmentName { SegmentName(timeline: timeline, at: startPosition, size: segmentSize) }
    package var lastSegment: SegmentName { SegmentName(timeline: timeline, at: lastPosition, size: segmentSize) }
}

extension BaseBackupFacts {
    /// One object; ends with a line break.
    package var encoded: [UInt8] {
        var object = JSONObject()
        object.set("format", UInt64(1))
        // Numbers beyond 53 bits are texts: few programs read them otherwise.
        object.set("system_identifier", String(systemIdentifier))
        object.set("server_version_num", version)
        object.set("timeline", UInt64(timeline))
        object.set("start_lsn", startPosition.description)
        object.set("stop_lsn", stopPosition.description)
        object.set("wal_segment_size", segmentSize.bytes)
        object.set("data_checksums", hasChecksums)
        object.set("label", label)
        object.set("started", started.description)
        object.set("ended", ended.description)
        object.set("standby", isFromStandby)
        object.set("wal_included", hasLog)
        object.set("first_wal", firstSegment.description)
        object.set("last_wal", lastSegment.description)
        object.set("tablespaces", .list(tablespaces.map(\.json)))
        return Array((object.value.encoded + "\n").utf8)
    }

    /// Members that a newer version adds are passed over.
    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        let object = try JSON(parsing: bytes)
        func count(_ name: String) throws(EncodingError) -> UInt64 { try needed(object[name]?.count, name) }
        func text(_ name: String) throws(EncodingError) -> String { try needed(object[name]?.text, name) }
        func flag(_ name: String) throws(EncodingError) -> Bool { try needed(object[name]?.flag, name) }
        func position(_ name: String) throws(EncodingError) -> LogSequenceNumber {
            try needed(LogSequenceNumber(try text(name)), name)
        }
        func time(_ name: String) throws(EncodingError) -> Timestamp {
            try needed(Timestamp(description: try text(name)), name)
        }
        guard try count("format") == 1 else { throw EncodingError("is of a newer format") }
        let (start, stop) = (try position("start_lsn"), try position("stop_lsn"))
        guard start < stop else { throw EncodingError("ends before it begins") }
        self.init(
            systemIdentifier: try needed(UInt64(try text("system_identifier")), "system_identifier"),
            version: try count("server_version_num"),
            timeline: try needed(UInt32(exactly: try count("timeline")), "timeline"),
            startPosition: start, stopPosition: stop,
            segmentSize: try needed(SegmentSize(try count("wal_segment_size")), "wal_segment_size"),
            hasChecksums: try flag("data_checksums"), label: try text("label"), started: try time("started"),
            ended: try time("ended"), isFromStandby: try flag("standby"), hasLog: try flag("wal_included"))
        for item in try needed(object["tablespaces"]?.list, "tablespaces") {
            tablespaces.append(try Tablespace(item))
        }
    }
}

private func needed<Value>(_ value: Value?, _ name: String) throws(EncodingError) -> Value {
    guard let value else { throw EncodingError("has no usable '\(name)'") }
    return value
}

extension BaseBackupFacts.Tablespace {
    fileprivate var json: JSON {
        var object = JSONObject()
        object.set("oid", UInt64(oid))
        object.set("location", location)
        object.set("size", size)
        return object.value
    }

    fileprivate init(_ json: JSON) throws(EncodingError) {
        self.init(
            oid: try needed(json["oid"]?.count.flatMap { UInt32(exactly: $0) }, "oid"),
            location: try needed(json["location"]?.text, "location"), size: try needed(json["size"]?.count, "size"))
    }
}
