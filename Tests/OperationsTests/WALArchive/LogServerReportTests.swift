import Capture
import Primitives
import Strategy
import Testing
import WriteAheadLog

@testable import Operations

/// What is made of a server's answer; Acceptance/Databases/WALCheckTests has real servers.
@Suite struct LogServerReportTests {
    private static let size = SegmentSize.usual

    private static func position(_ segment: UInt64) -> LogSequenceNumber { LogSequenceNumber(segment * size.bytes) }

    private static func name(_ segment: UInt64) -> String {
        SegmentName(timeline: 1, number: segment, size: size).description
    }

    private static func time(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    private static func event(_ segment: UInt64, _ seconds: Int64) -> LogServerStanding.Event {
        LogServerStanding.Event(file: name(segment), time: time(seconds))
    }

    /// At segment 9, with nothing said of slots or of archiving.
    private static func standing(_ change: (inout LogServerStanding) -> Void = { _ in }) -> LogServerStanding {
        var standing = LogServerStanding(
            systemIdentifier: 7, version: "15.18", position: position(9), segmentSize: size, slots: [],
            archiver: LogServerStanding.Archiver(mode: .on))
        standing.isStandby = false
        standing.archiver.command = "safehold wal push --component cluster %p"
        change(&standing)
        return standing
    }

    /// The archive ends with segment 5.
    private static func report(_ standing: LogServerStanding, slot: String? = nil) -> LogServerReport {
        var archive = CheckLog.Report(system: 7)
        archive.timelines = [
            CheckLog.Timeline(
                number: 1, first: name(1), last: name(5), segments: 5, newest: time(100), hasHistory: false)
        ]
        let request = AskLogServer.Request(
            component: "cluster", server: PostgresPlan(database: "postgres"), slot: slot)
        return LogServerReport(standing, request, archive: archive)
    }

    private static func slot(
        _ standing: LogSlot.Standing?, at segment: UInt64? = 6, isActive: Bool? = true, name: String = "nightly"
    ) -> LogServerStanding {
        Self.standing {
            let facts = LogSlot(restart: segment.map(position), standing: standing, lag: 3 * size.bytes)
            $0.slots = [LogServerStanding.Slot(name: name, facts: facts, isActive: isActive)]
        }
    }

    @Test func aSlotIsRightAsLongAsItJoinsOnToTheArchive() {
        for segment in UInt64(1)...6 {
            let report = Self.report(Self.slot(.reserved, at: segment), slot: "nightly")
            #expect(report.findings.isEmpty && report.remarks.isEmpty && report.way == .slot("nightly"))
        }
        let behind = Self.report(Self.slot(.reserved, at: 7), slot: "nightly")
        #expect(behind.findings.map(\.code) == [.walGap])
        #expect(behind.findings.first?.message.contains("from \(Self.name(7)) on") == true)
    }

    @Test func whatTheServerDoesToASlotIsTold() {
        func codes(_ standing: LogServerStanding) -> [Failure.Code] {
            Self.report(standing, slot: "nightly").findings.map(\.code)
        }
        #expect(codes(Self.standing()) == [.walSlotMissing])
        #expect(codes(Self.slot(.lost, at: nil, isActive: false)) == [.walGap])
        #expect(codes(Self.slot(.unreserved)) == [.walStalled])
        #expect(codes(Self.slot(.reserved, isActive: false)) == [.walStalled])
        #expect(codes(Self.slot(.reserved, at: nil)) == [.walStalled])
        #expect(codes(Self.slot(nil, isActive: nil)) == [])
        let extended = Self.report(Self.slot(.extended), slot: "nightly")
        #expect(
            extended.findings.isEmpty && extended.remarks.first?.contains("48.0 MiB") == true, "\(extended.remarks)")
    }

    /// A server that is asked over a connection of replication gives such a slot no position, and no reason either.
    @Test func aSlotWithoutAPositionMayBeLostWhereTheServerDoesNotSay() {
        let unknown = Self.report(Self.slot(nil, at: nil, isActive: nil), slot: "nightly")
        #expect(unknown.findings.map(\.code) == [.walStalled])
        #expect(unknown.findings.first?.message.contains("or it fell behind and is lost") == true)
        let fresh = Self.report(Self.slot(nil, at: nil, isActive: true), slot: "nightly")
        #expect(fresh.findings.first?.message == "The server keeps no log for the slot 'nightly' yet.")
    }

    @Test func theServerIsToldOfWhereNothingIsArchived() {
        func report(_ standing: LogServerStanding, slot: String? = nil) -> LogServerReport {
            LogServerReport(
                standing,
                AskLogServer.Request(component: "cluster", server: PostgresPlan(database: "postgres"), slot: slot),
                archive: CheckLog.Report())
        }
        #expect(report(Self.standing(), slot: "nightly").findings.map(\.code) == [.walSlotMissing])
        #expect(report(Self.slot(.reserved), slot: "nightly").findings.isEmpty)
        #expect(report(Self.standing { $0.archiver.mode = .off }).findings.map(\.code) == [.walStalled])
        let elsewhere = report(Self.standing { $0.archiver.archived = Self.event(5, 90) })
        #expect(elsewhere.findings.isEmpty && elsewhere.remarks.first?.contains("this archive has nothing") == true)
    }

    @Test func aSlotThatNobodyNamedIsFoundAndNeedNotBeInUse() {
        let report = Self.report(Self.slot(.reserved, isActive: false, name: "safehold_cluster"))
        #expect(report.way == .slot("safehold_cluster") && report.findings.isEmpty && report.remarks.count == 1)
    }

    @Test func whatKeepsACommandFromArchivingIsTold() {
        func found(_ change: (inout LogServerStanding) -> Void) -> [Failure] {
            Self.report(Self.standing(change)).findings
        }
        let right = Self.report(
            Self.standing { $0.archiver.archived = Self.event(5, 90) })
        #expect(right.findings.isEmpty && right.remarks.isEmpty && right.way == .command)
        #expect(found { $0.archiver.mode = .off }.map(\.code) == [.walStalled])
        #expect(found { $0.archiver.command = "" }.map(\.code) == [.walStalled])
        #expect(found { $0.archiver.library = "basic_archive" }.map(\.code) == [.walStalled])
        #expect(found { $0.archiver.failed = Self.event(6, 95) }.map(\.code) == [.walStalled])
        // A failure that was made up for is none.
        #expect(
            found {
                $0.archiver.failed = Self.event(5, 80)
                $0.archiver.archived = Self.event(5, 90)
            }.isEmpty)
        #expect(
            found { $0.archiver.archived = Self.event(6, 90) }.map(\.code) == [.walGap])
        let script = Self.report(Self.standing { $0.archiver.command = "/usr/local/bin/archive --password=secret %p" })
        #expect(script.findings.isEmpty && script.remarks.count == 1)
        // What is in a command is nobody's business.
        #expect(script.remarks.allSatisfy { !$0.contains("secret") })
    }

    @Test func aStandbyLeavesItToItsPrimaryAndAnotherClusterIsNoneOfTheArchive() {
        let standby = Self.report(
            Self.standing {
                $0.isStandby = true
                $0.archiver.mode = .off
            })
        #expect(standby.findings.isEmpty && standby.remarks.count == 1)
        let other = Self.report(Self.standing { $0.systemIdentifier = 8 }, slot: "nightly")
        #expect(other.findings.map(\.code) == [.walForeign])
    }
}
