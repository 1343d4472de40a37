import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

@Suite struct BandwidthTests {
    @Test("A plan says how fast, by the time of day, and what stands further right counts more") func plan() throws {
        let plan = try BandwidthPlan.parse("up=20MiB; down=50MiB;08:00-18:00:up=2MiB;12:00-13:00:up=none")
        #expect(plan.limit(.up, atMinute: 0) == 20 << 20)
        #expect(plan.limit(.up, atMinute: 479) == 20 << 20)
        #expect(plan.limit(.up, atMinute: 480) == 2 << 20)
        #expect(plan.limit(.up, atMinute: 1079) == 2 << 20)
        #expect(plan.limit(.up, atMinute: 1080) == 20 << 20)
        #expect(plan.limit(.up, atMinute: 720) == nil)
        #expect(plan.limit(.down, atMinute: 720) == 50 << 20)
        #expect(plan.slowest(.up) == 2 << 20)
        #expect(try BandwidthPlan.parse("") == .unlimited)
    }

    @Test("Over midnight, a window has both of its halves") func midnight() throws {
        let plan = try BandwidthPlan.parse("22:30-06:00:down=1MiB;00:00-24:00:up=64KiB")
        let slow = (0..<1440).filter { plan.limit(.down, atMinute: $0) != nil }
        #expect(slow == Array(0..<360) + Array(1350..<1440))
        #expect((0..<1440).allSatisfy { plan.limit(.up, atMinute: $0) == 64 << 10 })
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [
            "up", "up=", "up=fast", "sideways=1MiB", "up=1MB", "up=-1MiB", "up=1000", "25:00-26:00:up=1MiB",
            "08:00-08:00:up=1MiB", "8:00-9:00:up=1MiB", "08:00:up=1MiB", "24:00-08:00:up=1MiB", "08:60-09:00:up=1MiB",
            "up=1MiB=2", "up=9999999999GiB", ":up=1MiB",
        ])
    func refused(_ text: String) {
        let failure = #expect(throws: Failure.self) { _ = try BandwidthPlan.parse(text) }
        #expect(failure?.code == .usage)
    }

    @Test("In no stretch of time goes more through than the rate allows, and a busy one loses nothing") func bucket() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<Soak.count(200, full: 20_000) {
            var bucket = TokenBucket()
            let rate = Int.random(in: 64 << 10...50 << 20, using: &random)
            var now = Int64.random(in: 0...1_000_000_000, using: &random)
            // When each piece went, and how large it was.
            var passed: [(at: Int64, bytes: Int)] = []
            for _ in 0..<60 {
                let bytes = Int.random(in: 1...256 << 10, using: &random)
                now += bucket.take(bytes, rate: rate, at: now)
                passed.append((now, bytes))
                if Bool.random(using: &random) { now += Int64.random(in: 0...400_000_000, using: &random) }
            }
            for first in 0..<passed.count {
                let stretch = passed[first...]
                var sum = 0
                for piece in stretch {
                    sum += piece.bytes
                    let seconds = Double(piece.at - passed[first].at) / 1e9
                    // A quarter of a second's worth after a pause, and the piece that was waited for.
                    #expect(Double(sum) <= Double(rate) * (seconds + 0.25) + Double(2 * (256 << 10)) + 1)
                }
            }
        }
    }

    @Test("Whoever always wants more gets the rate, not less") func steady() {
        var bucket = TokenBucket()
        var now: Int64 = 0
        for _ in 0..<1000 { now += bucket.take(100_000, rate: 1_000_000, at: now) }
        #expect((99_000_000_000...100_100_000_000).contains(now))
        #expect(bucket.take(1 << 30, rate: nil, at: now) == 0)
        // What went through without a limit is not charged later.
        #expect(bucket.take(100_000, rate: 1_000_000, at: now) == 100_000_000)
    }

    @Test("Uploads and downloads keep to the plan", .enabled(if: S3Server.isPossible)) func realServer() throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket()
        let slow = try S3Store.beside(server, bucket, bandwidth: try BandwidthPlan.parse("up=1MiB;down=2MiB"))
        let bytes = [UInt8](repeating: 5, count: 3 << 20)
        let staged = try slow.stage()
        try bytes.withUnsafeBytes { try staged.append($0) }
        var start = ContinuousClock.now
        let outcome = try staged.finish(as: ObjectName("a"), .immediate)
        let sending = ContinuousClock.now - start
        #expect(outcome == .created && sending > .seconds(2.4), "\(sending)")
        start = .now
        let read = try slow.readAll(ObjectName("a"), limit: 4 << 20)
        let fetching = ContinuousClock.now - start
        #expect(read == bytes && fetching > .seconds(1.1), "\(fetching)")
        #expect(sending < .seconds(30) && fetching < .seconds(30))
    }
}
