import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

extension Initialise {
    /// Makes this host a writer of an existing repository: in a domain of its own, or in the one that `domain` begins the id of.
    package static func join(
        permit: consuming Permit<InitialiseAction>, repository: Repository, key: KeySource, surroundings: Surroundings,
        host: String,
        sharing domain: String?
    ) throws -> InitialiseSummary {
        let state = surroundings.hostState
        let withdrawn = try withdrawnIdentity(state, repository)
        guard try withdrawn != nil || LocalFile.read(state.identityPath(of: repository.id), limit: 1 << 20) == nil
        else {
            throw Failure(
                .stateUnusable,
                "This host is a writer of the repository already: there is \(state.identityPath(of: repository.id)).",
                advice: "Nothing needs to be done. To enrol it anew, move that file away first.")
        }
        let session = try AdministratorSession.open(
            repository, key, terminal: surroundings.terminal, clock: surroundings.clock)
        let identity: WriterIdentity
        let chosen: DomainID
        if let domain {
            chosen = try repository.domain(beginningWith: domain)
            let secrets = try session.continuing(chosen)
            identity = try session.administration.enrol(host: host, domain: chosen, secrets: secrets.domain)
        } else {
            chosen = .random()
            let secrets = try EpochSecrets.random(domain: .random())
            let recipients = repository.keyring.activeRecipients
            try session.administration.beginEpoch(secrets, domain: chosen, epoch: 1, recipients: recipients)
            identity = try session.administration.enrol(host: host, domain: chosen, secrets: secrets.domain)
        }
        if let withdrawn { try state.setAside(withdrawn, of: repository.id) }
        try state.save(identity)
        return InitialiseSummary(
            repository: repository.id, location: repository.store.location,
            fingerprint: repository.format.administrator, domain: chosen,
            writer: identity.id, host: host, identityPath: state.identityPath(of: repository.id),
            recipients: repository.keyring.activeRecipients.map(\.label))
    }
}

extension Initialise {
    /// The writer that this host was, where it may add nothing any more.
    private static func withdrawnIdentity(_ state: HostState, _ repository: Repository) throws -> WriterID? {
        do {
            let id = try state.identity(for: repository).id
            return repository.keyring.withdrawals[id] == nil ? nil : id
        } catch let failure as Failure where [.identityMissing, .identityForeign].contains(failure.code) {
            return nil
        }
    }
}

extension Repository {
    /// The one domain whose id begins with `prefix`.
    func domain(beginningWith prefix: String) throws -> DomainID {
        let found = keyring.epochs.keys.filter { $0.hex.hasPrefix(prefix.lowercased()) }.sorted()
        guard found.count == 1, !prefix.isEmpty else {
            let all = keyring.epochs.keys.sorted().map { String($0.hex.prefix(8)) }.joined(separator: ", ")
            throw Failure(
                .usage, "\(found.isEmpty ? "No domain's id begins" : "Several domains' ids begin") with '\(prefix)'.",
                advice: "The domains are: \(all).")
        }
        return found[0]
    }
}
