import Primitives
import Sealing

/// A text as an entry holds it: never longer than a bound, whatever was given.
///
/// What is longer, or is no UTF-8, is cut or mended, and the SHA-256 of the whole stands behind it: so it can still be told whether it was a certain name.
package struct EntryText: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// `limit`: bytes as they stand in JSON, without the quotes.
    package init(_ bytes: [UInt8], limit: Int = 1024) {
        let text = String(decoding: bytes, as: UTF8.self)
        let isWhole = bytes.count <= limit && text.utf8.elementsEqual(bytes)
        guard !isWhole || CanonicalJSON.escaped(text).utf8.count > limit else {
            description = text
            return
        }
        let mark = "… sha256:" + SHA256Digest.of(bytes).hex
        var (kept, left) = (String.UnicodeScalarView(), limit - mark.utf8.count)
        for scalar in text.unicodeScalars {
            left -= CanonicalJSON.escaped(String(scalar)).utf8.count
            guard left >= 0 else { break }
            kept.append(scalar)
        }
        description = String(kept) + mark
    }

    package init(_ text: String, limit: Int = 1024) { self.init(Array(text.utf8), limit: limit) }

    /// As it stands in an entry.
    init(verbatim text: String) { description = text }
}
