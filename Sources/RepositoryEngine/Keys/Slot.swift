import Primitives
import Sealing

/// A secret sealed to one recipient (docs/format.md, section 3).
package struct Slot: Sendable {
    package enum Purpose: UInt8, Sendable {
        case epoch = 1, administrator = 2
        /// The structure half of an epoch alone.
        case structure = 3
    }

    private static let magic = Array("SHSLOT01".utf8)

    package var purpose: Purpose
    package var recipient: RecipientID
    package var sealed: [UInt8]

    package static func info(
        _ purpose: Purpose, repository: RepositoryID, domain: DomainID, epoch: UInt32, recipient: RecipientID
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw("safehold v1 slot".utf8)
        writer.raw(repository.bytes)
        writer.u8(purpose.rawValue)
        writer.raw(domain.bytes)
        writer.u32(epoch)
        writer.raw(recipient.bytes)
        return writer.bytes
    }

    package init(
        sealing secret: borrowing SecretBytes, _ purpose: Purpose, repository: RepositoryID, domain: DomainID,
        epoch: UInt32, to recipient: Recipient
    ) throws {
        self.purpose = purpose
        self.recipient = recipient.id
        let info = Self.info(purpose, repository: repository, domain: domain, epoch: epoch, recipient: recipient.id)
        sealed = try recipient.publicKey.seal(secret, info: info)
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: sealed.count + 32)
        writer.raw(Self.magic)
        writer.u8(purpose.rawValue)
        writer.raw(recipient.bytes)
        writer.u16(Encapsulation.kem)
        writer.u32(UInt32(sealed.count))
        writer.raw(sealed)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard Array(try reader.take(8)) == Self.magic, let purpose = Purpose(rawValue: try reader.u8()) else {
                throw EncodingError("is not a slot")
            }
            let recipient: RecipientID = try reader.identifier()
            guard try reader.u16() == Encapsulation.kem else {
                throw EncodingError("uses a key encapsulation that this version does not know")
            }
            let sealed = Array(try reader.take(Int(try reader.u32())))
            guard reader.isAtEnd else { throw EncodingError("goes on after its end") }
            return Slot(purpose: purpose, recipient: recipient, sealed: sealed)
        }
    }

    private init(purpose: Purpose, recipient: RecipientID, sealed: [UInt8]) {
        (self.purpose, self.recipient, self.sealed) = (purpose, recipient, sealed)
    }
}
