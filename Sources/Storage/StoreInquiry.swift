import Primitives

/// A store that can be asked how it is reached and set up, and that can be set up better.
package protocol StoreInquiry: Sendable {
    func facts() throws -> StoreFacts
    /// The store's own time.
    func now() throws -> Timestamp
    /// Writes what does not fit the checksum that is sent along, for each kind of checksum. `name` is free, and may be taken afterwards.
    func checksums(tryingAt name: ObjectName) throws -> [StoreFacts.Checksum]
    /// How the store is set up, beside how it should be. `scratch` is a free name, to try whether it can be removed.
    func judge(_ wanted: StoreExpectation, tryingAt scratch: ObjectName) throws -> [StoreFinding]
    /// What would have to be changed, in the order in which it has to be done.
    func plan(_ wanted: StoreExpectation) throws -> [StoreChange]
    /// What its own access log, or a piece of it, says.
    func log(_ bytes: [UInt8]) -> StoreLog
    /// Under which names its log knows what is here.
    var place: (bucket: String, prefix: String) { get }
    /// Makes the place itself, able to lock.
    func create() throws
}

/// What a store says of itself.
package struct StoreFacts: Sendable, Equatable {
    package enum Versions: String, Sendable { case off, on, suspended }

    /// What makes that a name which is taken stays as it is.
    package enum TakenNames: String, Sendable {
        case fileSystem = "file-system"
        case firstVersion = "first-version"
        case condition
        case nothing
        /// Nobody has tried yet.
        case untried
    }

    package struct Retention: Sendable, Equatable {
        package var mode: String
        package var days: Int
        package init(mode: String, days: Int) { (self.mode, self.days) = (mode, days) }
    }

    /// Whether the store refuses bytes that do not fit a checksum.
    package struct Checksum: Sendable, Equatable {
        package var kind: String
        package var isChecked: Bool
        package init(kind: String, isChecked: Bool) { (self.kind, self.isChecked) = (kind, isChecked) }
    }

    package var kind: String
    /// "TLS 1.3"; nil where nothing is encrypted, or nothing goes over a network.
    package var encryption: String?
    package var takesHybridKeyExchange: Bool?
    /// Nil where there is no such thing.
    package var versions: Versions?
    package var locks = false
    package var defaultRetention: Retention?
    package var takenNames = TakenNames.untried
    package var requests: UInt64?
    package var requestsAtOnce: Int?

    package init(kind: String) { self.kind = kind }
}

/// What a repository wants of its store.
package struct StoreExpectation: Sendable, Equatable {
    /// From the signed policy of locks; nil where nothing is locked by us.
    package var locks: Locks?
    /// Whoever only writes, as the store's policies name him.
    package var writers: [String] = []
    /// Whether the credentials in use are an administrator's, who may remove.
    package var isAdministrator = false
    /// Where access logs go; nil leaves them as they are.
    package var logBucket: String?

    package struct Locks: Sendable, Equatable {
        package var mode: String
        package var minimumDays: UInt32
        package var maximumDays: UInt32
        package init(mode: String, minimumDays: UInt32, maximumDays: UInt32) {
            (self.mode, self.minimumDays, self.maximumDays) = (mode, minimumDays, maximumDays)
        }
    }

    package init() {}
}

/// One thing that was asked of a store, and what is to be thought of the answer.
package struct StoreFinding: Sendable, Equatable {
    package enum Verdict: String, Sendable { case good, bad, unknown }

    package var topic: String
    package var verdict: Verdict
    package var reason: String
    /// Commands that mend it, ours first.
    package var mends: [String] = []

    package init(_ topic: String, _ verdict: Verdict, _ reason: String, mends: [String] = []) {
        (self.topic, self.verdict, self.reason, self.mends) = (topic, verdict, reason, mends)
    }
}

/// One request that sets a store up.
package struct StoreChange: Sendable {
    package var topic: String
    package var words: String
    /// What is sent.
    package var request: String
    package var apply: @Sendable () throws -> Void

    package init(_ topic: String, _ words: String, request: String, apply: @escaping @Sendable () throws -> Void) {
        (self.topic, self.words, self.request, self.apply) = (topic, words, request, apply)
    }
}
