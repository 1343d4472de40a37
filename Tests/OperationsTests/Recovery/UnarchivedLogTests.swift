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

@Suite("Log of a data directory that is recovered in place, and that nobody else has") struct UnarchivedLogTests {
    private let log: LogTrip
    private let opened: OpenedRepository
    private let now = Timestamp(nanoseconds: 1_795_773_600_000_000_000)

    /// Segments 3 to 6 are archived, and a base backup that was made in the third.
    init() throws {
        log = try LogTrip()
        let facts = BaseBackupFacts(
            systemIdentifier: LogTrip.system, version: 150_018, timeline: 1,
            startPosition: LogSequenceNumber(0x30_0028), stopPosition: LogSequenceNumber(0x30_0138),
            segmentSize: log.size, hasChecksums: false, label: "", started: Timestamp(nanoseconds: 0),
            ended: Timestamp(nanoseconds: 1_700_000_000_000_000_000), hasLog: false)
        _ = try log.trip.backup { options in
            (options.paths, options.component) = ([], "cluster")
            options.streams = [
                StreamedFile(
                    path: Array("/cluster/base-backup.json".utf8),
                    source: CommandStream(
                        ["printf", "%s", String(decoding: facts.encoded, as: UTF8.self)], settings: [],
                        patience: .seconds(60)))
            ]
        }
        for number in 3...6 { try log.push(UInt64(number)) }
        let identifier = withUnsafeBytes(of: LogTrip.system.littleEndian) { Array($0) }
        try LocalFile.write(
            identifier + [20, 5, 0, 0] + [UInt8](repeating: 0, count: 8180), to: log.data + "/global/pg_control")
        opened = try OpenedRepository(
            permit: Permit<InspectAction>(owner: "test"), repository: log.trip.repository, opener: log.trip.opener)
    }

    private func found(_ target: RecoveryTarget, _ timeline: RecoveryTimeline = .latest) throws -> (
        log: UnarchivedLog?, layout: RecoveryLayout
    ) {
        var request = RecoveryRequest(component: "cluster", target: target, fetchWords: ["safehold"])
        (request.directory, request.isInPlace, request.timeline) = (log.data, true, timeline)
        let prepared = try PreparedRecovery(request, in: opened)
        let site = try RecoverySite(log.data, request, prepared.base)
        return (try UnarchivedLog(at: site, prepared, request, in: opened, now: now), site.layout)
    }

    private func write(_ number: UInt64, timeline: UInt32 = 1) throws {
        try log.write(log.name(number, timeline: timeline), LogTrip.segment(number, timeline: timeline))
    }

    @Test("is none where all was archived, and where a server only made files in advance") func none() throws {
        #expect(try found(.end).log == nil)
        try log.write(log.name(7), LogTrip.segment(3))
        try log.write(log.name(8), [UInt8](repeating: 0, count: 1 << 20))
        try log.write(log.name(3) + ".00000028.backup", Array("START WAL LOCATION".utf8))
        #expect(try found(.end).log == nil)
    }

    @Test("stays for the server where it goes on behind the archive, and the end is the target") func used() throws {
        for number: UInt64 in [7, 8, 10] { try write(number) }
        try write(8, timeline: 2)
        let (kept, layout) = try found(.end)
        let unarchived = try #require(kept)
        #expect(unarchived.used == [log.name(7), log.name(8)])
        // It has a gap before it, or is of another timeline.
        #expect(unarchived.other == [log.name(10), log.name(8, timeline: 2)])
        #expect(
            unarchived.warnings == [
                "Log that the archive does not have stays in \(log.log) for the server to recover: \(log.name(7)), \(log.name(8)).",
                "Log that the archive does not have is kept in \(log.log)/unarchived-20261127T100000Z, and is not recovered: \(log.name(10)), \(log.name(8, timeline: 2)).",
            ])
        try unarchived.setAside()
        let aside = log.log + "/unarchived-20261127T100000Z"
        #expect(Set(try LocalFile.names(in: aside)) == Set(unarchived.other))
        #expect(try log.bytes("\(aside)/\(log.name(10))") == LogTrip.segment(10))
        #expect(try log.bytes("\(log.log)/\(log.name(7))") == LogTrip.segment(7))
        let trees = try UnarchivedLog.keeping(unarchived.used, in: layout)
        for name in [log.name(7), log.name(8), "unarchived-20261127T100000Z"] {
            #expect(trees[0].kept.contains(Array("pg_wal/\(name)".utf8)))
        }
        // A second time there is nothing to be kept but what is used.
        #expect(try found(.end).log?.other == [])
    }

    @Test("is kept apart where the target lies before it, in a folder of each recovery") func aside() throws {
        try write(7)
        try log.write("00000002.history", Array("1\t0/700000\tno recovery target specified\n".utf8))
        let first = try #require(try found(.immediate).log)
        #expect(first.used == [] && first.other == [log.name(7), "00000002.history"])
        try first.setAside()
        try log.write(log.name(7), LogTrip.segment(7, noise: 9))
        let second = try #require(try found(.position(LogSequenceNumber(0x50_0000))).log)
        try second.setAside()
        #expect(try log.bytes("\(log.log)/unarchived-20261127T100000Z/\(log.name(7))") == LogTrip.segment(7))
        #expect(
            try log.bytes("\(log.log)/unarchived-20261127T100000Z.2/\(log.name(7))") == LogTrip.segment(7, noise: 9))
    }

    @Test("is what was archived with other content, and what cannot be read as log, too") func doubtful() throws {
        try log.write(log.name(5), LogTrip.segment(5, noise: 3))
        try log.write(log.name(7), [UInt8](repeating: 0xFF, count: 1 << 20))
        #expect(try found(.immediate).log?.other == [log.name(5), log.name(7)])
    }
}
