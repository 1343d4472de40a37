import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct EpochSecretsTests {
    struct Case: Decodable {
        var encoded, data, structure, commitment, plaintext, id: HexBytes
    }

    @Test func theSlotsPlaintextIsThatOfAnotherImplementation() throws {
        let vector = try #require(try Vectors<Case>.load("epoch-secrets").first)
        let secrets = try EpochSecrets(encoded: vector.encoded.bytes.secret)
        #expect(secrets.data.publicKey.bytes == vector.data.bytes)
        #expect(secrets.structure.publicKey.bytes == vector.structure.bytes)
        let commitment = secrets.domain.commitment()
        #expect(commitment.bytes == vector.commitment.bytes)
        let id = secrets.domain.identity().id(of: .data, digest: SHA256Digest.of(vector.plaintext.bytes))
        #expect(id.bytes == vector.id.bytes)
        let encoded = secrets.encoded().revealed
        #expect(encoded == vector.encoded.bytes)

        // One bit of either domain key is another domain.
        for bit in [64 * 8, 128 * 8 - 1] {
            let other = try EpochSecrets(encoded: vector.encoded.bytes.flippingBit(bit).secret).domain.commitment()
            #expect(other != commitment)
        }
    }

    @Test func otherLengthsAreRefused() {
        for count in [0, 127, 129] {
            #expect(throws: EncodingError.self) { _ = try EpochSecrets(encoded: SecretBytes.random(count: count)) }
        }
        #expect(throws: EncodingError.self) { _ = try DomainSecrets(encoded: SecretBytes.random(count: 63)) }
    }

    @Test func theChunkerTableDependsOnTheChunkerKeyAlone() throws {
        var generator = SeededGenerator(seed: 30)
        let keys = generator.bytes(64)
        func table(_ bytes: [UInt8]) throws -> [UInt8] { try DomainSecrets(encoded: bytes.secret).chunkerTable() }
        let first = try table(keys)
        #expect(first.count == 2048)
        #expect(try table(keys.flippingBit(0)) == first)
        #expect(try table(keys.flippingBit(256)) != first)
        let copy = try DomainSecrets(encoded: keys.secret).copy()
        let (seed, again) = (copy.borderSeed(), try DomainSecrets(encoded: keys.secret).borderSeed())
        #expect(seed == again)
        #expect(copy.chunkerTable() == first)
    }
}
