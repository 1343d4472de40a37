import Primitives
import Sealing

/// What one backup session seals with: two random secrets, sealed once to the epoch, and the keys of any number of objects from them.
/// When it ends, nothing on the host opens what it wrote.
package final class SealingSession: Sendable {
    package let id: SessionID
    package let repository: RepositoryID
    package let domain: DomainID
    package let epoch: UInt32
    private let data: SessionSecret
    private let structure: SessionSecret
    private let seals: [SessionSeal]

    package init(id: SessionID, repository: RepositoryID, bundle: EpochBundle) throws {
        self.id = id
        self.repository = repository
        domain = bundle.domain
        epoch = bundle.epoch
        data = SessionSecret.random(.data)
        structure = SessionSecret.random(.structure)
        func info(_ kind: SealKind) -> [UInt8] {
            SessionSecret.info(kind, repository: repository, domain: bundle.domain, epoch: bundle.epoch)
        }
        seals = [
            try data.sealed(to: bundle.dataKey, info: info(.data)),
            try structure.sealed(to: bundle.structureKey, info: info(.structure)),
        ]
    }

    /// A header with a fresh object id, and the keys that belong to it.
    package func newObject(_ kind: PackClass) -> (header: SealHeader, keys: ObjectKeys) {
        let object = SealedObjectID.random()
        let (dataKey, dataCommitment) = data.objectKey(for: object)
        let (structureKey, structureCommitment) = structure.objectKey(for: object)
        let header = SealHeader(
            kind: kind, object: object, repository: repository, domain: domain, epoch: epoch,
            dataCommitment: dataCommitment, structureCommitment: structureCommitment, seals: seals)
        return (header, ObjectKeys(object: object, data: dataKey, structure: structureKey))
    }
}
