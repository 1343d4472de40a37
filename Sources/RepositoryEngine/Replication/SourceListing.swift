import Primitives
import Storage

/// What lies at the source. The order in which it is listed is what makes a copy whole (docs/decisions/0014): a session's end before
/// commits, so that every end that is seen has its commit among those that are seen; commits before all else, so that whatever they
/// rely on was there when it is listed.
struct SourceListing {
    typealias Objects = [(name: ObjectName, size: Int64)]

    private(set) var ends: Objects = []
    private(set) var commits: Objects = []
    private(set) var snapshots: Objects = []
    /// Marks and manifests, without the ends.
    private(set) var sessions: Objects = []
    private(set) var keys: Objects = []
    private(set) var specification: Objects = []
    /// Legal holds, how long what is written is locked, checkpoints of audit logs, and what a copy noted of collections that it did not follow.
    private(set) var rules: Objects = []
    private(set) var index: Objects = []
    private(set) var packs: Objects = []
    let repository: Repository

    static let areas = [
        "spec", "keys", "packs", "meta", "index", "sessions", "snapshots", "commits", "drops", "sweeps", "holds",
        "locks", "audit", "unfollowed",
    ]

    init(_ source: any ObjectStore, checked: CheckedRecords = CheckedRecords()) throws {
        ends = try Self.list("sessions", source).filter { $0.name.lastComponent == "end" }
        commits = try Self.list(Names.commits, source)
        snapshots = try Self.list(Names.snapshots, source)
        sessions = try Self.list("sessions", source).filter { $0.name.lastComponent != "end" }
        // Only now, so that it knows whoever wrote these.
        var repository = try Repository.open(source)
        repository.checked = checked
        self.repository = repository
        keys = try Self.list("keys", source)
        specification = try Self.list("spec", source)
        rules = try [Names.locks, Names.holds, Names.audit, Names.unfollowed].flatMap { try Self.list($0, source) }
        try listPacks(source)
    }

    /// What is there now.
    mutating func listPacks(_ source: any ObjectStore) throws {
        index = try Self.list("index", source)
        packs = try Self.list("meta", source) + Self.list("packs", source)
    }

    static func list(_ prefix: String, _ store: any ObjectStore) throws -> Objects {
        var objects: Objects = []
        try store.list(below: prefix) { objects.append(($0, $1)) }
        return objects.sorted { $0.name < $1.name }
    }

    /// Records that are not named by their digests: where both stores have one, it must be the same.
    var comparable: Objects {
        (keys + rules + sessions + ends + snapshots + commits).filter { Digest32(hex: $0.name.lastComponent) == nil }
    }

    var hashed: Objects {
        (keys + specification + rules + index + packs).filter { Digest32(hex: $0.name.lastComponent) != nil }
    }
}

extension ObjectName {
    /// Whether snapshots may need it; an index can be made anew.
    var isPack: Bool { path.hasPrefix("packs/") || path.hasPrefix("meta/") }

    /// Whose it is, of what lies below a writer's id.
    var writer: WriterID? {
        let parts = path.split(separator: "/", maxSplits: 2)
        return parts.count > 1 ? WriterID(hex: parts[1]) : nil
    }
}
