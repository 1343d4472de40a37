import Crypto
import Primitives
import Sealing

/// What a host keeps beside its catalog, so that the catalog alone is worth nothing: it opens the secrets in there, and says that
/// the rows are those that this host wrote.
package struct HostKey: ~Copyable, Sendable {
    package static let count = 32
    private let secret: SecretBytes

    package init(_ secret: consuming SecretBytes) throws(EncodingError) {
        guard secret.count == Self.count else { throw EncodingError("is not \(Self.count) bytes") }
        self.secret = secret
    }

    package static func random() throws(EncodingError) -> HostKey {
        try HostKey(SecretBytes.random(count: count))
    }

    package borrowing func bytes() -> SecretBytes { secret.copy() }

    /// What tells this host from others: a token from another one is noticed.
    package borrowing func host(machine: [UInt8]) -> Digest32 { code(of: machine, "safehold v1 host") }

    /// A digest of what names one human for good; nobody without the key can try numbers.
    package borrowing func reference(_ text: String) -> Digest32 { code(of: Array(text.utf8), "safehold v1 reference") }

    /// Over everything that is kept, in one order.
    package borrowing func seal(_ rows: [KeptRow], version: UInt64) -> Digest32 {
        var writer = ByteWriter()
        writer.u64(version)
        for row in rows.sorted(by: { $0.place.lexicographicallyPrecedes($1.place) }) {
            writer.counted(row.table.rawValue)
            writer.counted(row.key)
            writer.counted(row.bytes)
        }
        return code(of: writer.bytes, "safehold v1 identity")
    }

    /// `whose` is bound in: what was sealed for one does not open as another's.
    borrowing func seal(_ plain: borrowing SecretBytes, for whose: [UInt8]) throws -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let nonce = SealNonce(domain: generator.next(), number: generator.next())
        var writer = ByteWriter()
        writer.u32(nonce.domain)
        writer.u64(nonce.number)
        let sealed = try plain.withUnsafeBytes { plain in
            try whose.withUnsafeBytes { whose in
                try sealingKey().seal(plain, nonce: nonce, authenticating: whose) { Array($0) }
            }
        }
        return writer.bytes + sealed
    }

    borrowing func open(_ sealed: [UInt8], for whose: [UInt8]) throws -> SecretBytes {
        guard sealed.count > 12 else { throw EncodingError("is shorter than its nonce") }
        let nonce = try ByteReader.reading(sealed) { (reader) throws(EncodingError) in
            SealNonce(domain: try reader.u32(), number: try reader.u64())
        }
        let (key, opened) = (sealingKey(), Opened())
        try sealed.withUnsafeBytes { sealed in
            try whose.withUnsafeBytes { whose in
                try key.open(
                    UnsafeRawBufferPointer(rebasing: sealed[12...]), nonce: nonce, authenticating: whose
                ) { opened.take($0) }
            }
        }
        return try opened.give()
    }

    private borrowing func sealingKey() -> AEADKey {
        AEADKey(
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: secret.symmetricKey(), info: Array("safehold v1 identity secrets".utf8),
                outputByteCount: 32))
    }

    private borrowing func code(of bytes: [UInt8], _ label: String) -> Digest32 {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret.symmetricKey(), info: Array(label.utf8), outputByteCount: 32)
        return HMAC<SHA256>.authenticationCode(for: bytes, using: key).withUnsafeBytes { Digest32(loading: $0) }
    }
}

extension KeptRow {
    fileprivate var place: [UInt8] { Array(table.rawValue.utf8) + [0] + key }
}

/// Carries a secret out of a closure that gives copyable values only.
private final class Opened {
    private var secret: SecretBytes?

    func take(_ bytes: UnsafeRawBufferPointer) { secret = SecretBytes(copying: bytes) }

    func give() throws(EncodingError) -> SecretBytes {
        guard let secret = secret.take() else { throw EncodingError("was not opened") }
        return secret
    }
}
