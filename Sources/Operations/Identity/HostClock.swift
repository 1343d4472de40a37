import Glibc
import Identity
import Primitives

/// What the clocks of this host say.
package struct HostClock: Sendable {
    package var reading: @Sendable () throws -> ClockReading

    package init(reading: @escaping @Sendable () throws -> ClockReading) { self.reading = reading }

    package static let system = HostClock {
        var time = timespec()
        guard clock_gettime(CLOCK_BOOTTIME, &time) == 0 else { throw LocalFile.unusable(errno, "ask", "the clock") }
        let start = try LocalFile.read("/proc/sys/kernel/random/boot_id", limit: 100) ?? []
        let digits = start.filter { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
        guard let id = HostStartID(hex: String(decoding: digits, as: UTF8.self)) else {
            throw Failure(
                .stateUnusable, "The kernel does not say which start of the host this is.",
                advice: "Mount /proc: without it nobody can be signed in.")
        }
        let sinceStart = Duration.seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        return ClockReading(wall: WallClock.system.now(), sinceStart: sinceStart, start: id)
    }
}
