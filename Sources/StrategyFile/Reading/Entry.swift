import Strategy
import Yams

/// A part of the file, and the way to it. What is asked of it that it is not becomes a problem, and nil.
struct Entry {
    let node: Node
    let path: String
    let ledger: Ledger

    var line: Int { node.mark?.line ?? 1 }
    var column: Int { node.mark?.column ?? 1 }

    func problem(_ text: String) {
        ledger.add(StrategyProblem(line: line, column: column, path: path, text: text))
    }

    func warn(_ text: String) {
        ledger.warn(StrategyProblem(line: line, column: column, path: path, text: text))
    }

    /// Nothing stands there, or a word that YAML has for nothing.
    var isNothing: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    var isEmptyList: Bool { if case .sequence(let sequence) = node { sequence.isEmpty } else { false } }

    var isText: Bool { if case .scalar = node { true } else { false } }

    var isGroup: Bool { if case .mapping = node { true } else { false } }

    /// What it is instead of what was meant.
    var kind: String {
        if isNothing { return "says nothing" }
        switch node {
        case .scalar(let scalar): return "is the text '\(Self.clipped(scalar.string))'"
        case .sequence: return "is a list"
        case .mapping: return "is a group of keys"
        case .alias: return "is an alias"
        }
    }

    static func clipped(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 60 ? line : line.prefix(57) + "…"
    }

    /// As it stands there: `no` and `012` are texts, whatever YAML makes of them elsewhere.
    func text(_ meant: String = "a text") -> String? {
        guard case .scalar(let scalar) = node, !isNothing else {
            problem("\(kind); \(meant) is meant")
            return nil
        }
        return scalar.string
    }

    /// One of `words`.
    func word<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> Word? where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        guard let text = text("one of \(words.joined(separator: ", "))") else { return nil }
        guard let word = Word(rawValue: text) else {
            problem("'\(Self.clipped(text))' is not known; \(Spelling.hint(text, among: words))")
            return nil
        }
        return word
    }

    func flag() -> Bool? {
        guard let text = text("'yes' or 'no'") else { return nil }
        switch text.lowercased() {
        case "yes", "true": return true
        case "no", "false": return false
        default:
            problem("is '\(Self.clipped(text))'; 'yes' or 'no' is meant")
            return nil
        }
    }

    func count() -> Int? {
        guard let text = text("a number such as 7") else { return nil }
        guard let count = Int(text), String(count) == text, (0...100_000).contains(count) else {
            problem("is '\(Self.clipped(text))'; a whole number from 0 on is meant, such as 7")
            return nil
        }
        return count
    }

    func duration() -> Duration? {
        guard let text = text("a length of time such as '4h'") else { return nil }
        do { return try DurationText.parse(text) } catch {
            problem("'\(Self.clipped(text))' \(error.text)")
            return nil
        }
    }

    func schedule() -> Schedule? {
        guard let text = text("a schedule such as 'every 4h'") else { return nil }
        do { return try Schedule(parsing: text) } catch {
            problem("'\(Self.clipped(text))' \(error.text)")
            return nil
        }
    }

    /// A name that files and messages can bear.
    func name(_ text: String) -> String? {
        guard Self.isName(text) else {
            problem("'\(Self.clipped(text))' is no name; lower-case letters, digits, '-' and '_' make one, 64 at most")
            return nil
        }
        return text
    }

    static func isName(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
        }
        return !text.isEmpty && text.utf8.count <= 64 && text.utf8.first != 0x2D && text.utf8.allSatisfy(isPlain)
    }

    /// A list; one text alone stands for a list of it.
    func items(_ meant: String = "a list such as [one, two]") -> [Entry] {
        switch node {
        case .sequence(let sequence):
            let items = sequence.enumerated().map { Entry(node: $1, path: "\(path)[\($0 + 1)]", ledger: ledger) }
            for item in items { ledger.places[item.path] = (item.line, item.column) }
            return items
        case .scalar where !isNothing: return [self]
        default:
            problem("\(kind); \(meant) is meant")
            return []
        }
    }

    func texts(_ meant: String = "a list of texts such as [one, two]") -> [String] {
        items(meant).compactMap { $0.text() }
    }

    /// A program and its arguments.
    func command() -> [String] {
        guard case .sequence = node else {
            problem(
                "\(kind); a command is a list of its words, such as [pg_dump, --file, /srv/dump] (no shell reads it)")
            return []
        }
        let words = texts()
        if words.first?.isEmpty ?? true {
            problem("names no program; the first word of a command is one, such as [sync]")
        }
        return words
    }
}
