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

    /// The structure half alone.
    private final class Structure: Sendable {
        let key: Encapsulation.PrivateKey
        init(_ key: consuming Encapsulation.PrivateKey) { self.key = key }
    }

    private final class Opened: Sendable {
        let secret: SessionSecret
        init(_ secret: consuming SessionSecret) { self.secret = secret }
    }

    private struct State {
        var epochs: [Epoch: Entry] = [:]
        var structures: [Epoch: Structure] = [:]
        var sessions: [Digest32: Opened] = [:]
    }

    package let repository: RepositoryID
    private let state = Monitor(State())

    package init(repository: RepositoryID) { self.repository = repository }

    package func add(_ secrets: consuming EpochSecrets, domain: DomainID, epoch: UInt32) {
        let entry = Entry(secrets)
        state.withLock { $0.epochs[Epoch(domain: domain, number: epoch)] = entry }
    }

    package func add(structure: consuming Encapsulation.PrivateKey, domain: DomainID, epoch: UInt32) {
        let entry = Structure(structure)
        state.withLock { $0.structures[Epoch(domain: domain, number: epoch)] = entry }
    }

    /// Whether this is a maintainer's: it opens the structure of backups, and neither content nor names.
    package var opensStructureOnly: Bool { state.withLock { $0.epochs.isEmpty && !$0.structures.isEmpty } }

    package var domains: [DomainID] {
        state.withLock { Set($0.epochs.keys.map(\.domain)).union($0.structures.keys.map(\.domain)) }.sorted()
    }

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
        guard let opened = try open(seal, of: header) else { throw denied(header) }
        state.withLock { state in
            if state.sessions.count >= 1024 { state.sessions.removeAll() }
            state.sessions[fingerprint] = opened
        }
        return opened
    }

    /// Nil where the keys at hand do not reach.
    private func open(_ seal: SessionSeal, of header: SealHeader) throws -> Opened? {
        let info = SessionSecret.info(
            seal.kind, repository: repository, domain: header.domain, epoch: header.epoch)
        let opened = try withSecrets(header.domain, header.epoch) { secrets in
            let secret =
                seal.kind == .structure
                ? try secrets.structure.open(seal.sealed, info: info) : try secrets.data.open(seal.sealed, info: info)
            return Opened(SessionSecret(secret, seal.kind))
        }
        guard opened == nil, seal.kind == .structure, let structure = structure(of: header) else { return opened }
        return Opened(SessionSecret(try structure.key.open(seal.sealed, info: info), .structure))
    }

    private func structure(of header: SealHeader) -> Structure? {
        state.withLock { $0.structures[Epoch(domain: header.domain, number: header.epoch)] }
    }

    private func denied(_ header: SealHeader) -> Failure {
        if structure(of: header) != nil { return .opensStructureOnly }
        return Failure(
            .keyDenied, "This key does not open epoch \(header.epoch) of domain \(header.domain.hex.prefix(8)).",
            advice: "Use the key of a recipient of that epoch; 'safehold keys' lists them.")
    }
}

extension Failure {
    /// What a maintainer's key is told wherever content or names are asked for.
    package static let opensStructureOnly = Failure(
        .keyDenied, "This is a maintainer's key: it collects and verifies, and opens no content and no names.",
        advice: "Use the passphrase or key file of a recipient who opens backups; 'safehold keys' lists them.")
}
