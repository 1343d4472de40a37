import Primitives
import Strategy
import TestSupport
import Testing

@Suite("Trusted times") struct TrustedTimesTests {
    private func chain(_ seed: Int, _ generator: inout SeededGenerator) -> [TrustedTimes.Link] {
        var time: Int64 = 1000
        return (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            time += Int64.random(in: 1...5000, using: &generator)
            return TrustedTimes.Link(
                claimed: .at(time), arrived: .at(time + Int64.random(in: 0...60, using: &generator)))
        }
    }

    @Test("of an honest chain are the times that it says", arguments: 0..<50) func honest(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let chain = chain(seed, &generator)
        #expect(TrustedTimes.of(chain, now: .at(1_000_000)) == chain.map(\.claimed))
        // Copies and repairs come later, in any order.
        let copied = chain.map { link in
            TrustedTimes.Link(
                claimed: link.claimed,
                arrived: Bool.random(using: &generator)
                    ? nil : .at(Int64.random(in: 500_000...999_999, using: &generator)))
        }
        #expect(TrustedTimes.of(copied, now: .at(1_000_000)) == chain.map(\.claimed))
    }

    @Test(
        "of what follows a takeover lie between the last good one and its arrival, whatever is claimed",
        arguments: 0..<100)
    func forged(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 1000)
        let good = chain(seed, &generator)
        let last = good.last?.claimed ?? .at(1000)
        let takeover = last.seconds + 100
        var forged: [TrustedTimes.Link] = []
        for number in 0..<60 {
            let claimed = Timestamp(nanoseconds: Int64.random(in: .min ... .max, using: &generator))
            forged.append(TrustedTimes.Link(claimed: claimed, arrived: .at(takeover + Int64(number))))
        }
        let trusted = TrustedTimes.of(good + forged, now: .at(takeover + 1000))
        #expect(Array(trusted.prefix(good.count)) == good.map(\.claimed))
        #expect(zip(trusted, trusted.dropFirst()).allSatisfy { $0 < $1 })
        for (number, time) in trusted.dropFirst(good.count).enumerated() where !good.isEmpty {
            #expect(time > last && time.nanoseconds <= Timestamp.at(takeover + Int64(number)).nanoseconds + 60)
        }
    }

    @Test("are never in the future, and what is far off is suspicious") func now() {
        let links = [TrustedTimes.Link(claimed: Timestamp(nanoseconds: .max), arrived: nil)]
        #expect(TrustedTimes.of(links, now: .at(5)) == [.at(5)])
        #expect(TrustedTimes.isSuspicious(Timestamp(nanoseconds: .max), trusted: .at(5)))
        #expect(TrustedTimes.isSuspicious(Timestamp(nanoseconds: .min), trusted: .at(5)))
        #expect(
            !TrustedTimes.isSuspicious(.at(900), trusted: .at(0))
                && TrustedTimes.isSuspicious(.at(901), trusted: .at(0)))
    }
}
