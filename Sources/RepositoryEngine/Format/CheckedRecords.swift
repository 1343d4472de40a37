import Primitives
import Sealing

/// Records whose signatures were found to hold: a collection lists the snapshots several times, and both signatures take a while. Of each
/// its digest is kept, together with the key that it holds under.
package final class CheckedRecords: Sendable {
    private static let most = 1 << 16
    private let digests = Monitor<Set<Digest32>>([])

    package init() {}

    private static func digest(
        _ bytes: [UInt8], _ kind: SignedRecord.Kind, _ key: HybridSignature.PublicKey, _ repository: RepositoryID
    ) -> Digest32 {
        SHA256Digest.of(Array(kind.rawValue.utf8) + repository.bytes + key.fingerprint.bytes + bytes)
    }

    /// What `SignedRecord.verified` says, from memory where it said so before.
    package func verified(
        _ bytes: [UInt8], as kind: SignedRecord.Kind, by key: HybridSignature.PublicKey, repository: RepositoryID,
        name: some CustomStringConvertible
    ) throws -> Fields {
        let digest = Self.digest(bytes, kind, key, repository)
        if digests.withLock({ $0.contains(digest) }), let record = try? SignedRecord(decoding: bytes, as: kind) {
            return record.fields
        }
        let fields = try SignedRecord.verified(bytes, as: kind, by: key, repository: repository, name: name)
        remember(digest)
        return fields
    }

    private func remember(_ digest: Digest32) {
        digests.withLock { digests in
            if digests.count >= Self.most { digests.removeAll() }
            digests.insert(digest)
        }
    }

    /// Takes a record for one that was checked. For simulations, which make a million of them and look at other things than signatures.
    func trust(
        _ bytes: [UInt8], as kind: SignedRecord.Kind, by key: HybridSignature.PublicKey, repository: RepositoryID
    ) { remember(Self.digest(bytes, kind, key, repository)) }
}
