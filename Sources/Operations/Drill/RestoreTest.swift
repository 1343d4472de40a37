import Glibc
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// Restores a component, or a sample of it, into scratch space, and proves that it is what was backed up (VER-2).
package enum RestoreTest {
    package struct Request: Sendable {
        package var component: ComponentPlan
        /// Which copy; nil for one by the seed.
        package var store: StorePlan?
        /// Which snapshot; nil for one by the seed.
        package var age: TestChoice.Age?
        /// So many files; nil for all. What is made of streams is always tested whole.
        package var sample: Int?
        package var seed: String?
        /// So many bytes of scratch space at most.
        package var quota: UInt64
        /// Who looked on.
        package var observer: String?
        /// What the strategy calls its reason: "schedule", "person" or a drill's id.
        package var trigger = "person"
        package var programs: String?
        package var kind = DrillPlan.Kind.restoreTest
        /// What a drill supposes to be lost.
        package var scenario: DrillScenario?
        /// Why it is less than was wanted.
        package var shortOf: String?
        /// When somebody said that it begins.
        package var declared: Timestamp
        /// Of the intent in the audit log.
        package var intent: UInt64?

        package init(component: ComponentPlan, sample: Int?, quota: UInt64, declared: Timestamp) {
            (self.component, self.sample, self.quota, self.declared) = (component, sample, quota, declared)
        }
    }

    /// What the test needs leave for: to restore, and to verify.
    package struct Permits {
        package var restore: () throws -> Permit<RestoreAction>
        package var verify: () throws -> Permit<VerifyAction>

        package init(
            restore: @escaping () throws -> Permit<RestoreAction>,
            verify: @escaping () throws -> Permit<VerifyAction>
        ) {
            (self.restore, self.verify) = (restore, verify)
        }
    }

    /// The store and how it came to be chosen.
    package static func store(_ request: Request, _ choice: TestChoice, in strategy: BackupStrategy) throws -> (
        store: StorePlan, rule: String
    ) {
        if let store = request.store { return (store, "named") }
        if let scenario = request.scenario { return try scenario.store(of: request.component, in: strategy, choice) }
        return try choice.store(of: request.component, in: strategy)
    }

    /// Returns the record, which is kept. A test that fails has a record as well. Throws where there is nothing to test, or nobody may.
    package static func run(
        permits: Permits, place: StrategyPlace, request: Request, choice: TestChoice,
        from store: (store: StorePlan, rule: String), key: KeySource, observer: any OperationObserver
    ) throws -> EvidenceRecord {
        let surroundings = place.surroundings
        let clock = TestClock(surroundings.clock, beside: observer)
        for left in ScratchFolder.sweep(below: surroundings.scratch) {
            observer.warning("\(left) was left by a recovery or a test that was killed. It was removed.")
        }
        let started = surroundings.clock.now()
        let repository = try place.open(store.store)
        let opener = try repository.unlock(key, terminal: surroundings.terminal)
        try opener.requireContent()
        let opened = try OpenedRepository(permit: try permits.restore(), repository: repository, opener: opener)
        var trial = try RestoreTrial(
            request: request, place: place, store: store, choice: choice, opened: opened, key: key, clock: clock)
        trial.started = started
        try trial.carryOut(permits)
        let record = try trial.record()
        try EvidenceBook(surroundings.hostState).add(record)
        return record
    }
}
