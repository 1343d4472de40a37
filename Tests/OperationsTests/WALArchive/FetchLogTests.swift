import Glibc
import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

@testable import Identity

/// What a restore_command needs: a server takes "not there" for the end of its log, so nothing else may look like that.
@Suite("A log that a server asks for") struct FetchLogTests {
    private func failure(_ body: () throws -> Void) -> Failure? {
        do {
            try body()
            return nil
        } catch {
            return error as? Failure
        }
    }

    @Test("comes through the spool, which is looked at before it is believed") func spool() throws {
        let log = try LogTrip()
        for number in 3...9 { try log.push(UInt64(number)) }
        let (spool, target) = (try log.spool(), log.trip.folder.path + "/target")
        #expect(try log.get(log.name(3), to: target, spool: spool, prefetch: 3))
        func spooled() throws -> [String] {
            LogTrip.names(below: spool.folder).filter { $0 != "index" && $0 != "ahead" }.map { String($0.prefix(24)) }
                .sorted()
        }
        #expect(try spooled() == [4, 5, 6].map { log.name($0) })
        // Without a repository: from the spool alone.
        let ended = try FetchLog.run(
            permit: Permit(owner: "test"),
            request: try FetchLog.Request(
                component: "cluster", name: log.name(4), target: target, system: nil, prefetch: 3),
            spool: spool, archive: { throw Failure(.storageFailed, "It is away.", advice: "Wait.") },
            observer: SilentObserver())
        #expect(ended)
        #expect(try log.bytes(target) == LogTrip.segment(4))
        #expect(try spooled() == [5, 6].map { log.name($0) })

        // What a killed process or a bad disk leaves.
        for name in LogTrip.names(below: spool.folder) where name.hasPrefix(log.name(5)) {
            try LocalFile.write([1, 2, 3], to: spool.folder + "/" + name)
        }
        try LocalFile.write([1], to: spool.folder + "/\(log.name(9))-half.999999999.new")
        try LocalFile.write([1], to: spool.index)
        #expect(try log.get(log.name(5), to: target, spool: spool, prefetch: 2))
        #expect(try log.bytes(target) == LogTrip.segment(5))
        #expect(try spooled().contains(log.name(6)))
        for number in 6...9 {
            #expect(try log.get(log.name(UInt64(number)), to: target, spool: spool, prefetch: 2))
            #expect(try log.bytes(target) == LogTrip.segment(UInt64(number)))
        }
        #expect(try spooled() == [])
        #expect(try !log.get(log.name(10), to: target, spool: spool, prefetch: 2))
        // A later one is seen, though all that was there is remembered.
        try log.push(10)
        #expect(try log.get(log.name(10), to: target, spool: spool, prefetch: 2))
    }

    @Test("is not taken out of a spool that others can write to") func openSpool() throws {
        let folder = try TemporaryFolder()
        let spool = try LogSpool(folder: folder.path + "/spool")
        chmod(spool.folder, 0o777)
        #expect(failure { _ = try LogSpool(folder: spool.folder) }?.code == .stateUnusable)
        chmod(spool.folder, 0o750)
        _ = try LogSpool(folder: spool.folder)
        symlink(spool.folder, folder.path + "/link")
        #expect(failure { _ = try LogSpool(folder: folder.path + "/link") }?.code == .stateUnusable)
    }

    @Test("is not said to be missing where anything may have it") func doubts() throws {
        let log = try LogTrip()
        for number in 3...5 { try log.push(UInt64(number)) }
        let target = log.trip.folder.path + "/target"
        #expect(try !log.get(log.name(6), to: target))
        // What a store lists beside is no snapshot that anybody made.
        let writer = try #require(try SnapshotCatalog(repository: log.trip.repository).committed.first).record.writer
        let forged = ObjectName("snapshots/\(writer.hex)/\(UInt64.max)")
        _ = try log.trip.store.put([1], as: forged, .immediate)
        #expect(try !log.get(log.name(6), to: target))
        #expect(failure { _ = try log.archive(of: "other") }?.code == .snapshotMissing)
        #expect(failure { _ = try log.get(log.name(3), to: target, system: 1) }?.code == .walForeign)
        let snapshot = try #require(try SnapshotCatalog(repository: log.trip.repository).committed.dropFirst().first)
        let bytes = try log.trip.store.readAll(snapshot.name, limit: 1 << 20)
        try log.trip.store.remove(snapshot.name)
        #expect(failure { _ = try log.get(log.name(4), to: target) }?.code == .objectMissing)
        #expect(try log.get(log.name(5), to: target))
        _ = try log.trip.store.put(bytes, as: snapshot.name, .immediate)
        #expect(try log.get(log.name(4), to: target))
        // Of the last one its commit alone says that it was there.
        let last = try #require(try SnapshotCatalog(repository: log.trip.repository).committed.last)
        try log.trip.store.remove(last.name)
        #expect(failure { _ = try log.get(log.name(5), to: target) }?.code == .objectMissing)
        #expect(try log.get(log.name(4), to: target))
    }

    @Test(
        "is not said to be missing where the host that wrote it was joined anew, and the key does not open that",
        arguments: ["elsewhere", "stranger"]) func joinedAnew(_ host: String) throws
    {
        let log = try LogTrip()
        try log.push(3)
        try log.join(as: host)
        try log.push(4)
        let target = log.trip.folder.path + "/target"
        #expect(try log.get(log.name(3), to: target))
        // What another host has is nobody's business.
        if host == "stranger" {
            #expect(try !log.get(log.name(4), to: target))
            #expect(try log.archive().doubts.isEmpty)
        } else {
            let refused = try #require(failure { _ = try log.get(log.name(4), to: target) })
            #expect(refused.code == .keyDenied && refused.message.contains("not all that may have it can be read"))
        }
    }

    @Test("ends where the host that wrote it was joined anew, and the key opens both") func joinedInSight() throws {
        let log = try LogTrip()
        for number in 3...4 { try log.push(UInt64(number)) }
        try log.join(as: "elsewhere", isOpened: true)
        try log.push(5)
        let target = log.trip.folder.path + "/target"
        for number in 3...5 { #expect(try log.get(log.name(UInt64(number)), to: target)) }
        // The earlier identity's numbers end where it did.
        #expect(try !log.get(log.name(6), to: target))
        #expect(try log.archive().doubts.isEmpty)
    }

    @Test("is served of the cluster that asks, where several are in the archive") func clusters() throws {
        let log = try LogTrip()
        try log.push(3)
        try log.pushElsewhere(3, LogTrip.segment(3, system: 5))
        let target = log.trip.folder.path + "/target"
        #expect(try log.get(log.name(3), to: target, system: LogTrip.system))
        #expect(try log.bytes(target) == LogTrip.segment(3))
        #expect(try log.get(log.name(3), to: target, system: 5))
        #expect(try log.bytes(target) == LogTrip.segment(3, system: 5))
        #expect(failure { _ = try log.get(log.name(3), to: target) }?.code == .walForeign)
    }

    @Test("that has two contents under one name is served in none") func conflict() throws {
        let log = try LogTrip()
        try log.push(3)
        try log.pushElsewhere(3, LogTrip.segment(3, noise: 1))
        let target = log.trip.folder.path + "/target"
        #expect(failure { _ = try log.get(log.name(3), to: target) }?.code == .walConflict)
        let report = try CheckLog.run(permit: Permit(owner: "test"), archive: try log.archive(), bases: .init())
        #expect(!report.isWhole && report.conflicts.map(\.name) == [log.name(3)])
        #expect(report.conflicts.first?.contents.count == 2)
    }
}
