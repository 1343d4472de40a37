import Primitives

/// A text with signatures below it (C2SP signed-note v1.0.0).
package struct SignedNote: Sendable, Equatable {
    package struct Signature: Sendable, Equatable {
        package var name: NoteName
        package var keyID: UInt32
        /// What follows the key's id.
        package var bytes: [UInt8]

        package init(name: NoteName, keyID: UInt32, bytes: [UInt8]) {
            (self.name, self.keyID, self.bytes) = (name, keyID, bytes)
        }

        /// `— name base64`, with the end of the line.
        package var line: String {
            let id = withUnsafeBytes(of: keyID.bigEndian) { Array($0) }
            return "\u{2014} \(name) " + NoteText.base64(id + bytes) + "\n"
        }
    }

    /// Ends with a newline; these bytes are what is signed.
    package private(set) var text: [UInt8]
    package var signatures: [Signature]

    /// More than sixteen signatures of the largest kind.
    package static let largest = 256 << 10
    static let mostSignatures = 64

    /// The text is one that a note can have: UTF-8, no control character but newlines, one of them at its end.
    package init(text: [UInt8], signatures: [Signature] = []) throws(EncodingError) {
        guard Self.isText(text) else { throw EncodingError("has a text that no note can have") }
        (self.text, self.signatures) = (text, signatures)
    }

    package init(parsing bytes: [UInt8]) throws(EncodingError) {
        guard bytes.count <= Self.largest else { throw EncodingError("is larger than \(Self.largest) bytes") }
        guard Self.isText(bytes) else { throw EncodingError("is not text as notes have it") }
        guard let blank = Self.lastBlankLine(bytes) else { throw EncodingError("has no blank line before signatures") }
        try self.init(
            text: Array(bytes[..<blank]), signatures: Self.signatures(Array(bytes[(blank + 1)...])))
    }

    /// Lines of signatures alone, at least one: what a witness answers.
    package static func signatures(_ bytes: [UInt8]) throws(EncodingError) -> [Signature] {
        var rest = bytes[...]
        var signatures: [Signature] = []
        while !rest.isEmpty {
            guard let line = NoteText.takeLine(&rest), let signature = Signature(line) else {
                throw EncodingError("has a line that is no signature")
            }
            guard signatures.count < mostSignatures else {
                throw EncodingError("has more than \(mostSignatures) signatures")
            }
            signatures.append(signature)
        }
        guard !signatures.isEmpty else { throw EncodingError("has no signature") }
        return signatures
    }

    package var bytes: [UInt8] { text + [NoteText.newline] + Array(signatures.map(\.line).joined().utf8) }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        bytes.last == NoteText.newline && bytes.allSatisfy { $0 >= 0x20 || $0 == NoteText.newline }
            && String(validating: bytes, as: UTF8.self) != nil
    }

    /// Where the last empty line's own newline is.
    private static func lastBlankLine(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropFirst().last { bytes[$0] == NoteText.newline && bytes[$0 - 1] == NoteText.newline }
    }
}

extension SignedNote.Signature {
    fileprivate init?(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: NoteText.space, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("\u{2014}".utf8), let name = NoteName(ofKey: parts[1]),
            let bytes = NoteText.bytes(base64: parts[2]), bytes.count > 4
        else { return nil }
        let id = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.init(name: name, keyID: id, bytes: Array(bytes.dropFirst(4)))
    }
}
