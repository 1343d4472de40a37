import Identity
import Primitives
import RepositoryEngine
import Storage

/// How a store is set up, beside how it should be for what lies in it.
package enum StoreCheck {
    package struct Line: Sendable {
        package enum Verdict: String, Sendable, CaseIterable { case good, bad, unknown }
        package var topic: String
        package var verdict: Verdict
        package var reason: String
        package var mends: [String]
    }

    /// What a person says of the store's users.
    package struct Wishes: Sendable {
        package var writers: [String] = []
        package var isAdministrator = false
        package var logBucket: String?
        package init() {}
    }

    /// Asks only, but for one small object that is written and removed.
    package static func run(permit: consuming Permit<StorageAction>, store opened: any ObjectStore, wishes: Wishes)
        throws -> [Line]
    {
        let store = (opened as? ReadAheadStore)?.base ?? opened
        let scratch = ObjectName("check-" + SealedObjectID.random().hex.prefix(16))
        return try inquiry(of: store).judge(try expectation(store, wishes), tryingAt: scratch).map {
            Line(
                topic: $0.topic, verdict: Line.Verdict(rawValue: $0.verdict.rawValue) ?? .unknown, reason: $0.reason,
                mends: $0.mends)
        }
    }

    static func inquiry(of store: any ObjectStore) throws -> any StoreInquiry {
        if let inquiry = store.inquiry { return inquiry }
        throw Failure(
            .usage, "\(store.location) is no bucket: there is nothing to ask it.",
            advice: "'safehold doctor' looks at directories, and 'safehold storage probe' tries them.")
    }

    /// With the signed locks of the repository that lies there, if one does.
    static func expectation(_ store: any ObjectStore, _ wishes: Wishes) throws -> StoreExpectation {
        var wanted = StoreExpectation()
        (wanted.writers, wanted.isAdministrator) = (wishes.writers, wishes.isAdministrator)
        wanted.logBucket = wishes.logBucket
        guard try store.size(of: ObjectName("FORMAT")) != nil else { return wanted }
        if let policy = try LockPolicyRecord.inForce(in: try Repository.open(store))?.policy {
            wanted.locks = .init(
                mode: policy.mode.rawValue, minimumDays: policy.minimumDays, maximumDays: policy.maximumDays)
        }
        return wanted
    }
}

/// Sets a store up as it should be. Shows what it would do before it does it.
package enum StoreSetup {
    package struct Step: Sendable {
        package var topic: String
        package var words: String
        package var request: String
        /// Nil before it was asked for; else what became of it.
        package var problem: Failure?
        package var isDone = false
    }

    /// Changes nothing.
    package static func plan(
        permit: consuming Permit<StorageAction>, store opened: any ObjectStore, wishes: StoreCheck.Wishes
    ) throws -> [Step] {
        try changes(opened, wishes).map { Step(topic: $0.topic, words: $0.words, request: $0.request) }
    }

    /// Goes on after what the server refuses: the rest is better than nothing. What it took is asked for again.
    package static func apply(
        permit: consuming Permit<StorageAction>, store opened: any ObjectStore, wishes: StoreCheck.Wishes,
        creating: Bool
    ) throws -> [Step] {
        let store = (opened as? ReadAheadStore)?.base ?? opened
        if creating { try StoreCheck.inquiry(of: store).create() }
        var steps: [Step] = []
        for change in try changes(store, wishes) {
            var step = Step(topic: change.topic, words: change.words, request: change.request)
            do { try change.apply() } catch let failure as Failure { step.problem = failure }
            steps.append(step)
        }
        let left = Set(try changes(store, wishes).map(\.topic))
        for index in steps.indices where steps[index].problem == nil {
            steps[index].isDone = !left.contains(steps[index].topic)
            if !steps[index].isDone { steps[index].problem = notKept(steps[index].topic, store.location) }
        }
        return steps
    }

    private static func changes(_ opened: any ObjectStore, _ wishes: StoreCheck.Wishes) throws -> [StoreChange] {
        let store = (opened as? ReadAheadStore)?.base ?? opened
        return try StoreCheck.inquiry(of: store).plan(try StoreCheck.expectation(store, wishes))
    }

    private static func notKept(_ topic: String, _ location: String) -> Failure {
        Failure(
            .storageMisconfigured, "\(location) took a change of '\(topic)' and does not have it.",
            advice: "Look it up in the server's documentation, or ask whoever keeps the server.")
    }
}
