import StorageS3
import TestSupport
import Testing

@Suite struct AdaptiveLimitTests {
    @Test("It begins wide, halves once for a burst of refusals, and never ends") func bounds() {
        var limit = AdaptiveLimit()
        #expect(limit.count == 32)
        for _ in 0..<20 { limit.wasRefused(at: 1_000_000_000) }
        #expect(limit.count == 16)
        for second in 2..<100 { limit.wasRefused(at: Int64(second) * 1_000_000_000) }
        #expect(limit.count == 1)
        for _ in 0..<10_000 { limit.succeeded() }
        #expect(limit.count == 32)
    }

    /// A server that serves so many requests at a time and refuses the others, in rounds of 100 ms.
    @Test("Beside a server of any strength it finds what that can do", arguments: [1, 2, 5, 11, 20, 31, 100])
    func finds(_ strength: Int) {
        var limit = AdaptiveLimit()
        var (served, refused) = (0, 0)
        for round in 0..<5000 {
            let count = limit.count
            let taken = min(count, strength)
            for _ in 0..<taken { limit.succeeded() }
            for _ in taken..<count { limit.wasRefused(at: Int64(round) * 100_000_000) }
            if round > 200 { (served, refused) = (served + taken, refused + count - taken) }
        }
        let possible = min(strength, 32) * 4799
        #expect(Double(served) >= 0.65 * Double(possible), "it used \(served) of \(possible)")
        #expect(Double(refused) <= 0.35 * Double(served), "\(refused) refused beside \(served)")
    }

    @Test("When the server gets stronger, so does what it is asked") func recovers() {
        var limit = AdaptiveLimit()
        for round in 0..<50 { limit.wasRefused(at: Int64(round) * 1_000_000_000) }
        #expect(limit.count == 1)
        var rounds = 0
        while limit.count < 32 {
            for _ in 0..<limit.count { limit.succeeded() }
            rounds += 1
        }
        #expect(rounds < 150)
    }
}
