import Primitives
import Storage

/// Everything that a bucket was asked about itself.
struct BucketFacts: Sendable, Equatable {
    struct PublicBlock: Sendable, Equatable {
        /// Of the four switches, those that are off.
        var open: [String]
        static let names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    }

    /// What became of the names that were listed.
    struct Names: Sendable, Equatable {
        var all = 0
        /// Names under which something else was put later.
        var overwritten: [String] = []
        /// Names that a delete marker lies over.
        var marked: [String] = []

        mutating func add(_ history: NameHistory) {
            all += 1
            if history.isMarked { marked.append(history.key) }
            if history.differs { overwritten.append(history.key) }
        }
    }

    var bucket: String
    /// Of our keys, with a slash at its end; empty for the whole bucket.
    var prefix: String
    var isEncrypted: Bool
    var versions: Asked<Versioning?> = .unknown("it was not asked")
    var lock: Asked<LockConfiguration?> = .unknown("it was not asked")
    /// The bucket that access logs go to.
    var logging: Asked<String?> = .unknown("it was not asked")
    var publicBlock: Asked<PublicBlock?> = .unknown("it was not asked")
    /// Groups that the access list of the bucket lets in.
    var publicGrants: Asked<[String]?> = .unknown("it was not asked")
    var encryption: Asked<String?> = .unknown("it was not asked")
    var policy: Asked<PolicyDocument?> = .unknown("it was not asked")
    var lifecycle: Asked<[LifecycleRule]?> = .unknown("it was not asked")
    /// Where copies go.
    var replication: Asked<[String]?> = .unknown("it was not asked")
    var names: Asked<Names?> = .unknown("it was not asked")
    var mayRemove: Asked<Bool?> = .unknown("it was not tried")

    init(bucket: String, prefix: String, isEncrypted: Bool) {
        (self.bucket, self.prefix, self.isEncrypted) = (bucket, prefix, isEncrypted)
    }
}

/// The versions of one name, as far as they were listed.
struct NameHistory {
    let key: String
    private(set) var isMarked = false
    /// Two writers of the same bytes change nothing.
    private(set) var differs = false
    private var newest: VersionsPage.Content?

    init(key: String) { self.key = key }

    /// Nil for a delete marker.
    mutating func add(_ content: VersionsPage.Content?) {
        guard let content else {
            isMarked = true
            return
        }
        if let newest, newest != content { differs = true }
        newest = newest ?? content
    }
}
