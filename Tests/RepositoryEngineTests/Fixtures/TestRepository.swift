import Primitives
import RepositoryEngine
import Sealing
import Storage

/// A whole repository in memory: an owner, a second recipient, a domain and a writer.
final class TestRepository: Sendable {
    static let cheap = ScryptParameters(logN: 15, r: 8, p: 1)
    static let passphrase = "correct horse battery staple"

    let store = MemoryStore()
    let id = RepositoryID.random()
    let domain = DomainID.random()
    let format: FormatFile
    let owner: Recipient
    let ownerKey: Encapsulation.PrivateKey
    let keyFile: Recipient
    let keyFileKey: Encapsulation.PrivateKey
    let administration: KeyAdministration
    let secrets: EpochSecrets
    let writer: WriterIdentity
    private let ticks = Monitor<Int64>(1_700_000_000_000_000_000)

    init() throws {
        let signing = try HybridSignature.PrivateKey.random()
        format = FormatFile(
            repository: id, created: Timestamp(nanoseconds: 0), administrator: signing.publicKey.fingerprint,
            specification: .zero, restorer: .zero)
        let ticks = self.ticks
        let clock = WallClock {
            ticks.withLock {
                $0 += 1_000_000_000; return Timestamp(nanoseconds: $0)
            }
        }
        administration = KeyAdministration(repository: id, store: store, administrator: signing, clock: clock)
        try administration.writeFormat(format)
        // Deriving a key from a passphrase is slow by intent: who needs one adds it.
        ownerKey = try Encapsulation.PrivateKey.random()
        owner = Recipient(
            id: .random(), kind: .keyFile, label: "owner", publicKey: ownerKey.publicKey, created: clock.now(),
            powers: [.opens, .administers])
        keyFileKey = try Encapsulation.PrivateKey.random()
        keyFile = Recipient(
            id: .random(), kind: .keyFile, label: "second", publicKey: keyFileKey.publicKey, created: clock.now(),
            powers: .opens)
        secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        for recipient in [owner, keyFile] { try administration.add(recipient) }
        try administration.beginEpoch(secrets, domain: domain, epoch: 1, recipients: [owner, keyFile])
        writer = try administration.enrol(host: "host", domain: domain, secrets: secrets.domain)
        _ = try store.put(format.encoded(), as: Names.format, .immediate)
    }

    /// Adds a recipient with `passphrase`, and seals the epoch to it.
    func addPassphrase() throws {
        let recipient = try Recipient.protected(
            by: Self.secret(Self.passphrase), label: "passphrase", repository: id, created: clock.now(),
            parameters: Self.cheap)
        try administration.add(recipient)
        try administration.seal(secrets, domain: domain, epoch: 1, to: [recipient])
    }

    var clock: WallClock {
        let ticks = self.ticks
        return WallClock {
            ticks.withLock {
                $0 += 1_000_000_000; return Timestamp(nanoseconds: $0)
            }
        }
    }

    static func secret(_ text: String) -> SecretBytes {
        var bytes = Array(text.utf8)
        return SecretBytes(consuming: &bytes)
    }

    func open() throws -> Repository { try Repository.open(store) }

    func ownerCredential() throws -> Credential { .recipientKey(try ownerKey.copy()) }

    func unlock() throws -> SealOpener { try open().unlock(try ownerCredential()) }

    func session() throws -> SealingSession {
        let bundle = EpochBundle(domain: domain, epoch: 1, secrets: secrets, created: Timestamp(nanoseconds: 0))
        return try SealingSession(id: .random(), repository: id, bundle: bundle)
    }

    func committer(_ session: SealingSession) -> SnapshotCommitter {
        SnapshotCommitter(repository: id, store: store, writer: writer.id, session: session, clock: clock)
    }

    /// A snapshot of nothing after `tip`, committed as a backup does it.
    @discardableResult
    func snapshot(after tip: SnapshotCommitter.Tip) throws -> SnapshotCommitter.Tip {
        let committer = committer(try session())
        try committer.begin(signing: writer.signing)
        let manifest = try committer.writeManifest([], signing: writer.signing)
        let sweeps = try Sweeps(store: store)
        let outcome = try committer.commit(
            after: tip, pinned: tip, mode: .full, software: "test", description: description(tip.sequence + 1),
            referenceRoot: .zero, relying: Reliance(sweeps: sweeps, packs: [], isComplete: true),
            manifest: manifest, signing: writer.signing)
        guard case .committed(let next) = outcome else { throw EncodingError("was overtaken") }
        try committer.end(signing: writer.signing)
        return next
    }

    func description(_ files: UInt64) -> SnapshotDescription {
        var description = SnapshotDescription()
        description.host = "host"
        description.paths = [Array("/home".utf8), [0x2F, 0xFF]]
        description.tags = ["daily", ""]
        description.files = files
        description.began = Timestamp(nanoseconds: -5)
        return description
    }

    func catalog() throws -> SnapshotCatalog { try SnapshotCatalog(repository: try open()) }
}
