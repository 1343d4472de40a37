import Anomaly
import Catalog
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// Backs up the components of one moment: they share a timestamp, and those that ask for it are frozen until all of them were read.
package enum SetRun {
    /// Everything that happens stands in the catalog before it begins and after it ended. One component that fails does not keep the others from
    /// being backed up. Returns the runs as they ended, in the order of `runs`. `willRead` is called when everything is frozen and nothing was
    /// read. What `admit` throws keeps all of them from being begun. Throws only where the catalog itself cannot be written.
    package static func carryOut(
        _ runs: [PlannedRun], stamp: SetStamp, at place: StrategyPlace, observer: any OperationObserver,
        willRead: () -> Void = {}, admit: () throws -> Void = {},
        permit: @Sendable (Target) throws -> Permit<BackupAction>
    ) throws -> [RunRecord] {
        var story = Story(stamp: stamp, place: place, observer: observer)
        try story.begin(runs)
        guard try story.isAdmitted(admit) else { return story.records }
        story.freeze()
        willRead()
        try story.read(permit)
        story.thaw()
        try story.finish()
        return story.records
    }

    private struct Story {
        let stamp: SetStamp
        let place: StrategyPlace
        let observer: any OperationObserver
        var runs: [PlannedRun] = []
        var records: [RunRecord] = []
        /// By component, in the order in which they were frozen.
        private var freezes: [(index: Int, freeze: Freeze)] = []

        init(stamp: SetStamp, place: StrategyPlace, observer: any OperationObserver) {
            (self.stamp, self.place, self.observer) = (stamp, place, observer)
        }

        mutating func begin(_ planned: [PlannedRun]) throws {
            runs = planned
            for run in runs {
                var record = RunRecord(
                    job: run.job, subject: run.component.name, mode: run.mode.rawValue, stamp: stamp.description,
                    due: run.due, started: place.clock.now(), attempt: run.attempt, strategy: place.digest)
                record.id = try place.catalog.add(record)
                records.append(record)
            }
        }

        mutating func isAdmitted(_ admit: () throws -> Void) throws -> Bool {
            do {
                try admit()
                return true
            } catch {
                for index in runs.indices {
                    fail(index, error)
                    try place.catalog.update(records[index])
                }
                return false
            }
        }

        mutating func freeze() {
            for index in runs.indices where runs[index].component.hooks.freezes {
                guard !observer.isCancelled else { return }
                do {
                    let freeze = try Freeze(runs[index].component, catalog: place.catalog, clock: place.clock)
                    freezes.append((index, freeze))
                } catch {
                    fail(index, error)
                }
            }
        }

        mutating func read(_ permit: @Sendable (Target) throws -> Permit<BackupAction>) throws {
            for index in runs.indices where records[index].failure == nil {
                do {
                    let (summary, shortfall) = try ComponentBackup(
                        run: runs[index], stamp: stamp, place: place,
                        observer: RunObserver(
                            place.catalog, run: records[index].id, clock: place.clock, beside: observer)
                    ).make(try permit(place.target(of: runs[index].component)))
                    records[index].figures = RunRecord.Figures(summary)
                    records[index].outcome = summary.isPartial ? .partial : .complete
                    if let shortfall { blemish(index, shortfall) }
                } catch {
                    fail(index, error)
                }
                records[index].ended = place.clock.now()
                // What was read under a freeze counts when the thaw has come out well.
                if !freezes.contains(where: { $0.index == index }) { try place.catalog.update(records[index]) }
            }
        }

        mutating func thaw() {
            for (index, freeze) in freezes.reversed() {
                do { try freeze.thaw() } catch { blemish(index, error) }
            }
        }

        mutating func finish() throws {
            for index in runs.indices {
                if !runs[index].component.hooks.after.isEmpty {
                    do { try after(index) } catch { blemish(index, error) }
                }
                if records[index].ended == nil { records[index].ended = place.clock.now() }
                try place.catalog.update(records[index])
            }
        }

        private func after(_ index: Int) throws {
            let (hooks, record) = (runs[index].component.hooks, records[index])
            let settings = [
                "SAFEHOLD_COMPONENT=\(record.subject)", "SAFEHOLD_SET=\(stamp)",
                "SAFEHOLD_OUTCOME=\(record.outcome.rawValue)", "SAFEHOLD_SNAPSHOT=\(record.figures.snapshot ?? "")",
            ]
            try HookCommand(words: hooks.after, timeout: hooks.timeout, settings: settings).run(as: "after")
        }

        private mutating func fail(_ index: Int, _ error: any Error) {
            let failure = error.asFailure
            records[index].failure = failure
            records[index].outcome = failure.code == .interrupted ? .interrupted : .failed
            records[index].ended = place.clock.now()
        }

        /// There is a snapshot, but not all is as it should be.
        private mutating func blemish(_ index: Int, _ error: any Error) {
            records[index].failure = records[index].failure ?? error.asFailure
            if records[index].outcome == .complete { records[index].outcome = .partial }
        }
    }
}

extension Error {
    /// As a person is told of it.
    package var asFailure: Failure {
        if let failure = self as? Failure { return failure }
        return Failure(
            .internalError, "This should not have happened: \(self).",
            advice: "Please report it; nothing in the repository was overwritten.")
    }
}

extension RunRecord.Figures {
    init(_ summary: BackupSummary) {
        self.init()
        snapshot = summary.snapshot.hex
        files = summary.files
        bytes = summary.contentBytes
        bytesRead = summary.readBytes
        bytesNew = summary.newBytes
        bytesStored = summary.storedBytes
        problems = summary.problemCount
        verdict = summary.verdict?.level.name
        let sentences = summary.verdict?.sentences ?? []
        anomaly = sentences.isEmpty ? nil : sentences.joined(separator: "; ")
    }
}
