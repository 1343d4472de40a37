import Primitives

package enum HostStartTag {}
/// Which start of the host a reading belongs to; Linux has one in /proc/sys/kernel/random/boot_id.
package typealias HostStartID = Identifier<HostStartTag>

/// What the clocks of a host say at one time.
package struct ClockReading: Sendable, Equatable {
    package var wall: Timestamp
    /// Since the host was started, sleep included (CLOCK_BOOTTIME): nobody can set it.
    package var sinceStart: Duration
    package var start: HostStartID

    package init(wall: Timestamp, sinceStart: Duration, start: HostStartID) {
        (self.wall, self.sinceStart, self.start) = (wall, sinceStart, start)
    }
}

/// Turns readings into moments between which the time has a lower and an upper bound, whatever happens to the wall clock (SEC-4).
///
/// It must be kept as faithfully as the moments that it gave: they mean nothing to another one.
package struct Timekeeper: Sendable, Equatable {
    var seen: ClockReading?
    var shortest = Duration.zero
    var longest = Duration.zero

    package init() {}

    package mutating func moment(_ reading: ClockReading) -> Moment {
        if let seen {
            // After a restart the host has run at least as long as it says. How long it stood still, only the wall clock tells.
            let known = max(
                .zero, reading.start == seen.start ? reading.sinceStart - seen.sinceStart : reading.sinceStart)
            shortest += known
            longest += max(known, seen.wall.duration(to: reading.wall))
        }
        seen = reading
        return Moment(wall: reading.wall, shortest: shortest, longest: longest, start: reading.start)
    }
}

/// A point in time that limits are measured from and to.
package struct Moment: Sendable, Equatable {
    /// For people and records. No limit goes by it.
    package let wall: Timestamp
    let shortest: Duration
    let longest: Duration
    let start: HostStartID

    /// At least so much has passed: for what must last, as a lockout. A clock that is set forward shortens nothing.
    package func shortest(since earlier: Moment) -> Duration { max(.zero, shortest - earlier.shortest) }

    /// At most so much has passed: for what must end, as a session. A clock that is set back prolongs nothing.
    package func longest(since earlier: Moment) -> Duration {
        // A moment that is still to come was given by a timekeeper that has since been put back to an older state.
        longest < earlier.longest ? .seconds(Int64.max) : longest - earlier.longest
    }

    package func isSameStart(as other: Moment) -> Bool { start == other.start }
}

extension Timestamp {
    func duration(to later: Timestamp) -> Duration { .nanoseconds(later.nanoseconds) - .nanoseconds(nanoseconds) }
}

extension Duration {
    static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    static func hours(_ count: Int) -> Duration { .minutes(count * 60) }
    static func days(_ count: Int) -> Duration { .hours(count * 24) }
}
