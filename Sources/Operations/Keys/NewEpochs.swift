import Identity
import Primitives
import RepositoryEngine
import Sealing

/// Fresh key pairs to seal to. Writers use them from their next backup on; nothing has to be done on the hosts.
package enum NewEpochs {
    package struct Begun: Sendable {
        package var domain: DomainID
        package var epoch: UInt32
    }

    /// For all domains, or for the one whose id begins with `domain`.
    package static func run(permit: consuming Permit<KeyAction>, authority: KeyAuthority, domain: String?) throws
        -> [Begun]
    {
        let keyring = authority.repository.keyring
        let domains =
            try domain.map { [try authority.repository.domain(beginningWith: $0)] } ?? keyring.epochs.keys.sorted()
        return try begin(try authority.open(), domains: domains, recipients: keyring.activeRecipients)
    }

    static func begin(_ session: borrowing AdministratorSession, domains: [DomainID], recipients: [Recipient]) throws
        -> [Begun]
    {
        // All or nothing as far as that can be known before: a domain that this key does not open is said before anything is written.
        for domain in domains { _ = try session.continuing(domain) }
        var begun: [Begun] = []
        for domain in domains {
            let epoch = (session.repository.keyring.newestEpoch(of: domain)?.epoch ?? 0) + 1
            try session.administration.beginEpoch(
                try session.continuing(domain), domain: domain, epoch: epoch, recipients: recipients)
            begun.append(Begun(domain: domain, epoch: epoch))
        }
        return begun
    }
}
