import Primitives
import Sealing

/// The public half of an epoch, signed by the administrator: what writers seal to.
package struct EpochBundle: Sendable, Equatable {
    package var domain: DomainID
    package var epoch: UInt32
    package var dataKey: Encapsulation.PublicKey
    package var structureKey: Encapsulation.PublicKey
    package var created: Timestamp
    package var commitment: Digest32

    package init(domain: DomainID, epoch: UInt32, secrets: borrowing EpochSecrets, created: Timestamp) {
        self.domain = domain
        self.epoch = epoch
        dataKey = secrets.data.publicKey
        structureKey = secrets.structure.publicKey
        self.created = created
        commitment = secrets.domain.commitment()
    }

    package init(fields: Fields) throws(EncodingError) {
        domain = try fields.identifier(1)
        epoch = try fields.integer32(2)
        guard try fields.integer(3) == 1 else {
            throw EncodingError("uses a cipher suite that this version does not know")
        }
        dataKey = try Encapsulation.PublicKey(bytes: try fields.bytes(4))
        structureKey = try Encapsulation.PublicKey(bytes: try fields.bytes(5))
        created = Timestamp(seconds: try fields.integer(6))
        commitment = try fields.digest(7)
    }

    package var fields: Fields {
        var fields = Fields()
        fields[1] = domain.bytes
        fields.set(2, integer: UInt64(epoch))
        fields.set(3, integer: 1)
        fields[4] = dataKey.bytes
        fields[5] = structureKey.bytes
        fields.set(6, integer: created.seconds)
        fields[7] = commitment.bytes
        return fields
    }

    /// Whether `secrets` are the ones whose public halves stand here.
    package func matches(_ secrets: borrowing EpochSecrets) -> Bool {
        secrets.data.publicKey == dataKey && secrets.structure.publicKey == structureKey
            && secrets.domain.commitment() == commitment
    }

    /// Whether `structure` is the structure half of what stands here.
    package func matches(structure: borrowing Encapsulation.PrivateKey) -> Bool { structure.publicKey == structureKey }
}

extension Timestamp {
    package init(seconds: UInt64) {
        self.init(nanoseconds: Int64(clamping: seconds).multipliedClamping(by: 1_000_000_000))
    }
    package var seconds: UInt64 { UInt64(max(0, nanoseconds / 1_000_000_000)) }
}

extension Int64 {
    fileprivate func multipliedClamping(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
