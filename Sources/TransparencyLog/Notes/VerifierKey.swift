import Crypto
import Primitives
import Sealing

/// A public key with its name: what somebody trusts who reads notes. Its text is C2SP's vkey.
package struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
    package let name: NoteName
    package let kind: SignatureKind
    package let publicKey: [UInt8]
    /// Tells a name's keys apart; it is no proof of anything.
    package let id: UInt32

    /// `publicKey` is of the kind's length, and a key.
    package init(name: NoteName, kind: SignatureKind, publicKey: [UInt8]) throws(EncodingError) {
        guard NoteName(ofKey: name.utf8) != nil else { throw EncodingError("has a name that no key can have") }
        guard publicKey.count == kind.publicKeyCount, Self.isKey(publicKey, kind) else {
            throw EncodingError("has a public key that is none")
        }
        (self.name, self.kind, self.publicKey) = (name, kind, publicKey)
        let digest = SHA256Digest.of(name.utf8 + [NoteText.newline] + kind.prefix + publicKey)
        id = UInt32(truncatingIfNeeded: digest.a >> 32)
    }

    /// `name+id+base64`.
    package init(parsing text: some Collection<UInt8>) throws(EncodingError) {
        let parts = text.split(separator: 0x2B, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = NoteName(ofKey: parts[0]), let bytes = NoteText.bytes(base64: parts[2])
        else { throw EncodingError("has something that is no verifier key") }
        guard let kind = SignatureKind.allCases.first(where: { bytes.starts(with: $0.prefix) }) else {
            throw EncodingError("has a verifier key of a kind that is not known here")
        }
        try self.init(name: name, kind: kind, publicKey: Array(bytes.dropFirst(kind.prefix.count)))
        guard parts[1].elementsEqual(idText.utf8) else {
            throw EncodingError("has a verifier key whose id is not its own")
        }
    }

    package init(_ text: String) throws(EncodingError) { try self.init(parsing: Array(text.utf8)) }

    package var description: String { "\(name)+\(idText)+" + NoteText.base64(kind.prefix + publicKey) }

    private var idText: String { Hex.encode(withUnsafeBytes(of: id.bigEndian) { Array($0) }) }

    private static func isKey(_ bytes: [UInt8], _ kind: SignatureKind) -> Bool {
        switch kind {
        case .ed25519, .cosignature: (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
        case .mldsa65: (try? MLDSA65.PublicKey(rawRepresentation: bytes)) != nil
        }
    }

    func isNamed(by signature: SignedNote.Signature) -> Bool { name == signature.name && id == signature.keyID }

    /// Whether a signature by this key holds for the text; if so, the time it states, 0 for kinds without one.
    func verifiedTime(_ signature: [UInt8], of text: [UInt8]) -> UInt64? {
        guard signature.count == kind.signatureCount else { return nil }
        let time = kind.isTimed ? signature.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } : 0
        // A time of 0 is what C2SP has for statements that are none about the log's newest state.
        guard time <= TreeHead.largestSize, !kind.isTimed || time > 0 else { return nil }
        let proper = signature.dropFirst(kind.isTimed ? 8 : 0)
        let message = kind.message(text, name: name, time: time)
        return isValid(Array(proper), for: message) ? time : nil
    }

    private func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch kind {
        case .ed25519, .cosignature:
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
            return key.isValidSignature(signature, for: message)
        case .mldsa65:
            guard let key = try? MLDSA65.PublicKey(rawRepresentation: publicKey) else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }
}
