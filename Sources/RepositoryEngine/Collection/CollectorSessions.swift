import Primitives
import Sealing

/// What a collector seals with: a session of its own for each domain, to the newest epoch's public keys.
final class CollectorSessions {
    private let repository: Repository
    private var made: [DomainID: SealingSession] = [:]

    init(_ repository: Repository) { self.repository = repository }

    func session(of domain: DomainID) throws -> SealingSession {
        if let session = made[domain] { return session }
        guard let bundle = repository.keyring.newestEpoch(of: domain) else {
            throw Failure(
                .objectMissing, "Domain \(domain.hex.prefix(8)) has no epoch to seal to.",
                advice: "Run 'safehold verify' on the repository.")
        }
        let session = try SealingSession(id: .random(), repository: repository.id, bundle: bundle)
        made[domain] = session
        return session
    }

    /// Seals with `session` from now on: sealing one's secrets to an epoch is slow, and simulations do it once.
    func use(_ session: SealingSession) { made[session.domain] = session }
}
