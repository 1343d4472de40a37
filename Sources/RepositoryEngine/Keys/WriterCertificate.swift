import Primitives
import Sealing

/// The administrator's word that a key may add to a domain.
package struct WriterCertificate: Sendable {
    package var id: WriterID
    package var domain: DomainID
    package var host: String
    package var key: HybridSignature.PublicKey
    package var created: Timestamp

    package init(id: WriterID, domain: DomainID, host: String, key: HybridSignature.PublicKey, created: Timestamp) {
        self.id = id
        self.domain = domain
        self.host = host
        self.key = key
        self.created = created
    }

    package var fields: Fields {
        var fields = Fields()
        fields[1] = id.bytes
        fields[2] = domain.bytes
        fields.set(3, text: host)
        fields[4] = key.bytes
        fields.set(5, integer: created.seconds)
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        id = try fields.identifier(1)
        domain = try fields.identifier(2)
        host = try fields.text(3)
        key = try HybridSignature.PublicKey(bytes: try fields.bytes(4))
        created = Timestamp(seconds: try fields.integer(5))
    }
}

/// What a host keeps to be a writer: it seals, cuts, names and signs, and opens nothing.
package struct WriterIdentity: ~Copyable, Sendable {
    private static let magic = Array("SHIDENT1".utf8)

    package let id: WriterID
    package let domain: DomainID
    package let repository: RepositoryID
    /// The administrator's fingerprint, pinned when the identity was made.
    package let administrator: Digest32
    package let host: String
    package let signing: HybridSignature.PrivateKey
    package let secrets: DomainSecrets
    /// Seals the host's own caches.
    package let cacheKey: SecretBytes

    package init(
        id: WriterID, domain: DomainID, repository: RepositoryID, administrator: Digest32, host: String,
        signing: consuming HybridSignature.PrivateKey, secrets: consuming DomainSecrets, cacheKey: consuming SecretBytes
    ) {
        self.id = id
        self.domain = domain
        self.repository = repository
        self.administrator = administrator
        self.host = host
        self.signing = signing
        self.secrets = secrets
        self.cacheKey = cacheKey
    }

    /// The bytes of the identity file; it is written with mode 0600.
    package borrowing func encoded() -> [UInt8] {
        var fields = Fields()
        fields[1] = id.bytes
        fields[2] = domain.bytes
        fields[3] = repository.bytes
        fields[4] = administrator.bytes
        fields.set(5, text: host)
        let seeds = signing.copySeeds()
        fields[6] = seeds.withUnsafeBytes { Array($0) }
        let domainSecrets = secrets.encoded()
        fields[7] = domainSecrets.withUnsafeBytes { Array($0) }
        fields[8] = cacheKey.withUnsafeBytes { Array($0) }
        let body = fields.encoded()
        return Self.magic + body + SHA256Digest.of(body).bytes.prefix(4)
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        guard bytes.count > 12, bytes.starts(with: Self.magic) else {
            throw EncodingError("is not a writer's identity")
        }
        let body = Array(bytes[8..<bytes.count - 4])
        guard SHA256Digest.of(body).bytes.prefix(4).elementsEqual(bytes.suffix(4)) else {
            throw EncodingError("is cut off or altered")
        }
        let fields = try Fields(decoding: body)
        var seeds = try fields.bytes(6)
        var domainSecrets = try fields.bytes(7)
        var cacheKey = try fields.bytes(8)
        self.init(
            id: try fields.identifier(1), domain: try fields.identifier(2), repository: try fields.identifier(3),
            administrator: try fields.digest(4), host: try fields.text(5),
            signing: try HybridSignature.PrivateKey(seeds: SecretBytes(consuming: &seeds)),
            secrets: try DomainSecrets(encoded: SecretBytes(consuming: &domainSecrets)),
            cacheKey: SecretBytes(consuming: &cacheKey))
    }
}
