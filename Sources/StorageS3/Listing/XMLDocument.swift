/// A reader for the little XML that S3 speaks: elements and text. Document types, entities of one's own, instructions behind the
/// first, deep nesting and everything that is not well-formed are errors: nothing that a server sends may make this grow or hang.
struct XMLDocument {
    struct Element {
        var name: String
        var text = ""
        var children: [Element] = []

        func text(of child: String) -> String? { children.first { $0.name == child }?.text }
    }

    enum Flaw: Error { case malformed }

    private static let deepest = 8
    let root: Element

    /// `bytes` is a whole document, whose length the caller has bounded.
    init(_ bytes: [UInt8]) throws {
        var scanner = XMLScanner(bytes)
        if scanner.skip("\u{FEFF}") {}
        if scanner.skip("<?xml") { try scanner.skip(through: "?>") }
        scanner.skipSpace()
        guard scanner.skip("<") else { throw Flaw.malformed }
        root = try Self.element(&scanner, depth: 1)
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw Flaw.malformed }
    }

    /// Behind the first "<" of an element.
    private static func element(_ scanner: inout XMLScanner, depth: Int) throws -> Element {
        guard depth <= deepest else { throw Flaw.malformed }
        var element = Element(name: try scanner.name())
        if try scanner.isEmptyAfterAttributes() { return element }
        while true {
            element.text += try scanner.text()
            if scanner.skip("</") {
                guard try scanner.name() == element.name else { throw Flaw.malformed }
                scanner.skipSpace()
                guard scanner.skip(">") else { throw Flaw.malformed }
                return element
            }
            guard scanner.skip("<") else { throw Flaw.malformed }
            element.children.append(try Self.element(&scanner, depth: depth + 1))
        }
    }
}

/// A place in the bytes of a document.
struct XMLScanner {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - at >= count else { return false }
        let isThere = text.withUTF8Buffer { wanted in (0..<count).allSatisfy { bytes[at + $0] == wanted[$0] } }
        if isThere { at += count }
        return isThere
    }

    mutating func skip(through text: StaticString) throws {
        while !skip(text) {
            guard !isAtEnd else { throw XMLDocument.Flaw.malformed }
            at += 1
        }
    }

    mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    mutating func name() throws -> String {
        let start = at
        while at < bytes.count, Self.isName(bytes[at]) { at += 1 }
        guard (1...64).contains(at - start) else { throw XMLDocument.Flaw.malformed }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// Attributes are read over; whether the element ends with them.
    mutating func isEmptyAfterAttributes() throws -> Bool {
        while true {
            skipSpace()
            if skip("/>") { return true }
            if skip(">") { return false }
            _ = try name()
            guard skip("=") else { throw XMLDocument.Flaw.malformed }
            if skip("\"") {
                try skip(through: "\"")
            } else if skip("'") {
                try skip(through: "'")
            } else {
                throw XMLDocument.Flaw.malformed
            }
        }
    }

    /// Up to the next "<".
    mutating func text() throws -> String {
        var out: [UInt8] = []
        while at < bytes.count, bytes[at] != UInt8(ascii: "<") {
            if bytes[at] == UInt8(ascii: "&") {
                out += try entity()
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        guard let text = String(validating: out, as: UTF8.self) else { throw XMLDocument.Flaw.malformed }
        return text
    }

    private mutating func entity() throws -> [UInt8] {
        if skip("&lt;") { return [UInt8(ascii: "<")] }
        if skip("&gt;") { return [UInt8(ascii: ">")] }
        if skip("&amp;") { return [UInt8(ascii: "&")] }
        if skip("&quot;") { return [UInt8(ascii: "\"")] }
        if skip("&apos;") { return [UInt8(ascii: "'")] }
        let isHexadecimal = skip("&#x")
        guard isHexadecimal || skip("&#") else { throw XMLDocument.Flaw.malformed }
        let digits = bytes[at...].prefix(9).prefix { $0 != UInt8(ascii: ";") }
        guard digits.count <= 8, let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10),
            let scalar = Unicode.Scalar(value), value != 0
        else { throw XMLDocument.Flaw.malformed }
        at += digits.count
        guard skip(";") else { throw XMLDocument.Flaw.malformed }
        return Array(String(scalar).utf8)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
