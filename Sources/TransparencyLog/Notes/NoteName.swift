/// The name of a key, or the origin of a log: bytes, which are compared as such. A Swift `String` would take two spellings of one text for the same.
package struct NoteName: Hashable, Sendable, CustomStringConvertible {
    package let utf8: [UInt8]

    /// Nil for what no line of a note can hold.
    package init?(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, NoteText.isLine(bytes) else { return nil }
        utf8 = Array(bytes)
    }

    /// Nil for what no key may be called: neither a space nor a plus sign is in such a name.
    package init?(ofKey bytes: some Collection<UInt8>) {
        self.init(bytes)
        let isUsable = description.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" }
        guard isUsable else { return nil }
    }

    package init?(ofKey text: String) { self.init(ofKey: Array(text.utf8)) }

    package var description: String { String(decoding: utf8, as: UTF8.self) }
}
