import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// A signature that another implementation made (REG-3: 21 CFR 11.10(b), 11.70).
@Suite("Signatures of others") struct SignatureVectorTests {
    struct Case: Decodable {
        var authority, content, record, signature: HexBytes
    }

    @Test(
        "N-24: one that was made by other code from docs/signatures.md alone has the same encoding and the same verdict"
    )
    func vector() throws {
        let vector = try #require(try Vectors<Case>.load("electronic-signature").first)
        let authority = try HybridSignature.PublicKey(bytes: vector.authority.bytes)
        let signature = try ElectronicSignature(decoding: vector.signature.bytes)
        let record = signature.record
        #expect(record.encoded() == vector.record.bytes && signature.encoded() == vector.signature.bytes)
        #expect(record.printedName == "Jürgen Vogt" && record.meaning == .review && record.record.version == 3)
        #expect(record.localTime.hasSuffix("-02:30") && record.zone.name == "America/St_Johns")
        #expect(record.ceremony.components == [.identifier, .password, .secondFactor])

        let content = vector.content.bytes
        #expect(signature.problems(on: record.record, content: content, under: authority).isEmpty)
        #expect(
            signature.problems(on: record.record, content: content + [0x20], under: authority) == [.alteredRecord])
        let other = try HybridSignature.PrivateKey(seeds: [UInt8](repeating: 3, count: 64).secret).publicKey
        #expect(signature.problems(on: record.record, content: content, under: other) == [.untrustedKey])
    }
}
