import Capture
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Strategy
import WriteAheadLog

/// Says whether a server's log in the archive is whole. Changes nothing.
package enum CheckLog {
    package struct Timeline: Sendable {
        package var number: UInt32
        package var first: String
        package var last: String
        package var segments: UInt64
        /// When the server wrote the last one.
        package var newest: Timestamp
        package var hasHistory: Bool
    }

    package struct Gap: Sendable {
        package var timeline: UInt32
        package var first: String
        package var last: String
        package var count: UInt64
        package var isHarmful: Bool
    }

    package struct Conflict: Sendable {
        package var name: String
        /// Of its contents: which snapshots have it, as WRITER/NUMBER.
        package var contents: [(digest: Digest32, snapshots: [String])]
    }

    package struct Report: Sendable {
        package var system: UInt64?
        package var timelines: [Timeline] = []
        package var gaps: [Gap] = []
        package var missingHistories: [UInt32] = []
        package var conflicts: [Conflict] = []
        /// Files that were archived more than once with the same content.
        package var duplicates: UInt64 = 0
        package var baseBackups: UInt64 = 0
        package var doubts: [Failure] = []

        /// Of an archive in which nothing is.
        package init(system: UInt64? = nil) { self.system = system }

        package var isWhole: Bool {
            conflicts.isEmpty && doubts.isEmpty && missingHistories.isEmpty && !gaps.contains(where: \.isHarmful)
        }
    }

    package static func run(
        permit: consuming Permit<InspectAction>, archive: LogArchive, bases: Bases
    ) throws -> Report {
        var report = Report(system: archive.systems.first)
        report.doubts = archive.doubts + bases.doubts
        for (name, copies) in archive.copies.sorted(by: { $0.key.description < $1.key.description })
        where copies.count > 1 {
            let contents = Dictionary(grouping: copies, by: \.file.digest)
            guard contents.count > 1 else {
                report.duplicates += 1
                continue
            }
            report.conflicts.append(
                Conflict(
                    name: name.description,
                    contents: contents.sorted { $0.key < $1.key }.map { digest, copies in
                        (digest, copies.map { "\($0.snapshot.writer.hex.prefix(8))/\($0.snapshot.sequence)" })
                    }))
        }
        let fitting = bases.facts.filter { archive.systems.isEmpty || archive.systems.contains($0.systemIdentifier) }
        report.baseBackups = UInt64(fitting.count)
        guard let size = archive.segmentSize else { return report }
        try look(into: archive, size, fitting, &report)
        return report
    }

    private static func look(
        into archive: LogArchive, _ size: SegmentSize, _ bases: [BaseBackupFacts], _ report: inout Report
    ) throws {
        let segments = archive.segments(size)
        let histories = try archive.histories()
        let continuity = LogContinuity(
            segments.mapValues { Set($0.keys) }, histories: histories,
            bases: bases.map {
                LogContinuity.Base(
                    timeline: $0.timeline, first: $0.startPosition.value / size.bytes,
                    last: $0.lastPosition.value / size.bytes, hasLog: $0.hasLog)
            }, size: size)
        func name(_ number: UInt64, _ timeline: UInt32) -> String {
            SegmentName(timeline: timeline, number: number, size: size).description
        }
        report.timelines = continuity.lines.map { line in
            Timeline(
                number: line.timeline, first: name(line.first, line.timeline), last: name(line.last, line.timeline),
                segments: line.count, newest: segments[line.timeline]?[line.last] ?? Timestamp(nanoseconds: 0),
                hasHistory: histories[line.timeline] != nil)
        }
        report.gaps = continuity.gaps.map {
            Gap(
                timeline: $0.timeline, first: name($0.first, $0.timeline), last: name($0.last, $0.timeline),
                count: $0.count, isHarmful: $0.isHarmful)
        }
        report.missingHistories = continuity.missingHistories
    }

    /// What the base backups of a component say of themselves.
    package struct Bases: Sendable {
        package var facts: [BaseBackupFacts] = []
        /// Of those that cannot be read: a gap may harm them.
        package var doubts: [Failure] = []

        package init() {}

        package init(of component: String, in opened: OpenedRepository) {
            for snapshot in opened.snapshots(of: component) {
                do {
                    if let found = try snapshot.baseBackupFacts(of: component) { facts.append(found) }
                } catch {
                    let name = "\(BaseBackupFacts.fileName) of \(snapshot.summary.id.hex.prefix(12))"
                    doubts.append(error as? Failure ?? .damaged(name, (error as? EncodingError)?.problem ?? "\(error)"))
                }
            }
        }
    }
}
