/// A JSON value whose members keep their order (RFC 8259).
package enum JSON: Sendable, Equatable {
    case text(String)
    case number(Int64)
    case count(UInt64)
    case decimal(Double)
    case flag(Bool)
    case list([JSON])
    case object([Member])
    case null

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSON

        package init(name: String, value: JSON) { (self.name, self.value) = (name, value) }
    }

    /// The value on one line.
    package var encoded: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .text(let value): Self.quote(value, to: &text)
        case .number(let value): text += String(value)
        case .count(let value): text += String(value)
        case .decimal(let value): text += value.isFinite ? Self.rounded(value) : "null"
        case .flag(let value): text += value ? "true" : "false"
        case .null: text += "null"
        case .list(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.quote(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    /// Three digits behind the point, which is what seconds and ratios need.
    private static func rounded(_ value: Double) -> String {
        let thousandths = (value * 1000).rounded()
        return abs(thousandths) < 1e15 ? String(thousandths / 1000) : String(value)
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        text += value.escaping { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: scalar.value < 0x20 || scalar.value == 0x7F ? "\\u00" + Hex.encode([UInt8(scalar.value)]) : nil
            }
        }
        text += "\""
    }
}

/// Builds an object member by member; members without a value are left out.
package struct JSONObject: Sendable {
    package private(set) var members: [JSON.Member] = []

    package init() {}

    package var value: JSON { .object(members) }

    /// All members of another one behind these.
    package mutating func append(_ other: JSONObject) { members += other.members }

    package mutating func set(_ name: String, _ value: JSON?) {
        if let value { members.append(JSON.Member(name: name, value: value)) }
    }

    package mutating func set(_ name: String, _ value: String?) { set(name, value.map { .text($0) }) }
    package mutating func set(_ name: String, _ value: UInt64?) { set(name, value.map { .count($0) }) }
    package mutating func set(_ name: String, _ value: Bool?) { set(name, value.map { .flag($0) }) }
    package mutating func set(_ name: String, _ value: [String]) { set(name, .list(value.map { .text($0) })) }
    package mutating func set(_ name: String, _ time: Timestamp) { set(name, time.preciseDescription) }
    package mutating func set(_ name: String, seconds: Double) { set(name, .decimal(seconds)) }

    /// A path, and its bytes as well where they are not UTF-8.
    package mutating func set(_ name: String, path: [UInt8]) {
        let text = String(decoding: path, as: UTF8.self)
        set(name, text)
        if !text.utf8.elementsEqual(path) { set(name + "_base64", Base64.encode(path)) }
    }
}

/// RFC 4648, section 4.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = Array(group) + [UInt8](repeating: 0, count: 3 - group.count)
            let word = UInt32(padded[0]) << 16 | UInt32(padded[1]) << 8 | UInt32(padded[2])
            for digit in 0..<4 {
                out.append(
                    digit <= group.count ? alphabet[Int(word >> (18 - 6 * UInt32(digit)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
