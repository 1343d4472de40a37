import Audit
import CLinux
import Catalog
import Identity
import Primitives
import Strategy

/// A drill of the strategy's calendar: of every component that it names, written down as one run.
package struct DrillRun {
    private let drill: DrillPlan
    private let job: String
    private let place: StrategyPlace
    private let intent: () -> UInt64?

    /// So many files of each component that is made of files.
    private static let sample = 1000

    /// `intent` says the number of the act in the audit log, once it has begun.
    package init(_ drill: DrillPlan, job: String, at place: StrategyPlace, intent: @escaping () -> UInt64?) {
        (self.drill, self.job, self.place, self.intent) = (drill, job, place, intent)
    }

    /// Whether the host can hold it alone: what it restores it has to open.
    package static func isPossible(_ drill: DrillPlan, _ strategy: BackupStrategy) -> Bool {
        strategy.upkeep.passphraseFile != nil || strategy.upkeep.recipientFile != nil
    }

    /// Returns the run as it ended, and the records that it left. What `admit` throws keeps it from being begun. Throws only where the catalog
    /// cannot be written.
    package func carryOut(
        due: Timestamp?, attempt: Int, observer: any OperationObserver, admit: () throws -> Void = {}
    ) throws -> (run: RunRecord, evidence: [EvidenceRecord]) {
        let record = RunRecord(
            job: job, subject: job, mode: drill.kind.rawValue, due: due, started: place.clock.now(), attempt: attempt,
            strategy: place.digest)
        var evidence: [EvidenceRecord] = []
        let run = try place.write(record, observer: observer, admit: admit) { record, listener in
            for component in components {
                let choice = TestChoice(seed: nil)
                for request in requests(for: component, choice, run: record) {
                    do { evidence.append(try test(request, choice, &record, listener)) } catch let failure as Failure
                        where failure.code != .interrupted
                    {
                        // What keeps one from being tested keeps no other.
                        listener.warning("\(component.name): \(failure.message)")
                        (record.outcome, record.failure) = (.failed, failure)
                    }
                }
            }
        }
        return (run, evidence)
    }

    private var components: [ComponentPlan] {
        place.strategy.components.filter { drill.components.isEmpty || drill.components.contains($0.name) }
    }

    private func requests(
        for component: ComponentPlan, _ choice: TestChoice, run: RunRecord
    ) -> [RestoreTest.Request] {
        // Half of what is free: others need some meanwhile.
        let free = UInt64(max(0, sh_free_bytes(place.surroundings.scratch)))
        var request = RestoreTest.Request(component: component, sample: nil, quota: free / 2, declared: run.started)
        (request.trigger, request.intent, request.kind) = ("schedule", intent(), drill.kind)
        switch drill.kind {
        case .restoreTest: request.sample = Self.sample
        case .disasterRecovery: request.scenario = choice.scenario
        case .fullSystem: break
        }
        return RecoveryDrill.requests(request, in: place.strategy)
    }

    private func test(
        _ request: RestoreTest.Request, _ choice: TestChoice, _ run: inout RunRecord, _ observer: RunObserver
    ) throws -> EvidenceRecord {
        let surroundings = place.surroundings
        let component = request.component
        let from = try RestoreTest.store(request, choice, in: place.strategy)
        let target = Target(component: component.name, store: from.store.location)
        let permits = RestoreTest.Permits(
            restore: { try surroundings.door.permit(for: RestoreAction.self, on: target) },
            verify: { try surroundings.door.permit(for: VerifyAction.self, on: target) })
        let key = try place.requireUpkeepKey(for: "A drill")
        let record = try RecoveryDrill.test(request, sample: Self.sample) { request in
            try RestoreTest.run(
                permits: permits, place: place, request: request, choice: choice, from: from, key: key,
                observer: observer)
        }
        run.figures.files += record.value("restored.files")?.count ?? 0
        run.figures.bytes += record.value("restored.bytes")?.count ?? 0
        observer.note("'\(component.name)' from '\(from.store.name)': \(record.verdict). Record \(record.id).")
        for line in record.value("deviations")?.list ?? [] { observer.warning("\(component.name): \(line.text ?? "")") }
        judge(record, component, &run)
        return record
    }

    private func judge(_ record: EvidenceRecord, _ component: ComponentPlan, _ run: inout RunRecord) {
        let faults = record.value("faults")?.list ?? []
        run.figures.problems += UInt64(faults.count)
        switch record.verdict {
        case "passed": return
        case "partial": if run.outcome == .complete { run.outcome = .partial }
        default:
            run.outcome = .failed
            run.failure = Failure(
                .restoreTestFailed,
                "The restore test of '\(component.name)' failed: \(faults.first?.text ?? "its record says why").",
                advice:
                    "'safehold drill show \(record.id)' has all of it. Keep the repository as it is; 'safehold verify --read-data' says what else is affected."
            )
        }
    }
}
