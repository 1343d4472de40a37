import Crypto
import Primitives
import Sealing

/// Signs notes twice: by Ed25519, which other programs verify, and by ML-DSA-65, which holds where quantum computers are.
package struct NoteSigner: ~Copyable, Sendable {
    package enum Role: Sendable {
        /// A log signs its own checkpoints.
        case log
        /// A witness says when it saw somebody else's.
        case witness
    }

    package let name: NoteName
    package let role: Role
    /// Of the two signatures, in their order.
    package let verifierKeys: [VerifierKey]
    private let ed25519: Curve25519.Signing.PrivateKey
    private let mldsa: MLDSA65.PrivateKey

    /// 64 secret bytes: the seed of Ed25519, then that of ML-DSA. No two signers share one, nor does one with anything else that signs.
    package init(name: NoteName, role: Role, seeds: consuming SecretBytes) throws(EncodingError) {
        guard seeds.count == 64 else { throw EncodingError("has a signing secret of \(seeds.count) bytes, not 64") }
        let keys: (Curve25519.Signing.PrivateKey, MLDSA65.PrivateKey)
        do {
            keys = try seeds.withUnsafeBytes { seeds in
                (
                    try Curve25519.Signing.PrivateKey(
                        rawRepresentation: UnsafeRawBufferPointer(rebasing: seeds[..<32])),
                    try MLDSA65.PrivateKey(
                        seedRepresentation: UnsafeRawBufferPointer(rebasing: seeds[32...]), publicKey: nil)
                )
            }
        } catch {
            throw EncodingError("is not a signing secret")
        }
        let verifierKeys = [
            try VerifierKey(
                name: name, kind: role == .log ? .ed25519 : .cosignature,
                publicKey: Array(keys.0.publicKey.rawRepresentation)),
            try VerifierKey(name: name, kind: .mldsa65, publicKey: Array(keys.1.publicKey.rawRepresentation)),
        ]
        (ed25519, mldsa) = keys
        (self.name, self.role, self.verifierKeys) = (name, role, verifierKeys)
    }

    /// `time`: seconds since 1970, not 0.
    package borrowing func signatures(of text: [UInt8], time: UInt64) throws -> [SignedNote.Signature] {
        precondition(time > 0 && time <= TreeHead.largestSize)
        return try verifierKeys.map { key in
            let message = key.kind.message(text, name: name, time: time)
            let stamp = key.kind.isTimed ? withUnsafeBytes(of: time.bigEndian) { Array($0) } : []
            let proper =
                key.kind == .mldsa65
                ? Array(try mldsa.signature(for: message)) : Array(try ed25519.signature(for: message))
            return SignedNote.Signature(name: name, keyID: key.id, bytes: stamp + proper)
        }
    }
}
