import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Codes of authenticators (SEC-5).
@Suite("One-time codes") struct OneTimeCodeTests {
    struct CounterCase: Decodable {
        var secret: HexBytes
        var counter: UInt64
        var code: String
    }

    @Test("RFC 4226, appendix D") func counters() throws {
        for vector in try Vectors<CounterCase>.load("hotp") {
            let code = OneTimeCode.code(
                vector.secret.bytes.secret, counter: vector.counter, algorithm: .sha1, digits: 6)
            #expect(String(decoding: code, as: UTF8.self) == vector.code)
        }
    }

    struct TimeCase: Decodable {
        var algorithm: String
        var secret: HexBytes
        var seconds: UInt64
        var digits: Int
        var code: String
    }

    @Test("RFC 6238, appendix B, with each of the three hash functions") func times() throws {
        let vectors = try Vectors<TimeCase>.load("totp")
        #expect(Set(vectors.map(\.algorithm)) == Set(OneTimeCode.Algorithm.allCases.map(\.rawValue)))
        for vector in vectors {
            let algorithm = try #require(OneTimeCode.Algorithm(rawValue: vector.algorithm))
            #expect(vector.secret.bytes.count == algorithm.secretCount)
            let code = OneTimeCode.code(
                vector.secret.bytes.secret, counter: vector.seconds / 30, algorithm: algorithm, digits: vector.digits)
            #expect(String(decoding: code, as: UTF8.self) == vector.code)

            // The last of them is in the year 2603, beyond what a timestamp holds.
            guard let seconds = Int64(exactly: vector.seconds), seconds < 9_000_000_000 else { continue }
            let authenticator = TimeCode(algorithm: algorithm, digits: vector.digits, drift: 0)
            let step = authenticator.step(
                of: vector.code, secret: vector.secret.bytes.secret,
                at: Timestamp(nanoseconds: seconds * 1_000_000_000))
            #expect(step == vector.seconds / 30)
        }
    }

    @Test(
        "RFC 4648, section 10, without padding",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ]) func base32(_ plain: String, _ encoded: String)
    {
        #expect(Base32.encode(Array(plain.utf8)) == encoded)
    }
}
