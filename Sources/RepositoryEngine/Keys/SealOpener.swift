import Primitives
import Sealing

/// Opens seal headers with the epochs' secrets. The secret of a session is opened once and remembered while it is in use.
package final class SealOpener: Sendable {
    private struct Epoch: Hashable {
        var domain: DomainID
        var number: UInt32
    }

    private final class Entry: Sendable {
        let secrets: EpochSecrets
        init(_ secrets: consuming EpochSecrets) { self.secrets = secrets }
    }

    private final class Opened: Sendable {
        let secret: SessionSecret
        init(_ secret: consuming SessionSecret) { self.secret = secret }
    }

    private struct State {
        var epochs: [Epoch: Entry] = [:]
        var sessions: [Digest32: Opened] = [:]
    }

    package let repository: RepositoryID
    private let state = Monitor(State())

    package init(repository: RepositoryID) { self.repository = repository }

    package func add(_ secrets: consuming EpochSecrets, domain: DomainID, epoch: UInt32) {
        let entry = Entry(secrets)
        state.withLock { $0.epochs[Epoch(domain: domain, number: epoch)] = entry }
    }

    package var domains: [DomainID] { state.withLock { Set($0.epochs.keys.map(\.domain)) }.sorted() }

    /// What names the chunks of a domain, from any of its epochs.
    package func identity(of domain: DomainID) -> ChunkIdentity? {
        state.withLock { state in state.epochs.first { $0.key.domain == domain }?.value.secrets.domain.identity() }
    }

    package func withSecrets<R>(_ domain: DomainID, _ epoch: UInt32, _ body: (borrowing EpochSecrets) throws -> R)
        rethrows -> R?
    {
        guard let entry = state.withLock({ $0.epochs[Epoch(domain: domain, number: epoch)] }) else { return nil }
        return try body(entry.secrets)
    }

    /// The keys of the object that `header` stands in, each checked against its commitment. `EncodingError` when the header was altered,
    /// `key-denied` when its epoch's secrets are not here.
    package func keys(for header: SealHeader, needing kinds: SealKind...) throws -> ObjectKeys {
        guard header.repository == repository else { throw EncodingError("belongs to another repository") }
        var keys = ObjectKeys(object: header.object, data: nil, structure: nil)
        for kind in kinds {
            let (key, commitment) = try secret(kind, of: header).secret.objectKey(for: header.object)
            switch kind {
            case .data:
                guard commitment == header.dataCommitment else {
                    throw EncodingError("does not hold to the key that it commits to")
                }
                keys.data = key
            case .structure:
                guard commitment == header.structureCommitment else {
                    throw EncodingError("does not hold to the key that it commits to")
                }
                keys.structure = key
            case .erasureClass:
                throw EncodingError("asks for an erasure class, which this version does not know")
            }
        }
        return keys
    }

    private func secret(_ kind: SealKind, of header: SealHeader) throws -> Opened {
        guard let seal = header.seals.first(where: { $0.kind == kind }), seal.kem == Encapsulation.kem else {
            throw EncodingError("lacks a seal")
        }
        guard !header.seals.contains(where: { $0.kind == .erasureClass }) else {
            throw EncodingError("asks for an erasure class, which this version does not know")
        }
        let fingerprint = SHA256Digest.of(seal.sealed + header.domain.bytes + [kind.rawValue])
        if let opened = state.withLock({ $0.sessions[fingerprint] }) { return opened }
        let info = SessionSecret.info(kind, repository: repository, domain: header.domain, epoch: header.epoch)
        let opened = try withSecrets(header.domain, header.epoch) { secrets in
            let secret =
                kind == .structure
                ? try secrets.structure.open(seal.sealed, info: info) : try secrets.data.open(seal.sealed, info: info)
            return Opened(SessionSecret(secret, kind))
        }
        guard let opened else {
            throw Failure(
                .keyDenied, "This key does not open epoch \(header.epoch) of domain \(header.domain.hex.prefix(8)).",
                advice: "Use the key of a recipient of that epoch; 'safehold keys' lists them.")
        }
        state.withLock { state in
            if state.sessions.count >= 1024 { state.sessions.removeAll() }
            state.sessions[fingerprint] = opened
        }
        return opened
    }
}
