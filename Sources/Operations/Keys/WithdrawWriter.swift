import Identity
import Primitives
import RepositoryEngine
import Storage

/// Says for ever that a host's writer adds nothing any more: what is added with its key from now on does not count.
package enum WithdrawWriter {
    /// Which one.
    package enum Choice: Sendable {
        /// By the host's name, or by the beginning of the writer's id.
        case named(String)
        case thisHost
    }

    package struct Summary: Sendable {
        package var id: WriterID
        package var host: String
        /// What is in force.
        package var withdrawal: KeyFacts.WithdrawalFacts
        /// Whether it had been withdrawn before; then nothing was done.
        package var isOld: Bool
        /// Numbers behind the last that counts whose snapshots cannot be read: brought back later they will not count.
        package var unreadable: UInt64
    }

    /// Throws `identity-missing` where this host is meant and has no writer.
    package static func run(
        permit: consuming Permit<KeyAction>, authority: KeyAuthority, choice: Choice, state: HostState, reason: String
    ) throws -> Summary {
        let repository = authority.repository
        let certificate = try certificate(choice, state, repository)
        if let withdrawal = repository.keyring.withdrawals[certificate.id] {
            return Summary(
                id: certificate.id, host: certificate.host, withdrawal: .init(withdrawal), isOld: true, unreadable: 0)
        }
        let session = try authority.open()
        let catalog = try SnapshotCatalog(repository: repository, writer: certificate.id)
        let last = catalog.snapshots.filter(\.isCommitted).max { $0.record.sequence < $1.record.sequence }
        let confirmed = try repository.store.names(below: "\(Names.commits)/\(certificate.id.hex)")
        let known = Set(catalog.snapshots.map { Names.commit(certificate.id, $0.record.sequence) })
        let bound = Names.commit(certificate.id, last?.record.sequence ?? 0)
        return Summary(
            id: certificate.id, host: certificate.host,
            withdrawal: .init(try session.administration.withdraw(certificate.id, after: last, reason: reason)),
            isOld: false, unreadable: UInt64(confirmed.count { $0 > bound && !known.contains($0) }))
    }

    private static func certificate(_ choice: Choice, _ state: HostState, _ repository: Repository) throws
        -> WriterCertificate
    {
        let found: [WriterCertificate]
        switch choice {
        case .thisHost:
            let identity = try state.identity(for: repository)
            found = repository.keyring.writers[identity.id].map { [$0] } ?? []
        case .named(let text):
            found = candidates(text, repository)
            if found.count > 1 {
                let all = found.map { "\($0.id.hex.prefix(8)) (\($0.host), since \($0.created))" }
                throw Failure(
                    .usage, "Several writers are called '\(text)': \(all.joined(separator: ", ")).",
                    advice: "Give the beginning of the id.")
            }
        }
        guard let first = found.first else {
            throw Failure(
                .recipientMissing, "No writer of the repository is meant by that.",
                advice: "'safehold keys' lists them; give a host's name, or at least four digits of an id.")
        }
        return first
    }

    /// Of a host that was enrolled several times those that are not withdrawn, unless all are.
    private static func candidates(_ text: String, _ repository: Repository) -> [WriterCertificate] {
        let all = repository.keyring.writers.values.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
        let named = all.filter { $0.host == text }
        guard !named.isEmpty else {
            return all.filter { text.utf8.count >= 4 && $0.id.hex.hasPrefix(text.lowercased()) }
        }
        let active = named.filter { repository.keyring.withdrawals[$0.id] == nil }
        return active.isEmpty ? [named[named.count - 1]] : active
    }
}
