import Crypto
import Primitives

/// A passkey's public key (COSE, RFC 9053): ES256 or EdDSA with Ed25519, and no other.
package enum PasskeyPublicKey: Sendable, Equatable {
    /// The curve's point, uncompressed.
    case es256([UInt8])
    case ed25519([UInt8])

    init?(_ key: CompactBinary) {
        let (kind, algorithm, curve, x) = (key[1], key[3], key[-1], key[-2]?.bytes)
        switch (kind, algorithm, curve) {
        case (.integer(2), .integer(-7), .integer(1)):
            guard let x, let y = key[-3]?.bytes, x.count == 32, y.count == 32 else { return nil }
            let point = [0x04] + x + y
            // One that is not on the curve is none.
            guard (try? P256.Signing.PublicKey(x963Representation: point)) != nil else { return nil }
            self = .es256(point)
        case (.integer(1), .integer(-8), .integer(6)):
            guard let x, (try? Curve25519.Signing.PublicKey(rawRepresentation: x)) != nil else { return nil }
            self = .ed25519(x)
        default: return nil
        }
    }

    /// Whether its owner signed these bytes.
    func isRight(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        switch self {
        case .es256(let point):
            guard let key = try? P256.Signing.PublicKey(x963Representation: point),
                let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: signed)
        case .ed25519(let bytes):
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
            return key.isValidSignature(signature, for: signed)
        }
    }
}
