import Crypto
import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct DigestsTests {
    struct SHA256Case: Decodable {
        var message: HexBytes
        var repeated: Int
        var digest: HexBytes
    }

    @Test func sha256() throws {
        for vector in try Vectors<SHA256Case>.load("sha256") {
            let message = Array([[UInt8]](repeating: vector.message.bytes, count: vector.repeated).joined())
            #expect(SHA256Digest.of(message).bytes == vector.digest.bytes)
            // In pieces that straddle the blocks of 64 bytes.
            var running = RunningSHA256()
            message.withUnsafeBytes { raw in
                for start in stride(from: 0, to: raw.count, by: 1_001) {
                    running.update(UnsafeRawBufferPointer(rebasing: raw[start..<min(raw.count, start + 1_001)]))
                }
            }
            #expect(running.value().bytes == vector.digest.bytes)
            guard !message.isEmpty else { continue }
            #expect(SHA256Digest.of(message.flippingBit(0)).bytes != vector.digest.bytes)
        }
    }

    struct HMACCase: Decodable {
        var key, message, mac: HexBytes
    }

    /// The primitive below `ChunkIdentity`.
    @Test func hmac() throws {
        for vector in try Vectors<HMACCase>.load("hmac-sha256") {
            let key = SymmetricKey(data: vector.key.bytes)
            func mac(_ message: [UInt8]) -> [UInt8] {
                Array(HMAC<SHA256>.authenticationCode(for: message, using: key)).dropLast(32 - vector.mac.bytes.count)
            }
            #expect(mac(vector.message.bytes) == vector.mac.bytes)
            #expect(mac(vector.message.bytes.flippingBit(9)) != vector.mac.bytes)
        }
    }

    struct HKDFCase: Decodable {
        var secret, salt, info, output: HexBytes
    }

    /// The primitive below `SessionSecret` and `DomainSecrets`.
    @Test func hkdf() throws {
        for vector in try Vectors<HKDFCase>.load("hkdf-sha256") {
            func derived(_ secret: [UInt8]) -> [UInt8] {
                HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: SymmetricKey(data: secret), salt: vector.salt.bytes, info: vector.info.bytes,
                    outputByteCount: vector.output.bytes.count
                ).withUnsafeBytes { Array($0) }
            }
            #expect(derived(vector.secret.bytes) == vector.output.bytes)
            #expect(derived(vector.secret.bytes.flippingBit(9)) != vector.output.bytes)
        }
    }
}
