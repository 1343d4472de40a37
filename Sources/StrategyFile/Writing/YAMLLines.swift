import Primitives

/// Lines of YAML: groups of keys, and texts that are quoted where they have to be.
struct YAMLLines {
    private(set) var text = ""
    private var depth = 0

    /// A group; left out where `fill` puts nothing into it.
    mutating func group(_ name: String, _ fill: (inout YAMLLines) -> Void) {
        var inner = YAMLLines()
        inner.depth = depth + 1
        fill(&inner)
        guard !inner.text.isEmpty else { return }
        text += indent + Self.scalar(name) + ":\n" + inner.text
    }

    mutating func put(_ name: String, _ value: String?) {
        if let value { text += "\(indent)\(Self.scalar(name)): \(Self.scalar(value))\n" }
    }

    mutating func put(_ name: String, _ flag: Bool) {
        text += "\(indent)\(Self.scalar(name)): \(flag ? "yes" : "no")\n"
    }

    /// A list on one line, also where it is empty.
    mutating func put(_ name: String, _ values: [String]) {
        text += "\(indent)\(Self.scalar(name)): \(Self.list(values))\n"
    }

    /// An item of a list: a group on one line.
    mutating func item(_ pairs: [(String, String)]) {
        text += indent + "- {" + pairs.map { "\($0): \($1)" }.joined(separator: ", ") + "}\n"
    }

    /// An item of a list: a group on lines of its own, not empty.
    mutating func item(_ fill: (inout YAMLLines) -> Void) {
        var inner = YAMLLines()
        inner.depth = depth + 1
        fill(&inner)
        text += indent + "- " + inner.text.dropFirst(2 * inner.depth)
    }

    private var indent: String { String(repeating: " ", count: 2 * depth) }

    static func list(_ values: [String]) -> String { "[" + values.map(scalar).joined(separator: ", ") + "]" }

    /// As it is where every reader of YAML takes that for this text, else in quotes.
    static func scalar(_ text: String) -> String {
        if isPlain(text) { return text }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !isRare($0) }) else { return escaped(text) }
        return "'" + text.replacing("'", with: "''") + "'"
    }

    private static func isPlain(_ text: String) -> Bool {
        let words = ["y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf"]
        guard let first = text.utf8.first, let last = text.utf8.last, last != 0x20, !words.contains(text.lowercased())
        else { return false }
        let isWord = (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first) || first == 0x2F
        let isCount = text.utf8.count <= 6 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isCount || isWord && text.utf8.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || " -_./@".utf8.contains(byte)
    }

    /// Not printable for YAML, or a line's end to it.
    private static func isRare(_ scalar: Unicode.Scalar) -> Bool {
        (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(scalar.value)
    }

    private static func escaped(_ text: String) -> String {
        let inner = text.escaping { scalar in
            switch scalar {
            case "\"": return "\\\""
            case "\\": return "\\\\"
            default:
                guard scalar.value < 0x20 || isRare(scalar) else { return nil }
                let digits = String(scalar.value, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return "\"\(inner)\""
    }
}
