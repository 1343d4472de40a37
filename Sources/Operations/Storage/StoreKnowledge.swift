import Primitives
import Storage

/// What a store says of itself, as a person is shown it.
package struct StoreKnowledge: Sendable, Equatable {
    /// What makes that a name which is taken stays as it is.
    package enum TakenNames: String, Sendable, CaseIterable {
        case fileSystem = "file-system"
        case firstVersion = "first-version"
        case condition, nothing, untried
    }

    package var kind: String
    package var encryption: String?
    package var takesHybridKeyExchange: Bool?
    /// "on", "off" or "suspended"; nil where there is no such thing.
    package var versions: String?
    package var locks: Bool
    package var defaultRetentionMode: String?
    package var defaultRetentionDays: UInt64?
    package var takenNames: TakenNames
    package var requests: UInt64?
    package var requestsAtOnce: UInt64?

    init(_ facts: StoreFacts) {
        kind = facts.kind
        (encryption, takesHybridKeyExchange) = (facts.encryption, facts.takesHybridKeyExchange)
        (versions, locks) = (facts.versions?.rawValue, facts.locks)
        defaultRetentionMode = facts.defaultRetention?.mode
        defaultRetentionDays = facts.defaultRetention.map { UInt64(max(0, $0.days)) }
        takenNames = TakenNames(rawValue: facts.takenNames.rawValue) ?? .untried
        (requests, requestsAtOnce) = (facts.requests, facts.requestsAtOnce.map { UInt64(max(0, $0)) })
    }
}
