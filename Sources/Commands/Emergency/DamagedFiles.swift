import Primitives

/// Which files a runbook is to bring back from which snapshots, as facts of its journal.
struct DamagedFiles {
    /// Paths by snapshot.
    private(set) var versions: [String: [String]] = [:]
    /// Intact in no snapshot.
    private(set) var lost: [String] = []

    /// Of components whose pages are damaged: when the newest base backup was made that has all of these as they should be. Single
    /// pages and files of a cluster do not fit to others of another moment, so all of it is recovered from there.
    private(set) var recoveries: [String: String] = [:]

    private static let fact = "version."
    private static let recoveryFact = "recover."
    private static let lostFact = "lost"
    private static let pagesFact = "pages"
    private var pages = 0

    init() {}

    /// As `facts` has them.
    init(facts: [String: String]) {
        for (name, value) in facts where name.hasPrefix(Self.fact) {
            versions[String(name.dropFirst(Self.fact.count))] = Self.list(value)
        }
        for (name, value) in facts where name.hasPrefix(Self.recoveryFact) {
            recoveries[String(name.dropFirst(Self.recoveryFact.count))] = value
        }
        pages = facts[Self.pagesFact].flatMap { Int($0) } ?? 0
        lost = Self.list(facts[Self.lostFact] ?? "[]")
    }

    /// What 'emergency scope --json' printed.
    mutating func take(_ text: String, of component: String) throws {
        for line in text.split(whereSeparator: \.isNewline) {
            let json = try JSON(parsing: Array(line.utf8))
            guard json["type"]?.text == "corruption", let path = json["path"]?.text else { continue }
            if let part = json["part"]?.text {
                guard let valid = json["last_valid_time"]?.text.flatMap(Timestamp.init(precise:)) else {
                    lost.append("\(part) of \(path)")
                    continue
                }
                pages += 1
                // In whole seconds, and not before it.
                let time = valid.later(by: .seconds(1)).description
                recoveries[component] = min(recoveries[component] ?? time, time)
            } else if let snapshot = json["last_valid"]?.text {
                versions[snapshot, default: []].append(path)
            } else {
                lost.append(path)
            }
        }
    }

    var facts: [String: String] {
        var facts: [String: String] = [:]
        for (snapshot, paths) in versions { facts[Self.fact + snapshot] = Self.text(paths) }
        for (component, time) in recoveries { facts[Self.recoveryFact + component] = time }
        if pages > 0 { facts[Self.pagesFact] = String(pages) }
        if !lost.isEmpty { facts[Self.lostFact] = Self.text(lost) }
        return facts
    }

    var words: String {
        let count = UInt64(versions.values.reduce(lost.count) { $0 + $1.count })
        let files = Text.counted(count, "damaged file", "damaged files")
        return pages == 0 ? files : "\(files) and \(Text.counted(UInt64(pages), "damaged page", "damaged pages"))"
    }

    private static func text(_ paths: [String]) -> String { JSON.list(paths.map { .text($0) }).encoded }

    private static func list(_ text: String) -> [String] {
        (try? JSON(parsing: Array(text.utf8)))?.list?.compactMap(\.text) ?? []
    }
}
