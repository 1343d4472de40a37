import Primitives
import RepositoryEngine
import Sealing

/// A repository opened by somebody who administers it: the signing key, and the epochs' secrets as far as they are sealed to that one.
struct AdministratorSession: ~Copyable {
    let repository: Repository
    let administration: KeyAdministration
    let opener: SealOpener
    let recipient: Recipient

    static func open(_ repository: Repository, _ source: KeySource, terminal: Terminal, clock: WallClock) throws
        -> AdministratorSession
    {
        // What an administrator writes is locked like everything else.
        _ = try LockDuty.take(repository, clock: clock)
        let unlocked = try repository.unlockRecipient(source, terminal: terminal)
        let signing = try repository.keyring.openAdministrator(for: unlocked, store: repository.store)
        let opener = SealOpener(repository: repository.id)
        if unlocked.recipient.powers.contains(.opens) {
            try repository.keyring.openEpochs(for: unlocked, store: repository.store, into: opener)
        }
        return AdministratorSession(
            repository: repository,
            administration: KeyAdministration(
                repository: repository.id, store: repository.store, administrator: signing, clock: clock),
            opener: opener, recipient: unlocked.recipient)
    }

    /// Secrets of a new epoch that continues `domain`.
    func continuing(_ domain: DomainID) throws -> EpochSecrets {
        guard let newest = repository.keyring.newestEpoch(of: domain),
            let secrets = try opener.withSecrets(domain, newest.epoch, { try NextEpoch(domain: $0.domain.copy()) })
        else {
            throw Failure(
                .keyDenied,
                "Recipient '\(recipient.label)' cannot open the newest epoch of domain \(domain.hex.prefix(8)).",
                advice: "Use the key of an administrator to whom it is sealed; 'safehold keys' lists them.")
        }
        return try secrets.make()
    }
}

/// Carries a domain's secrets out of a closure; noncopyable values cannot stand in an optional result of a generic.
private final class NextEpoch {
    private let domain: DomainSecrets
    init(domain: consuming DomainSecrets) { self.domain = domain }
    func make() throws -> EpochSecrets { try EpochSecrets.random(domain: domain.copy()) }
}

extension EpochSecrets {
    /// New key pairs for a domain that keeps its chunk ids.
    static func random(domain: consuming DomainSecrets) throws -> EpochSecrets {
        EpochSecrets(data: try .random(), structure: try .random(), domain: domain)
    }
}
