import Primitives

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
    package var startPosition: UInt64
    /// From here on it is consistent.
    package var stopPosition: UInt64
    package var segmentSize: UInt64
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
        systemIdentifier: UInt64, version: UInt64, timeline: UInt32, startPosition: UInt64, stopPosition: UInt64,
        segmentSize: UInt64, hasChecksums: Bool, label: String, started: Timestamp, ended: Timestamp,
        tablespaces: [Tablespace] = [], isFromStandby: Bool = false, hasLog: Bool
    ) {
        (self.systemIdentifier, self.version, self.timeline) = (systemIdentifier, version, timeline)
        (self.startPosition, self.stopPosition) = (startPosition, stopPosition)
        (self.segmentSize, self.hasChecksums, self.label) = (segmentSize, hasChecksums, label)
        (self.started, self.ended, self.tablespaces) = (started, ended, tablespaces)
        (self.isFromStandby, self.hasLog) = (isFromStandby, hasLog)
    }

    package var majorVersion: Int { Int(clamping: version / 10_000) }

    /// The first and the last segment of the log without which it is not consistent, as the server calls their files.
    package var firstSegment: String { Self.segment(startPosition / segmentSize, timeline, segmentSize) }
    package var lastSegment: String {
        Self.segment((max(stopPosition, startPosition + 1) - 1) / segmentSize, timeline, segmentSize)
    }

    /// PostgreSQL documentation, 30.6.
    private static func segment(_ number: UInt64, _ timeline: UInt32, _ size: UInt64) -> String {
        let perLog = (1 << 32) / size
        return [UInt64(timeline), number / perLog, number % perLog].map {
            let digits = String($0, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        }.joined()
    }

    /// As the server writes a position: "0/3000028".
    package static func text(_ position: UInt64) -> String {
        String(position >> 32, radix: 16, uppercase: true) + "/"
            + String(position & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }

    /// Nil for a text that is no position.
    package static func position(_ text: some StringProtocol) -> UInt64? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let high = UInt32(parts[0], radix: 16), let low = UInt32(parts[1], radix: 16),
            parts.allSatisfy({ $0.first != "+" })
        else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }
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
        object.set("start_lsn", Self.text(startPosition))
        object.set("stop_lsn", Self.text(stopPosition))
        object.set("wal_segment_size", segmentSize)
        object.set("data_checksums", hasChecksums)
        object.set("label", label)
        object.set("started", started.description)
        object.set("ended", ended.description)
        object.set("standby", isFromStandby)
        object.set("wal_included", hasLog)
        object.set("first_wal", firstSegment)
        object.set("last_wal", lastSegment)
        object.set("tablespaces", .list(tablespaces.map(\.json)))
        return Array((object.value.encoded + "\n").utf8)
    }

    /// Members that a newer version adds are passed over.
    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        let object = try JSON(parsing: bytes)
        func count(_ name: String) throws(EncodingError) -> UInt64 { try needed(object[name]?.count, name) }
        func text(_ name: String) throws(EncodingError) -> String { try needed(object[name]?.text, name) }
        func flag(_ name: String) throws(EncodingError) -> Bool { try needed(object[name]?.flag, name) }
        func position(_ name: String) throws(EncodingError) -> UInt64 {
            try needed(Self.position(try text(name)), name)
        }
        func time(_ name: String) throws(EncodingError) -> Timestamp {
            try needed(Timestamp(description: try text(name)), name)
        }
        guard try count("format") == 1 else { throw EncodingError("is of a newer format") }
        let size = try count("wal_segment_size")
        guard (1 << 20...1 << 30).contains(size), size & (size - 1) == 0 else {
            throw EncodingError("has no usable 'wal_segment_size'")
        }
        self.init(
            systemIdentifier: try needed(UInt64(try text("system_identifier")), "system_identifier"),
            version: try count("server_version_num"),
            timeline: try needed(UInt32(exactly: try count("timeline")), "timeline"),
            startPosition: try position("start_lsn"), stopPosition: try position("stop_lsn"), segmentSize: size,
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
