import Primitives

/// When snapshots were made, as far as nobody who owns their host can choose it (RET-4, docs/decisions/0016).
package enum TrustedTimes {
    /// A link of a writer's chain.
    package struct Link: Sendable, Equatable {
        /// As the writer says.
        package var claimed: Timestamp
        /// By the store's clock; nil where the store does not tell.
        package var arrived: Timestamp?

        package init(claimed: Timestamp, arrived: Timestamp?) { (self.claimed, self.arrived) = (claimed, arrived) }
    }

    /// Clocks that differ by less are no reason to say something.
    package static let tolerance = Duration.seconds(900)

    /// One for each link of one writer's chain, in the order of their numbers: its own time, but not after it arrived, nor after `now`, and
    /// after the one before it. What copies and repairs bring arrives later than it did first, which loosens a bound and does no harm.
    package static func of(_ chain: [Link], now: Timestamp) -> [Timestamp] {
        var previous: Timestamp?
        return chain.map { link in
            var time = min(link.claimed, min(link.arrived ?? now, now))
            // Equal times would leave the order to chance.
            if let previous, time <= previous {
                time = Timestamp(nanoseconds: previous.nanoseconds + (previous.nanoseconds < .max ? 1 : 0))
            }
            previous = time
            return time
        }
    }

    /// Whether the writer's clock was wrong, or somebody lied.
    package static func isSuspicious(_ claimed: Timestamp, trusted: Timestamp) -> Bool {
        let (difference, overflow) = claimed.nanoseconds.subtractingReportingOverflow(trusted.nanoseconds)
        return overflow || difference.magnitude > UInt64(tolerance.components.seconds) * 1_000_000_000
    }
}
