import Capture
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing
import WriteAheadLog

@testable import Identity
@testable import Operations

/// What is found out before anything is touched.
@Suite("A recovery that is prepared") struct PreparedRecoveryTests {
    private let log: LogTrip

    init() throws {
        log = try LogTrip()
        let facts = BaseBackupFacts(
            systemIdentifier: LogTrip.system, version: 150_018, timeline: 1,
            startPosition: LogSequenceNumber(0x30_0028),
            stopPosition: LogSequenceNumber(0x30_0138), segmentSize: log.size, hasChecksums: false, label: "",
            started: Timestamp(nanoseconds: 0), ended: Timestamp(nanoseconds: 1_700_000_000_000_000_000), hasLog: false)
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
    }

    private func prepare(_ target: RecoveryTarget, _ timeline: RecoveryTimeline = .latest) throws -> PreparedRecovery {
        var request = RecoveryRequest(component: "cluster", target: target, fetchWords: ["safehold"])
        request.timeline = timeline
        return try PreparedRecovery(
            request,
            in: try OpenedRepository(
                permit: Permit<InspectAction>(owner: "test"), repository: log.trip.repository, opener: log.trip.opener))
    }

    private func code(_ target: RecoveryTarget, _ timeline: RecoveryTimeline = .latest) -> Failure.Code? {
        do {
            _ = try prepare(target, timeline)
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    @Test("is refused where 'wal get' would refuse a segment on the way") func conflict() throws {
        #expect(try prepare(.end).plan.last == log.name(6))
        try log.pushElsewhere(5, LogTrip.segment(5))
        #expect(try prepare(.end).plan.last == log.name(6))
        try log.pushElsewhere(5, LogTrip.segment(5, noise: 1))
        #expect(code(.end) == .walConflict)
        #expect(code(.position(LogSequenceNumber(0x50_0000))) == .walConflict)
        #expect(try prepare(.position(LogSequenceNumber(0x40_0000))).plan.last == log.name(4))
    }

    private func doubts(_ target: RecoveryTarget, at time: Timestamp? = nil) throws -> [String] {
        var request = RecoveryRequest(component: "cluster", target: target, fetchWords: ["safehold"])
        request.moment = time.map { .at($0) }
        let opened = try OpenedRepository(
            permit: Permit<InspectAction>(owner: "test"), repository: log.trip.repository, opener: log.trip.opener)
        return Recover.doubts(of: try PreparedRecovery(request, in: opened), request)
    }

    @Test("says that a name or a transaction has to come after the newest base backup, which it takes")
    func anywhere() throws {
        for target in [RecoveryTarget.name("before-upgrade"), .transaction(777)] {
            let said = try doubts(target)
            #expect(said.count == 1 && said[0].contains("the newest base backup is taken, which ended at 2023-11-14"))
            #expect(said[0].contains(target.words) && said[0].contains("--at TIME"), "\(said)")
            #expect(try doubts(target, at: Timestamp(nanoseconds: .max)) == [])
        }
        #expect(try doubts(.end) == [])
    }

    @Test("is not stopped by a history that it does not need") func histories() throws {
        try log.write("00000002.history", Array("1\t0/500000\tno recovery target specified\n".utf8))
        try log.push("00000002.history")
        let before = Set(try log.trip.store.names(below: "packs"))
        try log.write("00000003.history", Array("1\t0/600000\tno recovery target specified\n".utf8))
        try log.push("00000003.history")
        #expect(try prepare(.end).plan.timeline == 3)
        let packs = Set(try log.trip.store.names(below: "packs")).subtracting(before)
        try #require(!packs.isEmpty)
        for pack in packs {
            let size = try log.trip.store.readAll(pack, limit: 1 << 20).count
            log.trip.store.tamper(pack, with: [UInt8](repeating: 0, count: size))
        }
        #expect(try prepare(.end, .current).plan.last == log.name(6))
        #expect(try prepare(.immediate, .number(2)).plan.timeline == 2)
        for timeline in [RecoveryTimeline.latest, .number(3)] {
            #expect(code(.immediate, timeline)?.class == .integrity)
        }
    }
}
