import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// What is taken, and what is not taken twice (SEC-5).
@Suite("An authenticator") struct TimeCodeTests {
    private static let seed = Array("12345678901234567890".utf8)
    private static let noon = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
    private static let step: UInt64 = 60_000_000

    private func code(_ step: UInt64) -> String {
        String(
            decoding: OneTimeCode.code(Self.seed.secret, counter: step, algorithm: .sha1, digits: 6), as: UTF8.self)
    }

    private func find(_ code: String, _ authenticator: TimeCode, at time: Timestamp = noon) -> UInt64? {
        authenticator.step(of: code, secret: Self.seed.secret, at: time)
    }

    @Test("may be one step off, in both directions, and no more") func drift() {
        for offset in -3...3 as ClosedRange<Int64> {
            let step = UInt64(Int64(Self.step) + offset)
            #expect(find(code(step), TimeCode()) == (abs(offset) <= 1 ? step : nil))
        }
        #expect(find(code(Self.step + 1), TimeCode(drift: 0)) == nil)
    }

    @Test("N-17: shows no code that is taken twice, nor one from before, also after the clock was set back")
    func replay() {
        var authenticator = TimeCode()
        authenticator.use(step: Self.step)
        #expect(find(code(Self.step), authenticator) == nil)
        #expect(find(code(Self.step - 1), authenticator) == nil)
        #expect(find(code(Self.step + 1), authenticator) == Self.step + 1)
        for back in 1...4 as ClosedRange<Int64> {
            let earlier = Self.noon.later(by: .seconds(-30 * back))
            #expect(find(code(Self.step - UInt64(back)), authenticator, at: earlier) == nil)
        }
        authenticator.use(step: Self.step - 5)
        #expect(authenticator.lastStep == Self.step)
    }

    @Test(
        "takes exactly its digits",
        arguments: ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", " 123456", "123456\n"])
    func form(_ text: String) {
        #expect(find(text, TimeCode()) == nil)
        #expect(find(code(Self.step) + " ", TimeCode()) == nil)
    }

    @Test("has no code before 1970, and begins with the first step") func borders() {
        #expect(find(code(0), TimeCode(), at: Timestamp(nanoseconds: -1)) == nil)
        #expect(find(code(0), TimeCode(), at: Timestamp(nanoseconds: 0)) == 0)
        #expect(find(code(1), TimeCode(), at: Timestamp(nanoseconds: 0)) == 1)
    }

    @Test("no code is taken twice, in whatever order codes, clocks and steps come") func property() {
        for seed in 0..<UInt64(100) {
            var random = SeededGenerator(seed: seed)
            var authenticator = TimeCode(drift: random.next() % 3)
            var time = Self.noon
            var taken: [UInt64] = []
            for _ in 0..<60 {
                time = time.later(by: .seconds(Int(random.next() % 120) - 50))
                let present = UInt64(time.nanoseconds / 1_000_000_000) / 30
                guard let step = find(code(present + random.next() % 5 - 2), authenticator, at: time) else { continue }
                authenticator.use(step: step)
                taken.append(step)
            }
            #expect(taken == taken.sorted() && Set(taken).count == taken.count, "seed \(seed)")
        }
    }

    @Test("is set up by an address that has all that differs from nothing") func address() throws {
        let anna = try #require(LoginName("anna"))
        let address = TimeCode().address(issuer: "Safehold: Ward 7", name: anna, secret: Self.seed.secret)
        let text = address.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(
            text == "otpauth://totp/Safehold%3A%20Ward%207:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Safehold%3A%20Ward%207&algorithm=SHA1&digits=6&period=30")
        let other = TimeCode(algorithm: .sha512, digits: 8, period: 60)
            .address(issuer: "S", name: anna, secret: Self.seed.secret)
        #expect(
            other.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.hasSuffix(
                "&algorithm=SHA512&digits=8&period=60"))
    }
}
