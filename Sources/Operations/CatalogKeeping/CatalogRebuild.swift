import Anomaly
import Catalog
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// What a repository knows of runs, written into a catalog that does not know it.
package enum CatalogRebuild {
    package struct Report: Sendable, Equatable {
        package var added: UInt64 = 0
        package var known: UInt64 = 0
        /// Snapshots that the key does not open: their components are not known.
        package var unopened: UInt64 = 0

        package init(added: UInt64 = 0, known: UInt64 = 0, unopened: UInt64 = 0) {
            (self.added, self.known, self.unopened) = (added, known, unopened)
        }
    }

    /// Takes a key that opens snapshots, since their components' names are sealed. Runs that failed or were missed left nothing in a repository, and
    /// are not found again.
    package static func run(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener, catalog: CatalogDatabase
    ) throws -> Report {
        var report = Report()
        let list = try Snapshots.list(permit: permit, repository: repository, opener: opener)
        if let problem = list.problems.first(where: { ![.keyDenied, .writerWithdrawn].contains($0.code) }) {
            throw problem
        }
        for summary in list.snapshots {
            guard let details = summary.details else {
                report.unopened += 1
                continue
            }
            // Log is archived by a server, and by no run.
            if summary.isLog { continue }
            if let verdict = details.verdict, verdict.level == .alarm {
                try catalog.note(entry(summary, details, verdict))
            }
            if try catalog.addIfUnknown(record(summary, details)) { report.added += 1 } else { report.known += 1 }
        }
        return report
    }

    private static func record(_ summary: SnapshotSummary, _ details: SnapshotDetails) -> RunRecord {
        let mode = summary.isFull ? BackupJob.Mode.full : .incremental
        let stamp = details.tags.lazy.compactMap { tag in
            tag.hasPrefix(SetStamp.tagPrefix) ? SetStamp(tag.dropFirst(SetStamp.tagPrefix.count)) : nil
        }.first
        var run = RunRecord(
            job: JobName.backup(details.component, mode), subject: details.component, mode: mode.rawValue,
            stamp: stamp?.description, started: details.began, outcome: details.problems == 0 ? .complete : .partial)
        run.ended = details.ended
        run.figures.snapshot = summary.id.hex
        run.figures.files = details.files
        run.figures.bytes = details.contentBytes
        run.figures.bytesStored = details.storedBytes
        run.figures.problems = details.problems
        run.figures.verdict = details.verdict?.level.name
        let sentences = details.verdict?.sentences ?? []
        run.figures.anomaly = sentences.isEmpty ? nil : sentences.joined(separator: "; ")
        return run
    }

    /// Who has looked at it is known to nobody any more: it is to be said again.
    private static func entry(_ summary: SnapshotSummary, _ details: SnapshotDetails, _ verdict: AnomalyVerdict)
        -> AnomalyEntry
    {
        AnomalyEntry(
            snapshot: summary.id.hex, component: details.component, time: summary.time,
            reasons: verdict.sentences.joined(separator: "\n"), lastClean: nil)
    }
}

/// The catalog itself, as commands look after it.
package enum CatalogCare {
    /// Returns where it is. Throws `catalog-damaged`.
    package static func check(permit: consuming Permit<InspectAction>, state: HostState) throws -> String {
        try CatalogPlace.open(state).check()
        return CatalogPlace.path(state)
    }

    /// A damaged one is put aside first; `aside` says where.
    package static func rebuild(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener, state: HostState,
        clock: WallClock
    ) throws -> (CatalogRebuild.Report, aside: String?) {
        let (catalog, aside) = try CatalogPlace.openOrBegin(state, at: clock.now())
        let report = try CatalogRebuild.run(permit: permit, repository: repository, opener: opener, catalog: catalog)
        return (report, aside)
    }
}
