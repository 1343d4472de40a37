import Crypto
import Primitives

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The one key-encapsulation suite of format 1: HPKE (RFC 9180) in base mode with X-Wing (ML-KEM-768 and X25519, KEM id 0x647A),
/// HKDF-SHA-256 and AES-256-GCM.
package enum Encapsulation {
    package static let kem: UInt16 = 0x647A
    package static let publicKeyCount = 1216
    package static let encapsulatedCount = 1120
    private static let suite = HPKE.Ciphersuite.XWingMLKEM768X25519_SHA256_AES_GCM_256

    /// A public key that secrets are sealed to.
    package struct PublicKey: Sendable, Equatable {
        package let bytes: [UInt8]
        private let key: XWingMLKEM768X25519.PublicKey

        package init(bytes: [UInt8]) throws(EncodingError) {
            guard bytes.count == publicKeyCount else {
                throw EncodingError("has a public key of \(bytes.count) bytes, not \(publicKeyCount)")
            }
            do {
                key = try XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes)
            } catch {
                throw EncodingError("has a public key that is not one of X-Wing")
            }
            self.bytes = bytes
        }

        package static func == (x: PublicKey, y: PublicKey) -> Bool { x.bytes == y.bytes }

        /// The encapsulated key (1,120 bytes), then the sealed secret and its tag.
        package func seal(_ secret: borrowing SecretBytes, info: [UInt8]) throws -> [UInt8] {
            var sender = try HPKE.Sender(recipientKey: key, ciphersuite: suite, info: Data(info))
            let sealed = try secret.withUnsafeBytes { try sender.seal($0) }
            return Array(sender.encapsulatedKey) + Array(sealed)
        }
    }

    /// A private key: a 32-byte seed.
    package struct PrivateKey: ~Copyable, Sendable {
        package let publicKey: PublicKey
        private let seed: SecretBytes

        package init(seed: consuming SecretBytes) throws(EncodingError) {
            let bytes: [UInt8]
            do {
                let key = try seed.withUnsafeBytes {
                    try XWingMLKEM768X25519.PrivateKey(seedRepresentation: $0, publicKey: nil)
                }
                bytes = Array(key.publicKey.rawRepresentation)
            } catch {
                throw EncodingError("is not the seed of a private key")
            }
            publicKey = try PublicKey(bytes: bytes)
            self.seed = seed
        }

        package static func random() throws(EncodingError) -> PrivateKey {
            try PrivateKey(seed: SecretBytes.random(count: 32))
        }

        package borrowing func copySeed() -> SecretBytes { seed.copy() }
        package borrowing func copy() throws(EncodingError) -> PrivateKey { try PrivateKey(seed: seed.copy()) }

        /// Opens what `PublicKey.seal` made. `EncodingError` when it was made for another key, under another `info`, or altered.
        package borrowing func open(_ sealed: some Collection<UInt8>, info: [UInt8]) throws(EncodingError)
            -> SecretBytes
        {
            let bytes = Data(sealed)
            guard bytes.count >= encapsulatedCount + 16 else {
                throw EncodingError("has a sealed key that is too short")
            }
            do {
                let key = try seed.withUnsafeBytes {
                    try XWingMLKEM768X25519.PrivateKey(seedRepresentation: $0, publicKey: nil)
                }
                var recipient = try HPKE.Recipient(
                    privateKey: key, ciphersuite: suite, info: Data(info),
                    encapsulatedKey: Data(bytes.prefix(encapsulatedCount)))
                let opened = try recipient.open(Data(bytes.dropFirst(encapsulatedCount)))
                return SecretBytes(count: opened.count) { out in opened.withUnsafeBytes { out.copyMemory(from: $0) } }
            } catch {
                throw EncodingError("does not open with this key")
            }
        }
    }
}
