import Crypto
import Primitives

/// The two halves of every sealed object: content and names, and the structure that a blind maintainer may read.
package enum SealKind: UInt8, Sendable, CaseIterable {
    case data = 1
    case structure = 2
    /// Reserved: a secret that lives in erasable storage only and is mixed into the pack key.
    case erasureClass = 3
}

/// A secret sealed to an epoch's key, as it stands in an object's header.
package struct SessionSeal: Sendable, Equatable {
    package var kind: SealKind
    package var kem: UInt16
    /// Encapsulated key and ciphertext.
    package var sealed: [UInt8]

    package init(kind: SealKind, kem: UInt16, sealed: [UInt8]) {
        (self.kind, self.kem, self.sealed) = (kind, kem, sealed)
    }
}

/// The random secret of one session for one half; every object of the session has keys of its own derived from it.
package struct SessionSecret: ~Copyable, Sendable {
    private let secret: SecretBytes
    package let kind: SealKind

    package static func random(_ kind: SealKind) -> SessionSecret { SessionSecret(SecretBytes.random(count: 32), kind) }

    package init(_ secret: consuming SecretBytes, _ kind: SealKind) {
        self.secret = secret
        self.kind = kind
    }

    package static func info(_ kind: SealKind, repository: RepositoryID, domain: DomainID, epoch: UInt32) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw("safehold v1 session".utf8)
        writer.raw(repository.bytes)
        writer.raw(domain.bytes)
        writer.u32(epoch)
        writer.u8(kind.rawValue)
        return writer.bytes
    }

    package borrowing func sealed(to key: Encapsulation.PublicKey, info: [UInt8]) throws -> SessionSeal {
        SessionSeal(kind: kind, kem: Encapsulation.kem, sealed: try key.seal(secret, info: info))
    }

    /// HKDF-SHA-256 (RFC 5869) with the object's random id as salt: a 32-byte AES key, then a 32-byte commitment to it.
    package borrowing func objectKey(for object: SealedObjectID) -> (key: AEADKey, commitment: Digest32) {
        let label = kind == .structure ? "safehold v1 structure key" : "safehold v1 data key"
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret.symmetricKey(), salt: object.bytes, info: Array(label.utf8), outputByteCount: 64)
        return derived.withUnsafeBytes { raw in
            (AEADKey(SymmetricKey(data: raw[..<32])), Digest32(loading: UnsafeRawBufferPointer(rebasing: raw[32...])))
        }
    }
}
