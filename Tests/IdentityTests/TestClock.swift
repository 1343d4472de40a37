import Primitives

@testable import Identity

/// A host's clocks, in the hands of the test.
struct TestClock {
    private var keeper = Timekeeper()
    private(set) var reading: ClockReading
    private(set) var now: Moment

    init() {
        reading = ClockReading(
            wall: Timestamp(nanoseconds: 1_790_000_000_000_000_000), sinceStart: .seconds(5000),
            start: HostStartID(Prefix16(high: 1, low: 1)))
        now = keeper.moment(reading)
    }

    @discardableResult mutating func pass(_ duration: Duration) -> Moment {
        reading.wall = reading.wall.later(by: duration)
        reading.sinceStart += duration
        return look()
    }

    /// Somebody sets the wall clock; it may be back.
    @discardableResult mutating func setWall(by duration: Duration) -> Moment {
        reading.wall = reading.wall.later(by: duration)
        return look()
    }

    /// The host stood still for so long, and has run for ten seconds since.
    @discardableResult mutating func restart(after duration: Duration) -> Moment {
        reading.wall = reading.wall.later(by: duration + .seconds(10))
        reading.sinceStart = .seconds(10)
        reading.start = HostStartID(Prefix16(high: 1, low: reading.start.value.low + 1))
        return look()
    }

    private mutating func look() -> Moment {
        now = keeper.moment(reading)
        return now
    }
}
