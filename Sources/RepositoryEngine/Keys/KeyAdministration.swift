import Primitives
import Sealing
import Storage

/// Writes the administrator's records. Each is a new object; none is ever changed.
package struct KeyAdministration: ~Copyable {
    package let repository: RepositoryID
    private let store: any ObjectStore
    private let administrator: HybridSignature.PrivateKey
    private let clock: WallClock

    package init(
        repository: RepositoryID, store: any ObjectStore, administrator: consuming HybridSignature.PrivateKey,
        clock: WallClock
    ) {
        self.repository = repository
        self.store = store
        self.administrator = administrator
        self.clock = clock
    }

    borrowing func now() -> Timestamp { clock.now() }

    borrowing func put(_ kind: SignedRecord.Kind, _ fields: Fields, below prefix: String) throws {
        let bytes = try SignedRecord.encode(kind, fields, repository: repository, key: administrator)
        _ = try store.put(bytes, as: Names.hashed(prefix, SHA256Digest.of(bytes)), .immediate)
    }

    borrowing func put(_ kind: SignedRecord.Kind, _ fields: Fields, as name: ObjectName) throws {
        _ = try store.put(try signed(kind, fields), as: name, .immediate)
    }

    borrowing func putNew(_ kind: SignedRecord.Kind, _ fields: Fields, as name: ObjectName) throws -> PutOutcome {
        try store.put(try signed(kind, fields), as: name, .immediate)
    }

    borrowing func signed(_ kind: SignedRecord.Kind, _ fields: Fields) throws -> [UInt8] {
        try SignedRecord.encode(kind, fields, repository: repository, key: administrator)
    }

    package borrowing func writeFormat(_ format: FormatFile) throws {
        let bytes = format.encoded()
        var fields = Fields()
        fields[1] = SHA256Digest.of(bytes).bytes
        let signature = try SignedRecord.encode(.format, fields, repository: repository, key: administrator)
        guard try store.put(administrator.publicKey.bytes, as: Names.administratorPublic, .immediate) == .created else {
            throw Failure(
                .repositoryExists, "\(store.location) already has an administrator.",
                advice: "Choose an empty directory.")
        }
        _ = try store.put(signature, as: Names.formatSignature, .immediate)
    }

    package borrowing func add(_ recipient: Recipient) throws {
        try put(.recipient, recipient.fields, below: Names.recipients)
        if recipient.powers.contains(.administers) { try sealAdministrator(to: recipient) }
    }

    private borrowing func sealAdministrator(to recipient: Recipient) throws {
        let seeds = administrator.copySeeds()
        let slot = try Slot(
            sealing: seeds, .administrator, repository: repository, domain: .zero, epoch: 0, to: recipient
        ).encoded()
        _ = try store.put(slot, as: Names.hashed(Names.administratorSlots, SHA256Digest.of(slot)), .immediate)
    }

    package borrowing func seal(
        _ secrets: borrowing EpochSecrets, domain: DomainID, epoch: UInt32, to recipients: [Recipient]
    ) throws {
        for recipient in recipients {
            guard let purpose = recipient.powers.slot else { continue }
            // Of a maintainer's slot nobody can learn what it does not hold: it has the seed of one key, and nothing of chunk ids.
            let secret = purpose == .structure ? secrets.structure.copySeed() : secrets.encoded()
            let slot = try Slot(
                sealing: secret, purpose, repository: repository, domain: domain, epoch: epoch, to: recipient
            ).encoded()
            _ = try store.put(slot, as: Names.hashed(Names.slots(domain, epoch), SHA256Digest.of(slot)), .immediate)
        }
    }

    /// Seals the secrets to every recipient, then publishes the bundle: an epoch is never seen that nobody can open.
    package borrowing func beginEpoch(
        _ secrets: borrowing EpochSecrets, domain: DomainID, epoch: UInt32, recipients: [Recipient]
    ) throws {
        try seal(secrets, domain: domain, epoch: epoch, to: recipients)
        let bundle = EpochBundle(domain: domain, epoch: epoch, secrets: secrets, created: clock.now())
        let bytes = try SignedRecord.encode(.epoch, bundle.fields, repository: repository, key: administrator)
        guard try store.put(bytes, as: Names.bundle(domain, epoch), .immediate) == .created else {
            throw Failure(
                .repositoryChanged, "Somebody else began epoch \(epoch) at the same time.",
                advice: "Run the command again.")
        }
    }

    package borrowing func remove(_ recipient: RecipientID) throws {
        var fields = Fields()
        fields[1] = recipient.bytes
        fields.set(2, integer: clock.now().seconds)
        try put(.removal, fields, below: Names.removals)
    }

    /// Certifies a new writer, and returns its identity for the host to keep.
    package borrowing func enrol(host: String, domain: DomainID, secrets: borrowing DomainSecrets) throws
        -> WriterIdentity
    {
        let signing = try HybridSignature.PrivateKey.random()
        let certificate = WriterCertificate(
            id: .random(), domain: domain, host: host, key: signing.publicKey, created: clock.now())
        try put(.writer, certificate.fields, below: Names.writers)
        return WriterIdentity(
            id: certificate.id, domain: domain, repository: repository,
            administrator: administrator.publicKey.fingerprint, host: host,
            signing: signing, secrets: try secrets.copy(), cacheKey: SecretBytes.random(count: 32))
    }
}
