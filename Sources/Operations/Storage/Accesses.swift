import Identity
import Primitives
import Storage

/// Holds a store's own log beside what our hosts remember: whatever none of them did was done by somebody else.
package enum Accesses {
    package struct Foreign: Sendable {
        package var time: Timestamp
        package var principal: String
        package var address: String
        package var operation: String
        package var key: String
        package var status: Int
        /// "unrecorded", and further "principal", "address", "time".
        package var reasons: [String]
    }

    package struct Report: Sendable {
        package var foreign: [Foreign] = []
        package var ours = 0
        package var unreadable = 0
        /// How many requests the hosts remember of this bucket.
        package var remembered = 0
    }

    /// Who else may be in the log.
    package struct Known: Sendable {
        package var principals: [String] = []
        package var addresses: [String] = []
        package init() {}
    }

    /// `logs` are files; `stored` are stores with logs in them, which may be the addresses of prefixes. `records` are what other hosts exported.
    package static func run(
        permit: consuming Permit<StorageAction>, store opened: any ObjectStore, logs: [String],
        stored: [any ObjectStore], records: [String], journal: AccessJournal, known: Known
    ) throws -> Report {
        let inquiry = try StoreCheck.inquiry(of: (opened as? ReadAheadStore)?.base ?? opened)
        var (log, report) = ([StoreAccess](), Report())
        func take(_ bytes: [UInt8]) {
            let piece = inquiry.log(bytes)
            log += piece.accesses
            report.unreadable += piece.unreadable
        }
        for file in logs { take(try read(file)) }
        for store in stored {
            let names = try store.names(below: "")
            guard !names.isEmpty else { throw noLogs(store.location) }
            for name in names { take(try store.readAll(name, limit: Self.largest)) }
        }
        var memory = AccessJournal.read(try journal.text())
        for file in records { memory += AccessJournal.read(try read(file)) }
        let place = inquiry.place
        var match = AccessMatch(principals: Set(known.principals), addresses: Set(known.addresses))
        match.run(log, records: memory, bucket: place.bucket, prefix: place.prefix)
        report.ours = match.ours
        report.remembered = memory.count { $0.bucket == place.bucket }
        report.foreign = match.foreign.map { Foreign($0) }.sorted { $0.time < $1.time }
        return report
    }

    /// What this host remembers, for `records` elsewhere.
    package static func export(permit: consuming Permit<StorageAction>, journal: AccessJournal, to file: String) throws
    {
        try NamedFile.create(file, String(decoding: try journal.text(), as: UTF8.self), mode: 0o600)
    }

    private static let largest = 1 << 28

    /// No log is not a log in which nobody else is.
    private static func noLogs(_ location: String) -> Failure {
        Failure(
            .sourceMissing, "There is no log at \(location).",
            advice:
                "Check the bucket and the prefix with 'safehold storage check'; stores deliver their logs after minutes or hours."
        )
    }

    private static func read(_ file: String) throws -> [UInt8] {
        guard let bytes = try LocalFile.read(file, limit: largest) else {
            throw Failure(.sourceMissing, "There is no \(file).", advice: "Check the path of the log or record.")
        }
        return bytes
    }
}

extension Accesses.Foreign {
    fileprivate init(_ foreign: AccessMatch.Foreign) {
        let access = foreign.access
        (time, principal, address) = (access.time, access.principal, access.address)
        (operation, key, status) = (access.operation, access.key, access.status)
        reasons = foreign.reasons.map(\.rawValue)
    }
}
