import TestSupport
import Testing

@testable import Identity

/// Guessing (SEC-5, REG-3: 21 CFR 11.300(d)).
@Suite("An account that was guessed at") struct LockoutTests {
    private let policy = LockoutPolicy()

    @Test("closes at the fifth wrong attempt, for twice as long each time, up to four hours") func backOff() {
        var clock = TestClock()
        var lockout = Lockout()
        for _ in 0..<4 {
            lockout.fail(at: clock.now)
            #expect(lockout.remaining(under: policy, at: clock.now) == nil)
        }
        for wait in [15, 30, 60, 120, 240, 240, 240] {
            lockout.fail(at: clock.now)
            #expect(lockout.remaining(under: policy, at: clock.now) == .minutes(wait))
            clock.pass(.minutes(wait) - .seconds(1))
            #expect(lockout.remaining(under: policy, at: clock.now) == .seconds(1))
            clock.pass(.seconds(1))
            #expect(lockout.remaining(under: policy, at: clock.now) == nil)
        }
        lockout.succeed()
        #expect(lockout == Lockout())
    }

    @Test("stays closed whatever is done to the clock or to the host") func jumps() {
        for seed in 0..<UInt64(100) {
            var random = SeededGenerator(seed: seed)
            var clock = TestClock()
            var lockout = Lockout()
            for _ in 0..<5 { lockout.fail(at: clock.now) }
            var passed = Duration.zero
            for _ in 0..<40 {
                let step = Duration.seconds(Int(random.next() % 60))
                switch random.next() % 3 {
                case 0: clock.setWall(by: .seconds(Int(random.next() % 2_000_000) - 1_000_000))
                case 1:
                    clock.restart(after: step)
                    passed += step + .seconds(10)
                default:
                    clock.pass(step)
                    passed += step
                }
                if passed < policy.first { #expect(lockout.remaining(under: policy, at: clock.now) != nil) }
            }
            clock.pass(policy.first)
            #expect(lockout.remaining(under: policy, at: clock.now) == nil, "seed \(seed)")
        }
    }
}
