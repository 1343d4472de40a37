import Crypto
import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct AEADKeyTests {
    struct Case: Decodable {
        var key, nonce, plaintext, aad, ciphertext, tag: HexBytes
    }

    private func nonce(_ bytes: [UInt8]) -> SealNonce {
        bytes.withUnsafeBytes { raw in
            SealNonce(
                domain: UInt32(bigEndian: raw.loadUnaligned(as: UInt32.self)),
                number: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt64.self)))
        }
    }

    @Test func publishedVectorsAndEveryBitOfThem() throws {
        for vector in try Vectors<Case>.load("aes-256-gcm") {
            let key = AEADKey(SymmetricKey(data: vector.key.bytes))
            let nonce = nonce(vector.nonce.bytes)
            let sealed = vector.ciphertext.bytes + vector.tag.bytes
            #expect(try key.seal(vector.plaintext.bytes, nonce: nonce, authenticating: vector.aad.bytes) == sealed)
            #expect(try key.open(sealed, nonce: nonce, authenticating: vector.aad.bytes) == vector.plaintext.bytes)

            let altered = EncodingError("does not open under its key: it was altered")
            for bit in 0..<sealed.count * 8 {
                #expect(throws: altered) {
                    try key.open(sealed.flippingBit(bit), nonce: nonce, authenticating: vector.aad.bytes)
                }
            }
            for bit in 0..<vector.aad.bytes.count * 8 {
                #expect(throws: altered) {
                    try key.open(sealed, nonce: nonce, authenticating: vector.aad.bytes.flippingBit(bit))
                }
            }
            for bit in 0..<96 {
                let other = self.nonce(vector.nonce.bytes.flippingBit(bit))
                #expect(throws: altered) { try key.open(sealed, nonce: other, authenticating: vector.aad.bytes) }
            }
            let other = AEADKey(SymmetricKey(data: vector.key.bytes.flippingBit(77)))
            #expect(throws: altered) { try other.open(sealed, nonce: nonce, authenticating: vector.aad.bytes) }
            for count in 0..<16 {
                #expect(throws: EncodingError("is shorter than its seal")) {
                    try key.open(Array(sealed.prefix(count)), nonce: nonce, authenticating: vector.aad.bytes)
                }
            }
            #expect(throws: altered) { try key.open(sealed + [0], nonce: nonce, authenticating: vector.aad.bytes) }
        }
    }

    @Test func whatTheReaderThrowsIsNotTakenForDamage() throws {
        struct Stop: Error {}
        let key = AEADKey(SymmetricKey(size: .bits256))
        let nonce = SealNonce(domain: 0, number: 0)
        let sealed = try key.seal([1, 2, 3], nonce: nonce, authenticating: [])
        #expect(throws: Stop.self) {
            try sealed.withUnsafeBytes { raw in
                try key.open(raw, nonce: nonce, authenticating: UnsafeRawBufferPointer(start: nil, count: 0)) { _ in
                    throw Stop()
                }
            }
        }
    }
}
