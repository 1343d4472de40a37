import Chunking
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

package struct InitialiseOptions: Sendable {
    /// What the owner's passphrase is called in lists.
    package var label = "owner"
    /// Public key files of further recipients.
    package var recipientFiles: [String] = []
    package var host: String

    /// How long what is backed up is locked; nil for not at all.
    package var locks: LockSettings?
    /// How files are cut. Another choice than the standard one is for tests, which make small files large.
    package var chunker = ChunkerParameters.standard

    package init(host: String) { self.host = host }
}

/// What was made.
package struct InitialiseSummary: Sendable {
    package var repository: RepositoryID
    package var location: String
    package var fingerprint: Digest32
    package var domain: DomainID
    package var writer: WriterID
    package var host: String
    package var identityPath: String
    package var recipients: [String]
}

/// Makes a repository: keys first, FORMAT last, so that what was begun and not finished is not taken for one.
package enum Initialise {
    package static func run(
        permit: consuming Permit<InitialiseAction>, store: any ObjectStore, hostState: HostState,
        passphrase: borrowing SecretBytes,
        options: InitialiseOptions, clock: WallClock = .system
    ) throws -> InitialiseSummary {
        try checkAbsent(store)
        let further = try options.recipientFiles.map {
            try Recipient.fromFile($0, label: nil, powers: .opens, created: clock.now())
        }
        let policy = options.locks.map { LockPolicyRecord(number: 1, time: clock.now(), policy: $0.policy) }
        if let policy { _ = try LockDuty.take(policy, class: nil, on: store, clock: clock) }
        let repository = RepositoryID.random()
        let signing = try HybridSignature.PrivateKey.random()
        let fingerprint = signing.publicKey.fingerprint
        let specification = try Specification.put(into: store)
        let format = FormatFile(
            repository: repository, created: clock.now(), chunker: options.chunker, administrator: fingerprint,
            specification: specification.page, restorer: specification.restorer)
        let administration = KeyAdministration(
            repository: repository, store: store, administrator: signing, clock: clock)
        try administration.writeFormat(format)
        if let policy { _ = try administration.setLocks(policy.policy, number: policy.number, at: policy.time) }
        let owner = try Recipient.protected(
            by: passphrase, label: options.label, repository: repository, created: clock.now())
        let recipients = [owner] + further
        for recipient in recipients { try administration.add(recipient) }
        let secrets = try EpochSecrets.random(domain: .random())
        let domain = DomainID.random()
        try administration.beginEpoch(secrets, domain: domain, epoch: 1, recipients: recipients)
        let identity = try administration.enrol(host: options.host, domain: domain, secrets: secrets.domain)
        try hostState.save(identity)
        guard try store.put(format.encoded(), as: Names.format, .immediate) == .created else { throw exists(store) }
        return InitialiseSummary(
            repository: repository, location: store.location, fingerprint: fingerprint, domain: domain,
            writer: identity.id,
            host: options.host, identityPath: hostState.identityPath(of: repository),
            recipients: recipients.map(\.label))
    }

    /// Throws `repository-exists` where there is one.
    package static func checkAbsent(_ store: any ObjectStore) throws {
        guard try store.size(of: Names.format) == nil else { throw exists(store) }
    }

    private static func exists(_ store: any ObjectStore) -> Failure {
        Failure(
            .repositoryExists, "There is a repository at \(store.location) already.",
            advice:
                "Use it as it is; to make this host a writer of it, run 'safehold init --join'. Nothing was changed.")
    }
}

extension Recipient {
    /// A recipient out of the public key file that 'safehold keys generate' made. Without a label, the file's name is taken.
    static func fromFile(_ path: String, label: String?, powers: Powers, created: Timestamp) throws -> Recipient {
        let key = try RecipientKeyFile.publicKey(
            in: String(decoding: try NamedFile.read(path), as: UTF8.self), file: path)
        var name = path.split(separator: "/").last.map(String.init) ?? path
        if name.hasSuffix(".pub") { name.removeLast(4) }
        return Recipient(
            id: .random(), kind: .keyFile, label: label ?? name, publicKey: key, created: created, powers: powers)
    }
}
