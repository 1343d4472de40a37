import CLinux
import Capture
import Glibc
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing
import WriteAheadLog

@testable import Identity
@testable import Operations

@Suite("A base backup that comes into a data directory") struct RecoveryWritingTests {
    /// A tree that looks like a base backup of the cluster 77, with one tablespace.
    private final class Cluster {
        let trip: RoundTrip
        let opened: OpenedRepository
        let base: StoredBaseBackup

        private let place: String
        var directory: String { place + "/main" }
        var tablespace: String { place + "/fast" }

        static let control: [UInt8] = [77, 0, 0, 0, 0, 0, 0, 0, 20, 5, 0, 0] + [UInt8](repeating: 9, count: 8180)

        /// Made once: what a repository takes longest for is its passphrase.
        // SAFETY: what was made is only read from then on.
        nonisolated(unsafe) private static let made = Result { try Cluster() }

        /// The same base backup, and places of one's own.
        static func make() throws -> Cluster { Cluster(try made.get()) }

        private init(_ other: Cluster) {
            (trip, opened, base) = (other.trip, other.opened, other.base)
            place = "\(other.trip.folder.path)/\(UInt64.random(in: 0 ... .max))"
            mkdir(place, 0o700)
        }

        /// With a change to what is backed up.
        init(_ change: (RoundTrip, _ data: String) throws -> Void = { _, _ in }) throws {
            trip = try RoundTrip()
            place = trip.folder.path
            for folder in [
                "db", "db/data", "db/data/base", "db/data/global", "db/data/pg_wal", "db/data/pg_tblspc",
                "db/tablespaces", "db/tablespaces/16400", "db/tablespaces/16400/PG_15_202209061",
            ] { mkdir(trip.source + "/" + folder, 0o700) }
            for name in ["PG_VERSION", "backup_label", "tablespace_map", "standby.signal", "base/1", "base/2"] {
                trip.write("db/data/" + name, Array("this is \(name)\n".utf8), mode: 0o600)
            }
            trip.write("db/data/postgresql.auto.conf", Array("work_mem = '64MB'\n".utf8), mode: 0o600)
            trip.write("db/data/global/pg_control", Self.control, mode: 0o600)
            // Of a recovery that ended long ago.
            trip.write("db/data/" + RecoveryMarker.name, Array("78\ntablespace /etc\n".utf8), mode: 0o600)
            trip.write("db/tablespaces/16400/PG_15_202209061/1", Array("rows".utf8), mode: 0o600)
            symlink("/nowhere/at/all", trip.source + "/db/data/pg_tblspc/16400")
            try change(trip, trip.source + "/db/data")
            let snapshot = try trip.backup()
            opened = try OpenedRepository(
                permit: Permit<InspectAction>(owner: "test"), repository: trip.repository, opener: trip.opener)
            let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
            let facts = BaseBackupFacts(
                systemIdentifier: 77, version: 150_018, timeline: 1, startPosition: LogSequenceNumber(0x200_0028),
                stopPosition: LogSequenceNumber(0x200_0138), segmentSize: .usual, hasChecksums: false, label: "",
                started: time, ended: time, tablespaces: [.init(oid: 16400, location: "/nowhere/at/all", size: 4)],
                hasLog: false)
            base = StoredBaseBackup(
                component: String(trip.source.dropFirst()) + "/db", snapshot: snapshot,
                summary: try opened.open(snapshot).summary, facts: facts)
        }

        func site(_ change: (inout RecoveryRequest) -> Void = { _ in }) throws -> RecoverySite {
            var request = RecoveryRequest(component: "db", target: .immediate, fetchWords: ["safehold"])
            request.mappings = [try #require(TablespaceMapping("16400=\(tablespace)"))]
            change(&request)
            return try RecoverySite(directory, request, base)
        }

        /// Why nothing is recovered there; empty where it would be.
        func refusal(_ change: (inout RecoveryRequest) -> Void = { _ in }) -> String {
            do {
                _ = try site(change)
                return ""
            } catch {
                return (error as? Failure)?.message ?? "\(error)"
            }
        }

        func write(
            _ observer: any OperationObserver = SilentObserver(), _ change: (inout RecoveryRequest) -> Void = { _ in }
        ) throws -> RecoveryWriting.Outcome {
            let settings = RecoverySettings(target: .immediate, restoreCommand: "get %f %p")
            return try RecoveryWriting(opened: opened, base: base, site: try site(change), observer: observer).run(
                permit: { Permit(owner: "test") }, settings: settings, waitsForMedium: false)
        }

        func has(_ name: String) -> Bool { trip.status(directory + "/" + name) != nil }

        func text(_ name: String) throws -> String? {
            try LocalFile.read(directory + "/" + name, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
        }

        /// What a server needs, and nothing that leads it astray.
        func expectWhole() throws {
            for name in ["PG_VERSION", "backup_label", "base/1", "base/2"] {
                #expect(try text(name) == "this is \(name)\n")
            }
            #expect(try LocalFile.read(directory + "/global/pg_control", limit: 1 << 20) == Self.control)
            #expect(try text("postgresql.auto.conf")?.hasPrefix("work_mem = '64MB'\n# Recovery by Safehold") == true)
            #expect(try text("recovery.signal") == "")
            #expect(has("pg_wal/archive_status"))
            for name in ["standby.signal", "tablespace_map", RecoveryMarker.name] { #expect(!has(name), "\(name)") }
            #expect(try text("pg_tblspc/16400/PG_15_202209061/1") == "rows")
            #expect(DataDirectory.linked(directory + "/pg_tblspc/16400") == tablespace)
            #expect(trip.status(directory)?.mode == S_IFDIR | 0o700)
        }
    }

    @Test("has all that a server needs to go on from there, with its tablespace elsewhere") func fresh() throws {
        let cluster = try Cluster.make()
        let outcome = try cluster.write()
        try cluster.expectWhole()
        #expect(outcome.files == 8)
    }

    @Test("is nothing that a server starts on before it is whole, and goes on where it was interrupted")
    func interrupted()
        throws
    {
        let cluster = try Cluster.make()
        var failures = 0
        for patience in 0..<400 {
            do {
                _ = try cluster.write(ImpatientObserver(patience))
                break
            } catch let failure as Failure {
                #expect(failure.code == .interrupted)
                // It comes last: where it is there, all is.
                #expect(!cluster.has("global/pg_control") || cluster.has("pg_wal/archive_status"))
                #expect(try RecoveryMarker.read(in: cluster.directory)?.systemIdentifier == 77)
                failures += 1
            }
        }
        #expect(failures > 3 && failures < 400)
        try cluster.expectWhole()
    }

    @Test("is compared with what is there in place, and only what differs is written") func inPlace() throws {
        let cluster = try Cluster.make()
        _ = try cluster.write()
        for (name, text) in [("base/1", "that was\n"), ("base/77", "new"), ("recovery.signal", "")] {
            try LocalFile.write(Array(text.utf8), to: cluster.directory + "/" + name)
        }
        mkdir(cluster.tablespace + "/PG_14_202107181", 0o700)
        // The tablespace is where the link leads.
        func inPlace(_ request: inout RecoveryRequest) { (request.isInPlace, request.mappings) = (true, []) }
        let outcome = try cluster.write(SilentObserver(), inPlace)
        try cluster.expectWhole()
        #expect(!cluster.has("base/77"))
        #expect(cluster.trip.status(cluster.tablespace + "/PG_14_202107181") != nil)
        #expect(outcome.filesSame >= 4)
        var failures = 0
        for patience in 0..<400 {
            try LocalFile.write([1], to: cluster.directory + "/base/2")
            do {
                _ = try cluster.write(ImpatientObserver(patience), inPlace)
                break
            } catch let failure as Failure {
                #expect(failure.code == .interrupted)
                if cluster.has("global/pg_control") { #expect(try cluster.text("base/2") == "this is base/2\n") }
                failures += 1
            }
        }
        #expect(failures > 3)
        try cluster.expectWhole()
    }

    @Test("does not come over another server's tablespace, neither in place nor when it goes on")
    func foreignTablespace()
        throws
    {
        let cluster = try Cluster.make()
        let other = cluster.tablespace + "-of-another"
        mkdir(other, 0o700)
        try LocalFile.write([], to: other + "/file")
        func refusal(inPlace: Bool) -> String {
            cluster.refusal { request in
                request.isInPlace = inPlace
                request.mappings = [TablespaceMapping(origin: .oid(16400), target: other)]
            }
        }
        #expect(throws: Failure.self) { try cluster.write(ImpatientObserver(0)) }
        #expect(cluster.has(RecoveryMarker.name))
        #expect(refusal(inPlace: false).contains("there is 'file' in it"))
        #expect(refusal(inPlace: true).contains("there is 'file' in it"))
        _ = try cluster.write()
        try cluster.expectWhole()
        #expect(refusal(inPlace: true).contains("there is 'file' in it"))
    }

    @Test("goes on in place where it was interrupted in place, also when that is not said again") func resumedInPlace()
        throws
    {
        let cluster = try Cluster.make()
        _ = try cluster.write()
        try LocalFile.write([1], to: cluster.directory + "/base/77")
        #expect(throws: Failure.self) { try cluster.write(ImpatientObserver(0)) { $0.isInPlace = true } }
        #expect(cluster.has("base/77"))
        _ = try cluster.write()
        try cluster.expectWhole()
        #expect(!cluster.has("base/77"))
    }

    @Test(
        "is not led out of the data directory by links that it has itself",
        arguments: ["pg_wal", "pg_tblspc", "postgresql.auto.conf"])
    func forgedLinks(_ name: String) throws {
        let outside = try TemporaryFolder()
        try LocalFile.write(Array("secret".utf8), to: outside.path + "/file")
        let cluster = try Cluster { _, data in
            unlink(data + "/pg_tblspc/16400")
            if rmdir("\(data)/\(name)") != 0 { unlink("\(data)/\(name)") }
            symlink(outside.path + (name.contains(".") ? "/file" : ""), "\(data)/\(name)")
        }
        for _ in 0..<2 {
            #expect(throws: Failure.self) { try cluster.write() }
            #expect(!cluster.has("global/pg_control"))
            #expect(try LocalFile.names(in: outside.path) == ["file"])
            #expect(cluster.trip.status("\(cluster.directory)/\(name)")?.mode == S_IFLNK | 0o777)
        }
    }

    @Test(
        "belongs to whom its directory does, where root restores, and nothing else does",
        .enabled(if: geteuid() == 0, "giving away takes root"))
    func owner() throws {
        let outside = try TemporaryFolder()
        try LocalFile.write([], to: outside.path + "/file")
        let cluster = try Cluster { _, data in symlink(outside.path + "/file", data + "/base/link") }
        mkdir(cluster.directory, 0o700)
        chown(cluster.directory, 12_345, 12_346)
        _ = try cluster.write()
        for path in [
            "", "/PG_VERSION", "/base", "/base/1", "/base/link", "/global/pg_control", "/recovery.signal",
            "/postgresql.auto.conf", "/pg_wal/archive_status", "/pg_tblspc/16400", "/pg_tblspc/16400/PG_15_202209061/1",
        ] {
            let status = cluster.trip.status(cluster.directory + path)
            #expect(status?.uid == 12_345 && status?.gid == 12_346, "\(path)")
        }
        #expect(cluster.trip.status(outside.path + "/file")?.uid == 0)
    }

    @Test("that is damaged in the repository is said to be so in one sentence") func damaged() throws {
        let cluster = try Cluster { trip, _ in
            let bytes = (0..<2_000_000).map { _ in UInt8.random(in: 0...255) }
            trip.write("db/data/base/3", bytes, mode: 0o600)
        }
        let store = cluster.trip.store
        let packs = try store.names(below: "packs").map { ($0, try store.readAll($0, limit: 1 << 30).count) }
        let (pack, size) = try #require(packs.max { $0.1 < $1.1 })
        try cluster.trip.flip(pack, at: size / 2)
        do {
            _ = try cluster.write()
            Issue.record("it was restored")
        } catch let failure as Failure {
            #expect(failure.code == .objectDamaged)
            #expect(failure.message.contains(". No server starts in "), "\(failure.message)")
            #expect(!failure.message.contains(".."), "\(failure.message)")
        }
        #expect(!cluster.has("global/pg_control"))
    }

    @Test("does not come to a place that only the old host had, and that is no path") func relativeTablespace() throws {
        let cluster = try Cluster.make()
        for location in ["pg_tblspc/16400", "", "/srv/../etc"] {
            var facts = cluster.base.facts
            facts.tablespaces[0].location = location
            let base = StoredBaseBackup(
                component: cluster.base.component, snapshot: cluster.base.snapshot, summary: cluster.base.summary,
                facts: facts)
            var request = RecoveryRequest(component: "db", target: .immediate, fetchWords: ["safehold"])
            #expect(throws: Failure.self, "\(location)") { try RecoverySite(cluster.directory, request, base) }
            request.mappings = [TablespaceMapping(origin: .oid(16400), target: cluster.tablespace)]
            _ = try RecoverySite(cluster.directory, request, base)
        }
    }

    @Test("does not come over what is somebody else's, or in use") func refused() throws {
        let cluster = try Cluster.make()
        func inPlace(_ request: inout RecoveryRequest) { request.isInPlace = true }
        #expect(cluster.refusal(inPlace).contains("it has no control file"))
        #expect(cluster.refusal { $0.mappings = [] } == "")
        _ = try cluster.write()
        #expect(cluster.refusal().contains("is not empty"))
        #expect(cluster.refusal(inPlace) == "")
        try LocalFile.write(Array("1\n/somewhere\n".utf8), to: cluster.directory + "/postmaster.pid")
        #expect(cluster.refusal(inPlace).contains("A server runs on"))
        try LocalFile.write(Array("99999999\n".utf8), to: cluster.directory + "/postmaster.pid")
        #expect(cluster.refusal(inPlace) == "")
        try LocalFile.write([78] + Cluster.control.dropFirst(), to: cluster.directory + "/global/pg_control")
        #expect(cluster.refusal(inPlace).contains("belongs to another server: its system identifier is 78"))
        let elsewhere = try Cluster.make()
        mkdir(elsewhere.tablespace, 0o700)
        try LocalFile.write([], to: elsewhere.tablespace + "/file")
        do {
            _ = try elsewhere.site()
            Issue.record("a tablespace came over something")
        } catch let failure as Failure {
            #expect(failure.message.contains("there is 'file' in it"))
        }
        do {
            _ = try elsewhere.site { $0.mappings = [TablespaceMapping("17=/x")].compactMap { $0 } }
            Issue.record("a mapping of nothing was taken")
        } catch let failure as Failure {
            #expect(failure.code == .usage && failure.advice.contains("16400=/nowhere/at/all"))
        }
    }
}
