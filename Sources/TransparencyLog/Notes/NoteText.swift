import Primitives

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How numbers, bytes and lines are written in notes, proofs and requests: in one way each, so that other spellings are refused.
enum NoteText {
    static let newline: UInt8 = 0x0A
    static let space: UInt8 = 0x20

    /// UTF-8 without control characters of ASCII.
    static func isLine(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.allSatisfy { $0 >= 0x20 } && String(validating: bytes, as: UTF8.self) != nil
    }

    static func base64(_ bytes: some Collection<UInt8>) -> String { Data(bytes).base64EncodedString() }

    /// RFC 4648, 4, padded and with its unused bits zero; nil for all else.
    static func bytes(base64: some Collection<UInt8>) -> [UInt8]? {
        guard let bytes = Data(base64Encoded: Data(base64)), bytes.base64EncodedData().elementsEqual(base64) else {
            return nil
        }
        return Array(bytes)
    }

    static func digest(base64: some Collection<UInt8>) -> Digest32? { bytes(base64: base64).flatMap(Digest32.init) }

    /// Decimal without a sign or leading zeros, of 63 bits.
    static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard let first = digits.first, digits.count == 1 || first != 0x30, digits.count <= 19 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - 0x30)
        }
        return value <= TreeHead.largestSize ? value : nil
    }

    /// What stands behind a word and a space; nil where the line does not begin so.
    static func rest<Line: Collection<UInt8>>(of line: Line, after word: String) -> Line.SubSequence? {
        line.starts(with: (word + " ").utf8) ? line.dropFirst(word.utf8.count + 1) : nil
    }

    /// Takes the next line off, without its end; nil where no line ends.
    static func takeLine(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = bytes.firstIndex(of: newline) else { return nil }
        defer { bytes = bytes[(end + 1)...] }
        return bytes[..<end]
    }

    /// Takes lines of one hash each off, up to an empty line, which is taken too.
    static func takeHashes(_ bytes: inout ArraySlice<UInt8>) throws(EncodingError) -> [Digest32] {
        var hashes: [Digest32] = []
        while let line = takeLine(&bytes) {
            if line.isEmpty { return hashes }
            guard hashes.count < mostHashes else { throw EncodingError("has more than \(mostHashes) hashes") }
            guard let hash = digest(base64: line) else { throw EncodingError("has a line that is no hash") }
            hashes.append(hash)
        }
        throw EncodingError("ends before its checkpoint")
    }

    /// No path in a tree whose size is of 63 bits is longer.
    static let mostHashes = 63

    static func lines(_ hashes: [Digest32]) -> String { hashes.map { base64($0.bytes) + "\n" }.joined() }
}
