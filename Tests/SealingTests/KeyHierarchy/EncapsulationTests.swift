import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct EncapsulationTests {
    struct Case: Decodable {
        var seed, `public`, info, plaintext, sealed: HexBytes
    }

    @Test func whatAnotherImplementationSealedOpens() throws {
        for vector in try Vectors<Case>.load("encapsulation") {
            let key = try Encapsulation.PrivateKey(seed: vector.seed.bytes.secret)
            #expect(key.publicKey.bytes == vector.public.bytes)
            #expect(vector.sealed.bytes.count == Encapsulation.encapsulatedCount + vector.plaintext.bytes.count + 16)
            let opened = try key.open(vector.sealed.bytes, info: vector.info.bytes).revealed
            #expect(opened == vector.plaintext.bytes)
        }
    }

    @Test func anAlteredBitAnotherKeyAndAnotherInfoAreRefused() throws {
        let vectors = try Vectors<Case>.load("encapsulation")
        let vector = try #require(vectors.first)
        let key = try Encapsulation.PrivateKey(seed: vector.seed.bytes.secret)
        func refuses(_ sealed: [UInt8], _ info: [UInt8]) -> Bool {
            do {
                _ = try key.open(sealed, info: info)
                return false
            } catch {
                return error == EncodingError("does not open with this key")
            }
        }
        let bits = vector.sealed.bytes.count * 8
        // ML-KEM ciphertext; X25519 share, whose last bit X25519 itself ignores; ciphertext; tag.
        let corners = [0, 1088 * 8 - 1, 1088 * 8, 1120 * 8 - 1, 1120 * 8, 1152 * 8, bits - 1]
        for bit in corners + Array(stride(from: 5, to: bits, by: 331)) {
            #expect(refuses(vector.sealed.bytes.flippingBit(bit), vector.info.bytes), "bit \(bit)")
        }
        #expect(refuses(vector.sealed.bytes, vector.info.bytes.flippingBit(3)))
        #expect(refuses(vector.sealed.bytes, []))
        #expect(refuses(vector.sealed.bytes + [0], vector.info.bytes))
        #expect(refuses(vectors[1].sealed.bytes, vectors[1].info.bytes))
    }

    @Test func truncatedValuesAndKeysOfOtherLengthsAreRefused() throws {
        let vector = try #require(try Vectors<Case>.load("encapsulation").first)
        let key = try Encapsulation.PrivateKey(seed: vector.seed.bytes.secret)
        for count in [0, 1, 1119, 1120, 1135] {
            #expect(throws: EncodingError("has a sealed key that is too short")) {
                _ = try key.open(vector.sealed.bytes.prefix(count), info: vector.info.bytes)
            }
        }
        for count in [0, 1215, 1217] {
            #expect(throws: EncodingError.self) {
                try Encapsulation.PublicKey(bytes: [UInt8](repeating: 0, count: count))
            }
        }
        for count in [0, 31, 33, 64] {
            #expect(throws: EncodingError.self) {
                _ = try Encapsulation.PrivateKey(seed: SecretBytes.random(count: count))
            }
        }
    }

    @Test func nothingIsSealedToWhatIsNoKey() throws {
        // Coefficients of an ML-KEM key are below 3329; 12 bits of ones are not.
        let nonsense = try? Encapsulation.PublicKey(
            bytes: [UInt8](repeating: 0xFF, count: Encapsulation.publicKeyCount))
        let sealed = try? nonsense?.seal(SecretBytes.random(count: 32), info: [])
        #expect(sealed == nil)
    }

    @Test func whatWeSealOpensAndIsNeverTheSameTwice() throws {
        let key = try Encapsulation.PrivateKey.random()
        let secret = SecretBytes.random(count: 128)
        let first = try key.publicKey.seal(secret, info: [1])
        let second = try key.publicKey.seal(secret, info: [1])
        #expect(first != second && first.count == 1120 + 128 + 16)
        let opened = try key.copy().open(first, info: [1])
        let isSame = opened.isEqual(to: secret)
        #expect(isSame)
    }
}
