import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct SignatureTests {
    struct Ed25519Case: Decodable {
        var seed, `public`, message, signature: HexBytes
    }

    struct Case: Decodable {
        var seeds, `public`, fingerprint, message, signature: HexBytes
    }

    private static let edges = [0, 255, 256, 511, 512, 513, HybridSignature.count * 8 - 1]

    @Test func ed25519IsTheFirstHalf() throws {
        for vector in try Vectors<Ed25519Case>.load("ed25519") {
            let key = try HybridSignature.PrivateKey(
                seeds: (vector.seed.bytes + [UInt8](repeating: 7, count: 32)).secret)
            #expect(Array(key.publicKey.bytes[..<32]) == vector.public.bytes)
            let signature = try key.sign(vector.message.bytes)
            #expect(Array(signature[..<64]) == vector.signature.bytes)
            #expect(key.publicKey.isValid(signature, for: vector.message.bytes))
        }
    }

    @Test func whatAnotherImplementationSignedHolds() throws {
        for vector in try Vectors<Case>.load("hybrid-signature") {
            let key = try HybridSignature.PublicKey(bytes: vector.public.bytes)
            #expect(key.fingerprint.bytes == vector.fingerprint.bytes)
            #expect(key.isValid(vector.signature.bytes, for: vector.message.bytes))
            let mine = try HybridSignature.PrivateKey(seeds: vector.seeds.bytes.secret).publicKey
            #expect(mine == key)
        }
    }

    @Test func anAlteredBitIsRefused() throws {
        for vector in try Vectors<Case>.load("hybrid-signature") {
            let key = try HybridSignature.PublicKey(bytes: vector.public.bytes)
            for bit in Self.edges + Array(stride(from: 3, to: HybridSignature.count * 8, by: 509)) {
                #expect(!key.isValid(vector.signature.bytes.flippingBit(bit), for: vector.message.bytes), "bit \(bit)")
            }
            for bit in stride(from: 0, to: vector.message.bytes.count * 8, by: 1_201) {
                #expect(!key.isValid(vector.signature.bytes, for: vector.message.bytes.flippingBit(bit)))
            }
            #expect(!key.isValid(vector.signature.bytes, for: vector.message.bytes + [0]))
            #expect(!key.isValid(vector.signature.bytes.dropLast(), for: vector.message.bytes))
            #expect(!key.isValid(vector.signature.bytes + [0], for: vector.message.bytes))
            for bit in [0, 200, 256, 2_000, HybridSignature.PublicKey.count * 8 - 1] {
                let other = try? HybridSignature.PublicKey(bytes: vector.public.bytes.flippingBit(bit))
                #expect(other?.isValid(vector.signature.bytes, for: vector.message.bytes) != true)
            }
        }
    }

    @Test func oneSignatureOfTheTwoIsNotEnough() throws {
        let vectors = try Vectors<Case>.load("hybrid-signature")
        let mine = vectors[1]
        let theirs = try HybridSignature.PrivateKey.random()
        let key = try HybridSignature.PublicKey(bytes: mine.public.bytes)
        let foreign = try theirs.sign(mine.message.bytes)
        #expect(!key.isValid(mine.signature.bytes[..<64] + foreign[64...], for: mine.message.bytes))
        #expect(!key.isValid(foreign[..<64] + mine.signature.bytes[64...], for: mine.message.bytes))
        #expect(theirs.publicKey.isValid(foreign, for: mine.message.bytes))
    }

    /// RFC 8032, section 5.1.7: S is below the group's order, or one signature would have several spellings.
    @Test func anEd25519SignatureHasOneSpelling() throws {
        let vector = try #require(try Vectors<Case>.load("hybrid-signature").first)
        let order: [UInt8] = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0x10,
        ]
        var signature = vector.signature.bytes
        var carry = 0
        for i in 0..<32 {
            let sum = Int(signature[32 + i]) + Int(order[i]) + carry
            signature[32 + i] = UInt8(sum & 0xFF)
            carry = sum >> 8
        }
        #expect(carry == 0)
        #expect(
            try !HybridSignature.PublicKey(bytes: vector.public.bytes).isValid(signature, for: vector.message.bytes))
    }

    @Test func keysOfOtherLengthsAreRefused() {
        for count in [0, 32, 1983, 1985] {
            #expect(throws: EncodingError.self) {
                try HybridSignature.PublicKey(bytes: [UInt8](repeating: 1, count: count))
            }
        }
        for count in [0, 32, 63, 65] {
            #expect(throws: EncodingError.self) {
                _ = try HybridSignature.PrivateKey(seeds: SecretBytes.random(count: count))
            }
        }
    }

    @Test func theSeedsComeBack() throws {
        let vector = try #require(try Vectors<Case>.load("hybrid-signature").first)
        let seeds = try HybridSignature.PrivateKey(seeds: vector.seeds.bytes.secret).copySeeds().revealed
        #expect(seeds == vector.seeds.bytes)
    }
}
