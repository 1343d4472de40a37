import Primitives

/// One holder's part of an escrow recipient's seed.
package final class SecretShare: Sendable {
    package static let valueCount = 32
    package static let prefix = "SAFEHOLD-SHARE-1:"
    private static let checksumCount = 4
    private static let count = 3 + 16 + valueCount + checksumCount

    package let threshold: UInt8
    package let shares: UInt8
    /// Which of the shares this is, from 1.
    package let x: UInt8
    package let recipient: RecipientID
    let value: SecretBytes

    init(threshold: UInt8, shares: UInt8, x: UInt8, recipient: RecipientID, value: consuming SecretBytes) {
        (self.threshold, self.shares, self.x, self.recipient) = (threshold, shares, x, recipient)
        self.value = value
    }

    /// As it is printed: docs/format.md, section 3. Who keeps the text keeps the share.
    package var printed: String {
        var writer = ByteWriter(capacity: Self.count)
        writer.u8(threshold)
        writer.u8(shares)
        writer.u8(x)
        writer.raw(recipient.bytes)
        value.withUnsafeBytes { writer.raw($0) }
        writer.raw(SHA256Digest.of(writer.bytes).bytes.prefix(Self.checksumCount))
        return Self.prefix + Hex.encode(writer.bytes)
    }

    /// Reads what a holder typed or scanned; white space and the case of digits do not matter.
    ///
    /// `position` is for the error: the how-many-th of the given shares this is, from 1.
    package init(printed: String, position: Int = 1) throws(ShareProblem) {
        let text = String(printed.filter { !$0.isWhitespace })
        guard text.hasPrefix(Self.prefix) else { throw .notAShare(position: position) }
        let digits = text.dropFirst(Self.prefix.count)
        guard digits.utf8.count == Self.count * 2 else {
            throw .wrongLength(position: position, digits: digits.utf8.count, expected: Self.count * 2)
        }
        guard var bytes = Hex.decode(digits) else { throw .notHexadecimal(position: position) }
        let whole = SecretBytes(consuming: &bytes)
        let body = whole.slice(0..<Self.count - Self.checksumCount)
        let checksum = body.withUnsafeBytes { SHA256Digest.of($0) }.bytes.prefix(Self.checksumCount)
        guard whole.withUnsafeBytes({ checksum.elementsEqual($0.suffix(Self.checksumCount)) }) else {
            throw .mistyped(position: position)
        }
        let head = body.withUnsafeBytes { Array($0.prefix(19)) }
        (threshold, shares, x) = (head[0], head[1], head[2])
        guard threshold >= 2, threshold <= shares, x >= 1, x <= shares, let recipient = RecipientID(bytes: head[3...])
        else {
            throw .meaningless(position: position)
        }
        self.recipient = recipient
        value = body.slice(19..<19 + Self.valueCount)
    }

    /// Reads several; errors count them from 1 in the order given.
    package static func read(_ printed: [String]) throws(ShareProblem) -> [SecretShare] {
        var shares: [SecretShare] = []
        for (index, text) in printed.enumerated() { shares.append(try SecretShare(printed: text, position: index + 1)) }
        return shares
    }
}
