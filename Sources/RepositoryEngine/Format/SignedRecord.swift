import Primitives
import Sealing

/// Fields that were signed with both algorithms (docs/format.md, section 2).
package struct SignedRecord: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case format = "SHFORMT1"
        case recipient = "SHRECIP1"
        case removal = "SHREMOV1"
        case writer = "SHWRITR1"
        case withdrawal = "SHWITHD1"
        case epoch = "SHEPOCH1"
        case snapshot = "SHSNAPS1"
        case intent = "SHINTNT1"
        case end = "SHSEEND1"
        case abandoned = "SHABAND1"
        case manifest = "SHMANIF1"
        case commit = "SHCOMMT1"
        case drop = "SHDROPS1"
        case lockPolicy = "SHLOCKP1"
        case hold = "SHHOLDS1"
    }

    package let fields: Fields
    private let body: [UInt8]
    private let signature: [UInt8]
    private let kind: Kind

    /// Signs `fields` for `repository`.
    package static func encode(
        _ kind: Kind, _ fields: Fields, repository: RepositoryID, key: borrowing HybridSignature.PrivateKey
    ) throws -> [UInt8] {
        encode(kind, fields, signature: try key.sign(message(kind, fields.encoded(), repository)))
    }

    /// The record with a signature that was made elsewhere.
    static func encode(_ kind: Kind, _ fields: Fields, signature: [UInt8]) -> [UInt8] {
        let body = fields.encoded()
        var writer = ByteWriter(capacity: body.count + signature.count + 12)
        writer.raw(kind.rawValue.utf8)
        writer.u32(UInt32(body.count))
        writer.raw(body)
        writer.raw(signature)
        return writer.bytes
    }

    /// Takes the record apart. It says nothing yet about who signed it.
    package init(decoding bytes: [UInt8], as kind: Kind) throws(EncodingError) {
        self.kind = kind
        (body, signature) = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard Array(try reader.take(8)) == Array(kind.rawValue.utf8) else {
                throw EncodingError("is not a \(kind.rawValue) record")
            }
            let length = try reader.u32()
            let body = Array(try reader.take(Int(length)))
            let signature = Array(try reader.take(HybridSignature.count))
            guard reader.isAtEnd else { throw EncodingError("goes on after its signature") }
            return (body, signature)
        }
        fields = try Fields(decoding: body)
    }

    package func isSigned(by key: HybridSignature.PublicKey, repository: RepositoryID) -> Bool {
        key.isValid(signature, for: Self.message(kind, body, repository))
    }

    /// Decodes and checks the signature; `name` is for the message.
    package static func verified(
        _ bytes: [UInt8], as kind: Kind, by key: HybridSignature.PublicKey, repository: RepositoryID,
        name: some CustomStringConvertible
    ) throws -> Fields {
        let record: SignedRecord
        do {
            record = try SignedRecord(decoding: bytes, as: kind)
        } catch {
            throw Failure.damaged(name, error.problem)
        }
        guard record.isSigned(by: key, repository: repository) else {
            throw Failure(
                .signatureInvalid,
                "The signature of \(name) does not hold: it was altered, or written by somebody without the right key.",
                advice:
                    "Do not trust it. Compare with another copy of the repository; the other objects are not affected.")
        }
        return record.fields
    }

    private static func message(_ kind: Kind, _ body: [UInt8], _ repository: RepositoryID) -> [UInt8] {
        Array("safehold v1 signature".utf8) + [0] + Array(kind.rawValue.utf8) + repository.bytes + body
    }
}
