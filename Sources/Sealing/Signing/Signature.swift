import Crypto
import Primitives

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Two signatures over one message, Ed25519 (RFC 8032) and ML-DSA-65 (FIPS 204, empty context); a verifier needs both to hold.
package enum HybridSignature {
    package static let ed25519Count = 64
    package static let mldsaCount = 3309
    package static let count = ed25519Count + mldsaCount

    package struct PublicKey: Sendable, Equatable {
        package static let count = 32 + 1952
        package let bytes: [UInt8]
        private let ed25519: Curve25519.Signing.PublicKey
        private let mldsa: MLDSA65.PublicKey

        package init(bytes: [UInt8]) throws(EncodingError) {
            guard bytes.count == Self.count else {
                throw EncodingError("has a signing key of \(bytes.count) bytes, not \(Self.count)")
            }
            do {
                ed25519 = try Curve25519.Signing.PublicKey(rawRepresentation: bytes[..<32])
                mldsa = try MLDSA65.PublicKey(rawRepresentation: bytes[32...])
            } catch {
                throw EncodingError("has a signing key that is not one")
            }
            self.bytes = bytes
        }

        package static func == (x: PublicKey, y: PublicKey) -> Bool { x.bytes == y.bytes }

        package func isValid(_ signature: some Collection<UInt8>, for message: [UInt8]) -> Bool {
            guard signature.count == HybridSignature.count else { return false }
            let both = Data(signature)
            return ed25519.isValidSignature(both.prefix(ed25519Count), for: message)
                && mldsa.isValidSignature(Data(both.dropFirst(ed25519Count)), for: message)
        }

        /// SHA-256 of the two keys: what a person compares and a kit prints.
        package var fingerprint: Digest32 { SHA256Digest.of(bytes) }
    }

    /// 64 secret bytes: the Ed25519 seed, then the ML-DSA seed.
    package struct PrivateKey: ~Copyable, Sendable {
        package let publicKey: PublicKey
        private let seeds: SecretBytes
        /// Made once: to make them anew takes most of the time of a signature.
        private let ed25519: Curve25519.Signing.PrivateKey
        private let mldsa: MLDSA65.PrivateKey

        package init(seeds: consuming SecretBytes) throws(EncodingError) {
            guard seeds.count == 64 else { throw EncodingError("has a signing secret of \(seeds.count) bytes, not 64") }
            let keys: (ed25519: Curve25519.Signing.PrivateKey, mldsa: MLDSA65.PrivateKey)
            do {
                keys = try seeds.withUnsafeBytes { try Self.keys($0) }
            } catch {
                throw EncodingError("is not a signing secret")
            }
            publicKey = try PublicKey(
                bytes: Array(keys.ed25519.publicKey.rawRepresentation) + Array(keys.mldsa.publicKey.rawRepresentation))
            (ed25519, mldsa) = keys
            self.seeds = seeds
        }

        /// Reads the seeds where they lie: a copy on the way would not be wiped.
        private static func keys(
            _ seeds: UnsafeRawBufferPointer
        ) throws -> (Curve25519.Signing.PrivateKey, MLDSA65.PrivateKey) {
            (
                try Curve25519.Signing.PrivateKey(rawRepresentation: UnsafeRawBufferPointer(rebasing: seeds[..<32])),
                try MLDSA65.PrivateKey(
                    seedRepresentation: UnsafeRawBufferPointer(rebasing: seeds[32...]), publicKey: nil)
            )
        }

        package static func random() throws(EncodingError) -> PrivateKey {
            try PrivateKey(seeds: SecretBytes.random(count: 64))
        }
        package borrowing func copySeeds() -> SecretBytes { seeds.copy() }

        package borrowing func sign(_ message: [UInt8]) throws -> [UInt8] {
            Array(try ed25519.signature(for: message)) + Array(try mldsa.signature(for: message))
        }
    }
}
