/// Reading (RFC 8259), strictly: one value and nothing behind it, names and texts in UTF-8, no depth that a call stack would not bear.
extension JSON {
    private static let mostDepth = 64

    package init(parsing bytes: some Sequence<UInt8>) throws(EncodingError) {
        var reader = JSONReader(Array(bytes))
        self = try reader.value(depth: Self.mostDepth)
        try reader.end()
    }

    /// A member of an object; nil where it is none, or has none of that name.
    package subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
    package var list: [JSON]? { if case .list(let values) = self { values } else { nil } }
    /// A whole number that is not below zero.
    package var count: UInt64? {
        switch self {
        case .count(let value): value
        case .number(let value): UInt64(exactly: value)
        default: nil
        }
    }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
    }

    private func nonsense(_ what: String) -> EncodingError { EncodingError("is no JSON: \(what) at byte \(at)") }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func need(_ byte: UInt8) throws(EncodingError) {
        skipSpace()
        guard take(byte) else { throw nonsense("'\(Character(UnicodeScalar(byte)))' is missing") }
    }

    mutating func end() throws(EncodingError) {
        skipSpace()
        if next != nil { throw nonsense("something stands behind its end") }
    }

    mutating func value(depth: Int) throws(EncodingError) -> JSON {
        guard depth > 0 else { throw nonsense("it is too deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(EncodingError) -> JSON {
        let expected = Array("\(word)".utf8)
        guard bytes[at...].starts(with: expected) else { throw nonsense("an unknown word stands") }
        at += expected.count
        return value
    }

    private mutating func object(_ depth: Int) throws(EncodingError) -> JSON {
        var members: [JSON.Member] = []
        at += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            let name = try text()
            try need(UInt8(ascii: ":"))
            members.append(JSON.Member(name: name, value: try value(depth: depth - 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        try need(UInt8(ascii: "}"))
        return .object(members)
    }

    private mutating func list(_ depth: Int) throws(EncodingError) -> JSON {
        var values: [JSON] = []
        at += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .list([]) }
        repeat {
            values.append(try value(depth: depth - 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        try need(UInt8(ascii: "]"))
        return .list(values)
    }

    /// An optional minus sign, digits without a needless zero in front, and maybe a fraction and an exponent (RFC 8259, section 6).
    private mutating func number() throws(EncodingError) -> JSON {
        let start = at
        let isBelowZero = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            try digits()
            isWhole = false
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try digits()
            isWhole = false
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, !isBelowZero, let value = UInt64(text) { return .count(value) }
        if isWhole, isBelowZero, let value = Int64(text) { return .number(value) }
        guard let value = Double(text), value.isFinite else { throw nonsense("a number is too large") }
        return .decimal(value)
    }

    private mutating func digits() throws(EncodingError) {
        let start = at
        while let byte = next, isDigit(byte) { at += 1 }
        if at == start { throw nonsense("a value is missing") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private mutating func text() throws(EncodingError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw nonsense("a text is missing") }
        var out: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else { throw nonsense("a text is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &out)
            case 0..<0x20: throw nonsense("a control character stands in a text")
            default: out.append(byte)
            }
        }
        throw nonsense("a text does not end")
    }

    private mutating func escape(into out: inout [UInt8]) throws(EncodingError) {
        guard let byte = next else { throw nonsense("a text does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "u"):
            var unit = UInt32(try unit())
            if unit & 0xFC00 == 0xD800 {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                    throw nonsense("half a character stands")
                }
                let low = UInt32(try self.unit())
                guard low & 0xFC00 == 0xDC00 else { throw nonsense("half a character stands") }
                unit = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = UnicodeScalar(unit) else { throw nonsense("half a character stands") }
            out.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw nonsense("an unknown escape stands")
        }
    }

    private mutating func unit() throws(EncodingError) -> UInt16 {
        guard at + 4 <= bytes.count,
            bytes[at..<at + 4].allSatisfy({ isDigit($0) || (0x61...0x66).contains($0 | 0x20) }),
            let value = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw nonsense("four hexadecimal digits are missing") }
        at += 4
        return value
    }
}
