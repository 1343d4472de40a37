import Primitives
import TestSupport
import Testing

@testable import Identity

/// Limits that nobody moves by setting a clock (SEC-4).
@Suite("Moments") struct MomentTests {
    @Test("a wall clock that is set changes only the bound that it cannot loosen") func jumps() {
        var clock = TestClock()
        let start = clock.now
        clock.pass(.seconds(60))
        #expect(clock.now.shortest(since: start) == .seconds(60))
        #expect(clock.now.longest(since: start) == .seconds(60))
        clock.setWall(by: .seconds(3600))
        #expect(clock.now.shortest(since: start) == .seconds(60))
        #expect(clock.now.longest(since: start) == .seconds(3660))
        clock.setWall(by: .seconds(-7200))
        #expect(clock.now.shortest(since: start) == .seconds(60))
        #expect(clock.now.longest(since: start) == .seconds(3660))
    }

    @Test(
        "after a restart at least the time since it is certain, and the time in between is believed where it is longer")
    func restart() {
        var clock = TestClock()
        let start = clock.now
        clock.restart(after: .seconds(1000))
        #expect(!clock.now.isSameStart(as: start))
        #expect(clock.now.shortest(since: start) == .seconds(10))
        #expect(clock.now.longest(since: start) == .seconds(1010))
    }

    @Test(
        "a timekeeper that was put back to an older state lets everything run out, and nothing that must last be over")
    func putBack() {
        var clock = TestClock()
        let old = clock
        let later = clock.pass(.seconds(100))
        #expect(old.now.shortest(since: later) == .zero)
        #expect(old.now.longest(since: later) > .seconds(1_000_000_000))
    }

    @Test("the true time lies between the bounds, as long as no clock is set back while the host stands still")
    func property() {
        for seed in 0..<UInt64(200) {
            var random = SeededGenerator(seed: seed)
            var clock = TestClock()
            let start = clock.now
            var passed = Duration.zero
            for _ in 0..<30 {
                let step = Duration.seconds(Int(random.next() % 5000))
                switch random.next() % 4 {
                case 0: clock.setWall(by: .seconds(Int(random.next() % 20_000) - 10_000))
                case 1:
                    clock.restart(after: step)
                    passed += step + .seconds(10)
                default:
                    clock.pass(step)
                    passed += step
                }
                #expect(clock.now.shortest(since: start) <= passed, "seed \(seed)")
                #expect(clock.now.longest(since: start) >= passed, "seed \(seed)")
            }
        }
    }
}
