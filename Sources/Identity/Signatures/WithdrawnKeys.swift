import Primitives
import Sealing

/// The signing keys of an installation that nobody signs with any more, and since when, said by its authority: whoever verifies knows with it
/// what no signature can know.
package struct WithdrawnKeys: Sendable, Equatable {
    /// By fingerprint.
    package let keys: [Digest32: Timestamp]
    /// When the list was made: of later withdrawals it knows nothing.
    package let made: Timestamp
    private let body: String
    private let signature: [UInt8]

    private static let title = "safehold-withdrawn-keys 1"

    package init(
        _ keys: [Digest32: Timestamp], made: Timestamp, signedBy authority: borrowing HybridSignature.PrivateKey
    ) throws {
        (self.keys, self.made) = (keys, made)
        let lines = keys.sorted { $0.key < $1.key }.map { "\($0.key.hex) \($0.value.nanoseconds)" }
        body = ([Self.title, "made \(made.nanoseconds)"] + lines).map { $0 + "\n" }.joined()
        signature = try authority.sign(Self.message(body))
    }

    /// Lines of text, the signature last. Times are nanoseconds since 1970.
    package var text: String { body + "signature \(Hex.encode(signature))\n" }

    /// Throws where it is no such list, or not this authority's.
    package init(_ text: String, under authority: HybridSignature.PublicKey) throws(EncodingError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.last == "", lines.count >= 4, lines[0] == Self.title else {
            throw EncodingError("is no list of withdrawn signing keys")
        }
        lines.removeLast()
        let last = lines.removeLast()
        guard last.hasPrefix("signature "), let signature = Hex.decode(last.dropFirst("signature ".count)),
            lines[1].hasPrefix("made "), let made = Int64(lines[1].dropFirst("made ".count))
        else { throw EncodingError("is no list of withdrawn signing keys") }
        body = lines.map { $0 + "\n" }.joined()
        (self.signature, self.made) = (signature, Timestamp(nanoseconds: made))
        guard authority.isValid(signature, for: Self.message(body)) else {
            throw EncodingError("is not signed by this authority")
        }
        var keys: [Digest32: Timestamp] = [:]
        for line in lines.dropFirst(2) {
            let words = line.split(separator: " ")
            guard words.count == 2, let key = Digest32(hex: words[0]), let time = Int64(words[1]) else {
                throw EncodingError("has a line that names no key")
            }
            keys[key] = Timestamp(nanoseconds: time)
        }
        self.keys = keys
    }

    private static func message(_ body: String) -> [UInt8] { Array("safehold v1 withdrawn keys\n\(body)".utf8) }
}

extension IdentityState {
    /// Nil before the first signer had a key: there is no authority then, and nothing to withdraw.
    package func withdrawnKeys(_ key: borrowing HostKey, now: Moment) throws -> WithdrawnKeys? {
        guard let authority = try authorityPrivateKey(key) else { return nil }
        return try WithdrawnKeys(directory.withdrawnKeys, made: now.wall, signedBy: authority)
    }
}
