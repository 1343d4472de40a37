import Primitives
import Sealing

/// The plain beginning of packs, index runs and snapshots: whose it is, and the session secrets sealed to the epoch.
package struct SealHeader: Sendable, Equatable {
    private static let magic = Array("SHSEAL01".utf8)
    package static let fixedCount = 136
    package static let maximumCount = 16 << 10

    package var kind: PackClass
    package var object: SealedObjectID
    package var repository: RepositoryID
    package var domain: DomainID
    package var epoch: UInt32
    package var dataCommitment: Digest32
    package var structureCommitment: Digest32
    package var seals: [SessionSeal]

    package init(
        kind: PackClass, object: SealedObjectID, repository: RepositoryID, domain: DomainID, epoch: UInt32,
        dataCommitment: Digest32, structureCommitment: Digest32, seals: [SessionSeal]
    ) {
        self.kind = kind
        self.object = object
        self.repository = repository
        self.domain = domain
        self.epoch = epoch
        self.dataCommitment = dataCommitment
        self.structureCommitment = structureCommitment
        self.seals = seals
    }

    package func encoded() -> [UInt8] {
        let length = Self.fixedCount + seals.reduce(0) { $0 + 8 + $1.sealed.count }
        var writer = ByteWriter(capacity: length)
        writer.raw(Self.magic)
        writer.u16(1)
        writer.u8(kind.rawValue)
        writer.u8(UInt8(seals.count))
        writer.u32(UInt32(length))
        writer.raw(object.bytes)
        writer.raw(repository.bytes)
        writer.raw(domain.bytes)
        writer.u32(epoch)
        writer.u32(0)
        writer.digest(dataCommitment)
        writer.digest(structureCommitment)
        for seal in seals {
            writer.u8(seal.kind.rawValue)
            writer.u8(0)
            writer.u16(seal.kem)
            writer.u32(UInt32(seal.sealed.count))
            writer.raw(seal.sealed)
        }
        return writer.bytes
    }

    /// Decodes a header from the beginning of `reader`'s bytes.
    package init(decoding reader: inout ByteReader) throws(EncodingError) {
        let start = reader.offset
        guard Array(try reader.take(8)) == Self.magic else { throw EncodingError("does not begin with a seal header") }
        let suite = try reader.u16()
        guard suite == 1 else { throw EncodingError("uses cipher suite \(suite), which this version does not know") }
        guard let kind = PackClass(rawValue: try reader.u8()) else { throw EncodingError("is of an unknown class") }
        self.kind = kind
        let count = try reader.u8()
        let length = Int(try reader.u32())
        object = try reader.identifier()
        repository = try reader.identifier()
        domain = try reader.identifier()
        epoch = try reader.u32()
        _ = try reader.u32()
        dataCommitment = try reader.digest()
        structureCommitment = try reader.digest()
        seals = []
        for _ in 0..<count {
            guard let kind = SealKind(rawValue: try reader.u8()) else {
                throw EncodingError("has a seal of an unknown kind")
            }
            _ = try reader.u8()
            let kem = try reader.u16()
            let size = try reader.u32()
            seals.append(SessionSeal(kind: kind, kem: kem, sealed: Array(try reader.take(Int(size)))))
        }
        guard reader.offset - start == length, length <= Self.maximumCount else {
            throw EncodingError("has a header whose length is wrong")
        }
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in try SealHeader(decoding: &reader) }
    }
}

/// The keys of one sealed object. A maintainer has only the structure key.
package struct ObjectKeys: Sendable {
    package var object: SealedObjectID
    package var data: AEADKey?
    package var structure: AEADKey?

    package init(object: SealedObjectID, data: AEADKey?, structure: AEADKey?) {
        (self.object, self.data, self.structure) = (object, data, structure)
    }

    package func key(for type: ChunkType) throws -> AEADKey {
        guard let key = type.isStructure ? structure : data else {
            throw Failure(
                .keyDenied, "This key does not open content.", advice: "Use a restorer's passphrase or key file.")
        }
        return key
    }
}

/// Nonce domains, so that no two messages under one key share a nonce.
package enum NonceDomain {
    package static let blob: UInt32 = 0
    package static let footer: UInt32 = 1
    package static let indexPage: UInt32 = 2
    package static let indexTables: UInt32 = 3
    package static let snapshotData: UInt32 = 4
    package static let snapshotStructure: UInt32 = 5
    package static let auditEntries: UInt32 = 6
}

package func associatedData(_ label: String, _ object: SealedObjectID) -> [UInt8] { Array(label.utf8) + object.bytes }
