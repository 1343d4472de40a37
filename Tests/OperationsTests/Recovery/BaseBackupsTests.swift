import Capture
import Primitives
import RepositoryEngine
import Strategy
import TestSupport
import Testing
import WriteAheadLog

@testable import Identity
@testable import Operations

@Suite("The base backups of a component") struct BaseBackupsTests {
    private let trip: RoundTrip

    init() throws { trip = try RoundTrip() }

    private static let facts = BaseBackupFacts(
        systemIdentifier: 77, version: 150_018, timeline: 1, startPosition: LogSequenceNumber(0x200_0028),
        stopPosition: LogSequenceNumber(0x200_0138), segmentSize: .usual, hasChecksums: false, label: "",
        started: Timestamp(nanoseconds: 0), ended: Timestamp(nanoseconds: 1_700_000_000_000_000_000), hasLog: true)

    private func backUp(_ text: String) throws {
        _ = try trip.backup { options in
            (options.paths, options.component) = ([], "db")
            options.streams = [
                StreamedFile(
                    path: Array("/db/base-backup.json".utf8),
                    source: CommandStream(["printf", "%s", text], settings: [], patience: .seconds(60)))
            ]
        }
    }

    private func list() throws -> (bases: [StoredBaseBackup], doubts: [Failure]) {
        let opened = try OpenedRepository(
            permit: Permit<InspectAction>(owner: "test"), repository: trip.repository, opener: trip.opener)
        let request = RecoveryRequest(component: "db", target: .end, fetchWords: ["safehold"])
        return try BaseBackups.list(request, opened.snapshots(of: "db"), in: opened)
    }

    @Test("are those that can be read, whatever became of others") func unreadable() throws {
        try backUp("{}")
        #expect {
            try list()
        } throws: {
            ($0 as? Failure)?.code == .objectDamaged
        }
        try backUp(String(decoding: Self.facts.encoded, as: UTF8.self))
        let found = try list()
        #expect(found.bases.map(\.facts) == [Self.facts])
        #expect(found.doubts.map(\.code) == [.objectDamaged])
        let report = CheckLog.Bases(
            of: "db",
            in: try OpenedRepository(
                permit: Permit<InspectAction>(owner: "test"), repository: trip.repository, opener: trip.opener))
        #expect(report.facts == [Self.facts] && report.doubts.count == 1)
    }

    @Test("end no later than time does") func ends() throws {
        var facts = Self.facts
        facts.ended = Timestamp(nanoseconds: .max)
        try backUp(String(decoding: Self.facts.encoded, as: UTF8.self))
        let base = try #require(try list().bases.first)
        let last = StoredBaseBackup(
            component: "db", snapshot: base.snapshot, summary: base.summary, facts: facts)
        #expect(last.candidate.ended == Timestamp(nanoseconds: .max))
        #expect(base.candidate.ended == Timestamp(nanoseconds: 1_700_000_000_999_999_999))
    }
}
