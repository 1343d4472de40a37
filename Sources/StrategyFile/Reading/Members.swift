import Yams

/// The keys of a group, each of which is known.
struct Members {
    let entry: Entry
    private var values: [String: Entry] = [:]
    private(set) var order: [String] = []
    /// False where something else stands there, which was said.
    private(set) var isGroup = true

    /// Keys that are not among `known` are problems; where `known` is nil, any name is a key.
    init(_ entry: Entry, known: [String]?, meant: String) {
        self.entry = entry
        guard case .mapping(let mapping) = entry.node else {
            if !entry.isNothing || known == nil {
                entry.problem("\(entry.kind); \(meant) is meant")
                isGroup = false
            }
            return
        }
        for (key, value) in mapping {
            let place = Entry(node: key, path: entry.path, ledger: entry.ledger)
            guard let name = place.text("a key") else { continue }
            if let known, !known.contains(name) {
                if !Secrets.isSecretName(name) {
                    place.problem("'\(Entry.clipped(name))' is not known here; \(Spelling.hint(name, among: known))")
                }
                continue
            }
            if known == nil, place.name(name) == nil { continue }
            let path = entry.path.isEmpty ? name : "\(entry.path).\(name)"
            values[name] = Entry(node: value, path: path, ledger: entry.ledger)
            entry.ledger.places[path] = (place.line, place.column)
            order.append(name)
        }
    }

    /// Nil where it is not there, or says nothing.
    subscript(name: String) -> Entry? { values[name].flatMap { $0.isNothing ? nil : $0 } }

    /// One that has to be there.
    func required(_ name: String, _ meant: String) -> Entry? {
        if let entry = self[name] { return entry }
        // What was written under names that are not known, or as something else, is said already.
        guard isGroup else { return nil }
        (values[name] ?? entry).problem("'\(name)' is missing: \(meant)")
        return nil
    }

    /// Nothing stands in it, not even something wrong.
    var isEmpty: Bool {
        if case .mapping(let mapping) = entry.node { mapping.isEmpty } else { entry.isNothing }
    }

    /// All that have a value, in the order of the file.
    var all: [(name: String, entry: Entry)] { order.compactMap { name in values[name].map { (name, $0) } } }
}

extension Entry {
    func members(_ known: [String], _ meant: String) -> Members { Members(self, known: known, meant: meant) }

    /// A group whose keys are names that somebody chose.
    func named(_ meant: String) -> Members { Members(self, known: nil, meant: meant) }
}
