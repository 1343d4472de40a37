import Crypto
import Primitives

/// What opens an epoch of a domain: the two private keys and the keys that chunk ids and cut points come from. 128 bytes.
package struct EpochSecrets: ~Copyable, Sendable {
    package let data: Encapsulation.PrivateKey
    package let structure: Encapsulation.PrivateKey
    package let domain: DomainSecrets

    package init(
        data: consuming Encapsulation.PrivateKey, structure: consuming Encapsulation.PrivateKey,
        domain: consuming DomainSecrets
    ) {
        self.data = data
        self.structure = structure
        self.domain = domain
    }

    package init(encoded: borrowing SecretBytes) throws(EncodingError) {
        guard encoded.count == 128 else { throw EncodingError("has epoch secrets of \(encoded.count) bytes, not 128") }
        let data = try Encapsulation.PrivateKey(seed: encoded.slice(0..<32))
        let structure = try Encapsulation.PrivateKey(seed: encoded.slice(32..<64))
        let domain = try DomainSecrets(encoded: encoded.slice(64..<128))
        self.init(data: data, structure: structure, domain: domain)
    }

    /// Data seed, structure seed, id key, chunker key.
    package borrowing func encoded() -> SecretBytes {
        let first = data.copySeed()
        let second = structure.copySeed()
        let third = domain.encoded()
        return SecretBytes(count: 128) { out in
            first.withUnsafeBytes { out.copyMemory(from: $0) }
            second.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: out[32...]).copyMemory(from: $0) }
            third.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: out[64...]).copyMemory(from: $0) }
        }
    }
}

/// What a writer needs to cut and to name chunks. It opens nothing.
package struct DomainSecrets: ~Copyable, Sendable {
    private let idKey: SecretBytes
    private let chunkerKey: SecretBytes

    package init(encoded: borrowing SecretBytes) throws(EncodingError) {
        guard encoded.count == 64 else { throw EncodingError("has domain secrets of \(encoded.count) bytes, not 64") }
        idKey = encoded.slice(0..<32)
        chunkerKey = encoded.slice(32..<64)
    }

    package static func random() throws(EncodingError) -> DomainSecrets {
        try DomainSecrets(encoded: SecretBytes.random(count: 64))
    }

    package borrowing func encoded() -> SecretBytes {
        return SecretBytes(count: 64) { out in
            idKey.withUnsafeBytes { out.copyMemory(from: $0) }
            chunkerKey.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: out[32...]).copyMemory(from: $0) }
        }
    }

    package borrowing func copy() throws(EncodingError) -> DomainSecrets { try DomainSecrets(encoded: encoded()) }

    package borrowing func identity() -> ChunkIdentity { ChunkIdentity(key: idKey.symmetricKey()) }

    /// 2,048 bytes for the chunker's table.
    package borrowing func chunkerTable() -> [UInt8] { expand("safehold v1 gear table", 2048) }

    /// The seed of the borders of listing blocks and bundles.
    package borrowing func borderSeed() -> UInt64 {
        expand("safehold v1 border seed", 8).withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    private borrowing func expand(_ label: String, _ count: Int) -> [UInt8] {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: chunkerKey.symmetricKey(), info: Array(label.utf8), outputByteCount: count
        )
        .withUnsafeBytes { Array($0) }
    }

    /// Lets a reader see that a slot's keys are the ones the administrator signed.
    package borrowing func commitment() -> Digest32 {
        let secret = encoded()
        return secret.withUnsafeBytes { raw in
            var hasher = SHA256()
            hasher.update(data: Array("safehold v1 domain keys".utf8))
            hasher.update(bufferPointer: raw)
            return Digest32(hasher.finalize())
        }
    }
}
