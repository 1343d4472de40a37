/// One line of `name = value; name = value`: what people read and write as easily as a program, which reads it strictly. Values hold
/// no semicolon, no line break and no other control character, and neither begin nor end with a space.
package struct RecordLine: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(parsing line: some StringProtocol) throws(EncodingError) {
        for part in line.split(separator: ";", omittingEmptySubsequences: false) {
            guard let sign = part.firstIndex(of: "=") else {
                throw EncodingError("has '\(Self.trimmed(part))' where 'name = value' is wanted")
            }
            let (name, value) = (Self.trimmed(part[..<sign]), Self.trimmed(part[part.index(after: sign)...]))
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isAllowedInNames) else {
                throw EncodingError("has the name '\(name)'; names are lower-case letters, digits and '-'")
            }
            guard self[name] == nil else { throw EncodingError("says '\(name)' twice") }
            guard Self.isAllowed(value) else { throw EncodingError("has no usable value for '\(name)'") }
            fields.append(Field(name: name, value: value))
        }
    }

    package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Adds a field; what has no value is left out.
    package mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        precondition(Self.isAllowed(value) && self[name] == nil, "a value of a line was not looked at before")
        fields.append(Field(name: name, value: value))
    }

    package var encoded: String { fields.map { "\($0.name) = \($0.value)" }.joined(separator: "; ") }

    /// Whether a line can hold this value.
    package static func isAllowed(_ value: String) -> Bool {
        !value.isEmpty && value == trimmed(value[...])
            && value.unicodeScalars.allSatisfy {
                $0 != ";" && $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
                    && !(0x2028...0x202E).contains($0.value) && !(0x2066...0x2069).contains($0.value)
            }
    }

    private static func isAllowedInNames(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
