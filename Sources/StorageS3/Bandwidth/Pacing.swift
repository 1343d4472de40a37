import Glibc
import Primitives

/// A plan at work: what all requests of a store share.
final class Pacing: Sendable {
    /// Where it learns what time it is.
    struct Moments: Sendable {
        /// Nanoseconds of a clock that nobody sets.
        var monotonic: @Sendable () -> Int64
        /// Minutes of this host's local day.
        var minute: @Sendable () -> Int
    }

    private let plan: BandwidthPlan
    private let moments: Moments
    private let up = Monitor(TokenBucket())
    private let down = Monitor(TokenBucket())

    init(_ plan: BandwidthPlan, moments: Moments = .ofThisHost) { (self.plan, self.moments) = (plan, moments) }

    /// For how many nanoseconds these bytes have to wait.
    func wait(_ direction: BandwidthPlan.Direction, _ bytes: Int) -> Int64 {
        guard plan != .unlimited else { return 0 }
        let rate = plan.limit(direction, atMinute: moments.minute())
        let now = moments.monotonic()
        return (direction == .up ? up : down).withLock { $0.take(bytes, rate: rate, at: now) }
    }

    /// Waits on the calling thread until these bytes may go.
    func pass(_ direction: BandwidthPlan.Direction, _ bytes: Int) {
        var left = wait(direction, bytes) / 1000
        while left > 0 {
            let part = min(left, 500_000)
            usleep(UInt32(part))
            left -= part
        }
    }

    /// Bytes that may be asked for at a time: so many that several uploads at once all go on, and none looks dead.
    var piece: Int { plan.slowest(.up).map { max(4 << 10, min(Spool.pieceBytes, $0 / 8)) } ?? Spool.pieceBytes }

    /// Milliseconds that so many bytes may take at worst, with `others` on their way as well.
    func patience(sending: Int, fetching: Int, beside others: Int) -> Int64 {
        func time(_ bytes: Int, _ direction: BandwidthPlan.Direction) -> Int64 {
            // 32 KiB a second is slower than anything that a backup could be made over.
            let rate = min(32 << 10, (plan.slowest(direction) ?? .max) / max(1, others))
            return Int64(bytes) * 1000 / Int64(max(1, rate))
        }
        return time(sending, .up) + time(fetching, .down)
    }
}

extension Pacing.Moments {
    static let ofThisHost = Pacing.Moments(
        monotonic: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        },
        minute: {
            var (now, parts) = (time(nil), tm())
            localtime_r(&now, &parts)
            return Int(parts.tm_hour) * 60 + Int(parts.tm_min)
        })
}
