import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct SignedRecordTests {
    private let repository = RepositoryID.random()
    private let fields: Fields = {
        var fields = Fields()
        fields[1] = [1, 2, 3]
        fields.set(2, text: "grün")
        fields.set(7, integer: .max)
        return fields
    }()

    @Test func everyKindIsReadBackAsItself() throws {
        let key = try HybridSignature.PrivateKey.random()
        for kind in SignedRecord.Kind.allCases {
            let bytes = try SignedRecord.encode(kind, fields, repository: repository, key: key)
            #expect(
                try SignedRecord.verified(bytes, as: kind, by: key.publicKey, repository: repository, name: "x")
                    == fields)
            for other in SignedRecord.Kind.allCases where other != kind {
                #expect(throws: EncodingError.self) { _ = try SignedRecord(decoding: bytes, as: other) }
            }
        }
    }

    @Test func aRecordOfAnotherRepositoryOrKeyIsRefused() throws {
        let key = try HybridSignature.PrivateKey.random()
        let other = try HybridSignature.PrivateKey.random().publicKey
        let bytes = try SignedRecord.encode(.commit, fields, repository: repository, key: key)
        for (by, id) in [(key.publicKey, RepositoryID.random()), (other, repository)] {
            #expect(
                failureCode { _ = try SignedRecord.verified(bytes, as: .commit, by: by, repository: id, name: "x") }
                    == .signatureInvalid)
        }
    }

    /// A record that is renamed to another kind is signed for the first one.
    @Test func theKindIsSigned() throws {
        let key = try HybridSignature.PrivateKey.random()
        var bytes = try SignedRecord.encode(.intent, fields, repository: repository, key: key)
        bytes.replaceSubrange(0..<8, with: SignedRecord.Kind.end.rawValue.utf8)
        #expect(
            failureCode {
                _ = try SignedRecord.verified(bytes, as: .end, by: key.publicKey, repository: repository, name: "x")
            } == .signatureInvalid)
    }

    @Test func noBitCanBeTurned() throws {
        let key = try HybridSignature.PrivateKey.random()
        let bytes = try SignedRecord.encode(.snapshot, fields, repository: repository, key: key)
        for bit in stride(from: 0, to: bytes.count * 8, by: Soak.count(97, full: 1)) {
            let code = failureCode {
                _ = try SignedRecord.verified(
                    bytes.flippingBit(bit), as: .snapshot, by: key.publicKey, repository: repository, name: "x")
            }
            #expect(code == .signatureInvalid || code == .objectDamaged, "bit \(bit)")
        }
    }

    @Test func noLengthButItsOwnIsTaken() throws {
        let key = try HybridSignature.PrivateKey.random()
        let bytes = try SignedRecord.encode(.writer, fields, repository: repository, key: key)
        for count in [0, 7, 8, 11, 12, 20, bytes.count - 1] {
            #expect(throws: EncodingError.self) { _ = try SignedRecord(decoding: Array(bytes[..<count]), as: .writer) }
        }
        #expect(throws: EncodingError.self) { _ = try SignedRecord(decoding: bytes + [0], as: .writer) }
    }

    /// Both signatures must hold: half of an attacker's work is none.
    @Test func oneSignatureIsNotEnough() throws {
        let key = try HybridSignature.PrivateKey.random()
        let bytes = try SignedRecord.encode(.writer, fields, repository: repository, key: key)
        let record = try SignedRecord(decoding: bytes, as: .writer)
        #expect(record.isSigned(by: key.publicKey, repository: repository))
        for position in [bytes.count - HybridSignature.count, bytes.count - 1] {
            let half = try SignedRecord(decoding: bytes.flippingBit(position * 8), as: .writer)
            #expect(!half.isSigned(by: key.publicKey, repository: repository))
        }
    }
}
