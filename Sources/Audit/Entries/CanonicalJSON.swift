import Primitives

/// JSON in the one form that RFC 8785 leaves: members in the order of their names, nothing between tokens, each character escaped only where it has to be.
/// Whole numbers up to 2^53 only; entries hold no others.
package enum CanonicalJSON {
    package static func bytes(_ value: JSON) -> [UInt8] {
        var text = ""
        write(value, to: &text)
        return Array(text.utf8)
    }

    private static func write(_ value: JSON, to text: inout String) {
        switch value {
        case .text(let value): text += "\"" + escaped(value) + "\""
        case .number(let value): text += String(value)
        case .count(let value): text += String(value)
        case .flag(let value): text += value ? "true" : "false"
        case .null: text += "null"
        case .decimal: preconditionFailure("an entry holds whole numbers only")
        case .list(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                write(value, to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            // Names are ASCII, so the order of their bytes is that of their UTF-16 units.
            let sorted = members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { text += "," }
                text += "\"" + escaped(member.name) + "\":"
                write(member.value, to: &text)
            }
            text += "}"
        }
    }

    /// RFC 8785, 3.2.2.2.
    static func escaped(_ text: String) -> String {
        text.escaping { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{8}": "\\b"
            case "\t": "\\t"
            case "\n": "\\n"
            case "\u{C}": "\\f"
            case "\r": "\\r"
            default: scalar.value < 0x20 ? "\\u00" + Hex.encode([UInt8(scalar.value)]) : nil
            }
        }
    }
}
