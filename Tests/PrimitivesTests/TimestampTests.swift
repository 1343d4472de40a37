import Glibc
import Primitives
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (-86_400, "1969-12-31T00:00:00Z"), (-2_203_891_201, "1900-02-28T23:59:59Z"),
            (-2_203_891_200, "1900-03-01T00:00:00Z"), (2_147_483_648, "2038-01-19T03:14:08Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func knownSeconds(seconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: seconds * 1_000_000_000).description == text)
        #expect(Timestamp(nanoseconds: seconds * 1_000_000_000 + 999_999_999).description == text)
    }

    @Test func theEndsOfTimeDoNotTrap() {
        #expect(Timestamp(nanoseconds: .min).description == "1677-09-21T00:12:43Z")
        #expect(Timestamp(nanoseconds: .max).description == "2262-04-11T23:47:16Z")
        #expect(Timestamp(nanoseconds: -1).description == "1969-12-31T23:59:59Z")
    }

    @Test func laterEndsAtTheEndsOfTime() {
        let (first, last) = (Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))
        #expect(Timestamp(nanoseconds: 5).later(by: .nanoseconds(2)).nanoseconds == 7)
        #expect(Timestamp(nanoseconds: 5).later(by: .seconds(-1)).nanoseconds == -999_999_995)
        #expect(last.later(by: .nanoseconds(1)) == last && last.later(by: .seconds(Int64.max)) == last)
        #expect(Timestamp(nanoseconds: .max - 10).later(by: .nanoseconds(999_999_999)) == last)
        #expect(first.later(by: .seconds(-3600)) == first && first.later(by: .seconds(Int64.min)) == first)
    }

    @Test func agreesWithTheCLibrary() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<2_000 {
            let time = Timestamp(nanoseconds: Int64(bitPattern: generator.next()))
            var seconds = time_t(time.nanoseconds.dividedFloor(by: 1_000_000_000))
            var parts = tm()
            gmtime_r(&seconds, &parts)
            var text = [UInt8](repeating: 0, count: 32)
            let count = text.withUnsafeMutableBytes { raw in
                strftime(raw.bindMemory(to: CChar.self).baseAddress!, 32, "%Y-%m-%dT%H:%M:%SZ", &parts)
            }
            #expect(time.description == String(decoding: text.prefix(count), as: UTF8.self))
        }
    }

    @Test func theSystemClockRuns() {
        let first = WallClock.system.now()
        #expect(first > Timestamp(nanoseconds: 1_700_000_000_000_000_000))
        #expect(WallClock(now: { first }).now() == first)
    }

    @Test func whatIsWrittenIsReadBack() {
        var day: Int64 = -106_000
        while day < 106_000 {
            let time = Timestamp(nanoseconds: (day * 86_400 + (day * 7919).magnitudeModulo(86_400)) * 1_000_000_000)
            #expect(Timestamp(description: time.description) == time)
            day += 13
        }
    }

    @Test(arguments: [
        "", "2025-06-15", "2025-06-15T15:06:40", "2025-06-15T15:06:40z", "2025-06-15 15:06:40Z", "2025-06-31T00:00:00Z",
        "2025-00-10T00:00:00Z",
        "2025-02-29T00:00:00Z", "2025-06-15T24:00:00Z", "2025-06-15T23:60:00Z", "2025-06-15T23:59:60Z",
        "0000-00-00T00:00:00Z",
        "9999-01-01T00:00:00Z", "+025-06-15T15:06:40Z", "2025-06-15T15:06:40Zé", "２025-06-15T15:06:4",
    ])
    func otherSpellingsAreNotRead(_ text: String) { #expect(Timestamp(description: text) == nil) }
}

extension Int64 {
    fileprivate func magnitudeModulo(_ divisor: Int64) -> Int64 { (self % divisor + divisor) % divisor }
}
