import Foundation
import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import WriteAheadLog

@testable import Identity

/// A server's directory with made-up segments of 1 MiB, and a repository in memory that they go to.
final class LogTrip {
    static let system: UInt64 = 7_300_000_000_000_000_001

    let trip: RoundTrip
    let size: SegmentSize
    var data: String { trip.source }
    var log: String { data + "/pg_wal" }

    init(clock: WallClock = .system) throws {
        trip = try RoundTrip(clock: clock)
        guard let size = SegmentSize(1 << 20) else { throw EncodingError("is no size") }
        self.size = size
        try LocalFile.makeDirectories(trip.source + "/pg_wal/archive_status")
        try LocalFile.makeDirectories(trip.source + "/global")
    }

    /// A first page as version 15 writes it, and noise.
    static func segment(_ number: UInt64, timeline: UInt32 = 1, system: UInt64 = system, noise: UInt8 = 0) -> [UInt8] {
        func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        let head =
            little(UInt16(0xD110)) + little(UInt16(2)) + little(timeline) + little(number << 20) + little(UInt64(0))
            + little(system) + little(UInt32(1 << 20)) + little(UInt32(8192))
        let rest = (head.count..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7 &+ Int(number)) ^ noise }
        return head + rest
    }

    func name(_ number: UInt64, timeline: UInt32 = 1) -> String {
        SegmentName(timeline: timeline, number: number, size: size).description
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try LocalFile.write(bytes, to: "\(log)/\(name)")
        return "\(log)/\(name)"
    }

    @discardableResult
    func push(_ name: String, ahead: Int = 0, to store: (any ObjectStore)? = nil) throws -> PushLog.Summary {
        try PushLog.run(
            permit: Permit(owner: "test"), store: store ?? trip.store, state: trip.host,
            request: PushLog.Request(
                component: "cluster", path: "\(log)/\(name)", dataDirectory: data, ahead: ahead, host: "elsewhere",
                user: "test", software: "test"), observer: SilentObserver(), clock: trip.clock)
    }

    /// Writes and pushes a segment.
    @discardableResult
    func push(_ number: UInt64, timeline: UInt32 = 1) throws -> PushLog.Summary {
        let name = name(number, timeline: timeline)
        try write(name, Self.segment(number, timeline: timeline))
        return try push(name)
    }

    func archive(cache: String? = nil, of component: String = "cluster") throws -> LogArchive {
        try LogArchive(
            permit: Permit(owner: "test"), component: component, repository: try Repository.open(trip.store),
            opener: trip.opener, cache: cache)
    }

    /// Makes this host another writer, called `host`, in a domain that the key of the tests does not open, or does.
    func join(as host: String, isOpened: Bool = false) throws {
        let administration = KeyAdministration(
            repository: trip.repository.id, store: trip.store, administrator: try trip.administrator(),
            clock: trip.clock)
        let domain = DomainID.random()
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        try administration.beginEpoch(
            secrets, domain: domain, epoch: 1, recipients: trip.repository.keyring.activeRecipients)
        try trip.host.save(try administration.enrol(host: host, domain: domain, secrets: secrets.domain))
        if isOpened { trip.opener.add(secrets, domain: domain, epoch: 1) }
    }

    func spool() throws -> LogSpool { try LogSpool(folder: trip.folder.path + "/spool") }

    /// Returns whether it came.
    func get(_ name: String, to target: String, spool: LogSpool? = nil, prefetch: Int = 0, system: UInt64? = nil) throws
        -> Bool
    {
        let request = try FetchLog.Request(
            component: "cluster", name: name, target: target, system: system, prefetch: prefetch)
        let isThere = try FetchLog.run(
            permit: Permit(owner: "test"), request: request, spool: spool,
            archive: { try archive(cache: spool?.index) }, observer: SilentObserver())
        if isThere, let spool, FetchLog.isRunningLow(request, spool) {
            try FetchLog.ahead(
                permit: Permit(owner: "test"), request: request, spool: spool,
                archive: { try archive(cache: spool.index) }, observer: SilentObserver())
        }
        return isThere
    }

    static func names(below folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.sorted()
    }

    /// As on a new host.
    func forget() {
        let folder = trip.host.folder(of: trip.repository.id)
        for name in Self.names(below: folder) where name.hasSuffix("/pushed") {
            _ = LocalFile.remove(folder + "/" + name)
        }
    }

    /// Archives a segment as a host does that knows nothing of what was archived.
    func pushElsewhere(_ number: UInt64, _ bytes: [UInt8]) throws {
        forget()
        try write(name(number), bytes)
        try push(name(number))
    }

    func bytes(_ path: String) throws -> [UInt8]? { try LocalFile.read(path, limit: 1 << 30) }
}
