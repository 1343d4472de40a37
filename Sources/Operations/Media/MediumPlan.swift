import Primitives
import RepositoryEngine
import Storage

/// What a copy has to bring, in an order in which the medium is never wrong: a snapshot's commit comes after all that it needs, and
/// FORMAT last of all, so that a medium is taken for a repository only when it is one.
struct MediumPlan {
    /// Not on the medium yet.
    private(set) var missing: [ObjectToCopy] = []
    /// There, but in another size.
    private(set) var differing: [ObjectName] = []
    private(set) var presentCount: UInt64 = 0

    var missingBytes: UInt64 { missing.reduce(0) { $0 + $1.size } }

    /// What others refer to is listed after what refers to it, so that a backup in between harms nothing.
    private static let listedFirst = ["drops", "commits", "snapshots", "sessions"]

    init(from source: any ObjectStore, to medium: any ObjectStore) throws {
        var there: [ObjectName: UInt64] = [:]
        try medium.list(below: "") { there[$0] = UInt64(clamping: $1) }
        let wanted = try SourceFailure.marking { try Self.objects(of: source) }
        for (name, size) in wanted {
            switch there[name] {
            case nil: missing.append(ObjectToCopy(name: name, size: size))
            case size: presentCount += 1
            default: differing.append(name)
            }
        }
        missing.sort { Self.precedes($0.name, $1.name) }
        differing.sort()
    }

    private static func objects(of source: any ObjectStore) throws -> [ObjectName: UInt64] {
        var found: [ObjectName: UInt64] = [:]
        for prefix in listedFirst { try source.list(below: prefix) { found[$0] = UInt64(clamping: $1) } }
        try source.list(below: "") { name, size in
            guard !listedFirst.contains(String(name.path.prefix { $0 != "/" })), name.isValid else { return }
            found[name] = UInt64(clamping: size)
        }
        return found
    }

    /// The order of copying, and of protecting.
    static func precedes(_ x: ObjectName, _ y: ObjectName) -> Bool { (rank(x), x.path) < (rank(y), y.path) }

    private static func rank(_ name: ObjectName) -> Int {
        if name == Names.format { return 9 }
        switch name.path.prefix(while: { $0 != "/" }) {
        case "keys", "spec": return 0
        case "packs": return 1
        case "meta": return 2
        case "index": return 3
        case "sessions": return 5
        case "snapshots": return 6
        case "commits", "drops": return 7
        default: return 4
        }
    }
}
