import Crypto
import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct ChunkIdentityTests {
    struct Case: Decodable {
        var key: HexBytes
        var type: UInt8
        var plaintext, digest, id: HexBytes
    }

    @Test func idsAreThoseOfAnotherImplementation() throws {
        let vectors = try Vectors<Case>.load("chunk-identity")
        #expect(Set(vectors.compactMap { ChunkType(rawValue: $0.type) }) == Set(ChunkType.allCases))
        for vector in vectors {
            let type = try #require(ChunkType(rawValue: vector.type))
            let identity = ChunkIdentity(key: SymmetricKey(data: vector.key.bytes))
            let digest = SHA256Digest.of(vector.plaintext.bytes)
            #expect(digest.bytes == vector.digest.bytes)
            #expect(identity.id(of: type, digest: digest).bytes == vector.id.bytes)
            #expect(
                vector.plaintext.bytes.withUnsafeBytes { identity.id(of: type, plaintext: $0) }.bytes == vector.id.bytes
            )

            let others = [
                ChunkIdentity(key: SymmetricKey(data: vector.key.bytes.flippingBit(255))).id(of: type, digest: digest),
                identity.id(of: type == .data ? .bundle : .data, digest: digest),
                identity.id(of: type, digest: try #require(Digest32(bytes: digest.bytes.flippingBit(0)))),
            ]
            #expect(others.allSatisfy { $0.bytes != vector.id.bytes })
        }
    }
}
