import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// What a password is compared with (SEC-5).
@Suite("Passwords are compared by scrypt") struct PasswordVerifierTests {
    struct ScryptCase: Decodable {
        var passphrase, salt: HexBytes
        var logN: UInt8
        var r, p: UInt32
        var output: HexBytes
    }

    @Test("RFC 7914, section 12: the stored digest is the second half of the vectors' 64 bytes") func vectors() throws {
        for vector in try Vectors<ScryptCase>.load("scrypt") {
            let parameters = ScryptParameters(logN: vector.logN, r: vector.r, p: vector.p)
            let verifier = try PasswordVerifier(
                vector.passphrase.bytes.secret, salt: vector.salt.bytes, parameters: parameters)
            #expect(verifier.digest.bytes == Array(vector.output.bytes[32...]))
            let stored = PasswordVerifier(parameters: parameters, salt: vector.salt.bytes, digest: verifier.digest)
            let isRight = try stored.matches(vector.passphrase.bytes.secret)
            let isWrong = try stored.matches((vector.passphrase.bytes + [0x20]).secret)
            #expect(isRight && !isWrong)
        }
    }

    @Test("a verifier keeps the parameters that it was made with, and says when they are not today's") func parameters()
        throws
    {
        let old = ScryptParameters(logN: 4, r: 8, p: 1)
        let verifier = try PasswordVerifier("x".secret, salt: [1], parameters: old)
        #expect(verifier.isOutdated(by: .standard) && !verifier.isOutdated(by: old))
        #expect(PasswordPolicy().parameters.isAcceptable)
    }

    @Test("equal is what is equal in every bit") func constantTime() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<50 {
            let bytes = random.bytes(32)
            let other = bytes.flippingBit(Int(random.next() % 256))
            #expect(ConstantTime.areEqual(bytes, bytes) && !ConstantTime.areEqual(bytes, other))
            #expect(!ConstantTime.areEqual(bytes, Array(bytes.dropLast())))
            if let x = Digest32(bytes: bytes), let y = Digest32(bytes: other) {
                #expect(ConstantTime.areEqual(x, x) && !ConstantTime.areEqual(x, y))
            }
        }
    }
}
