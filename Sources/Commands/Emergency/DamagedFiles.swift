import Primitives

/// Which files a runbook is to bring back from which snapshots, as facts of its journal.
struct DamagedFiles {
    /// Paths by snapshot.
    private(set) var versions: [String: [String]] = [:]
    /// Intact in no snapshot.
    private(set) var lost: [String] = []

    private static let fact = "version."
    private static let lostFact = "lost"

    init() {}

    /// As `facts` has them.
    init(facts: [String: String]) {
        for (name, value) in facts where name.hasPrefix(Self.fact) {
            versions[String(name.dropFirst(Self.fact.count))] = Self.list(value)
        }
        lost = Self.list(facts[Self.lostFact] ?? "[]")
    }

    /// What 'emergency scope --json' printed.
    mutating func take(_ text: String) throws {
        for line in text.split(whereSeparator: \.isNewline) {
            let json = try JSON(parsing: Array(line.utf8))
            guard json["type"]?.text == "corruption", let path = json["path"]?.text else { continue }
            if let snapshot = json["last_valid"]?.text {
                versions[snapshot, default: []].append(path)
            } else {
                lost.append(path)
            }
        }
    }

    var facts: [String: String] {
        var facts: [String: String] = [:]
        for (snapshot, paths) in versions { facts[Self.fact + snapshot] = Self.text(paths) }
        if !lost.isEmpty { facts[Self.lostFact] = Self.text(lost) }
        return facts
    }

    var words: String {
        let count = UInt64(versions.values.reduce(lost.count) { $0 + $1.count })
        return Text.counted(count, "damaged file", "damaged files")
    }

    private static func text(_ paths: [String]) -> String { JSON.list(paths.map { .text($0) }).encoded }

    private static func list(_ text: String) -> [String] {
        (try? JSON(parsing: Array(text.utf8)))?.list?.compactMap(\.text) ?? []
    }
}
