/// How patient a door is with wrong passwords and codes.
package struct LockoutPolicy: Sendable, Equatable {
    /// So many wrong ones in a row, and it closes.
    package var attempts = 5
    /// For so long the first time, twice as long each time that it is tried in vain afterwards.
    package var first = Duration.minutes(15)
    package var longest = Duration.hours(4)

    package init() {}

    func wait(after failures: Int) -> Duration {
        guard failures >= attempts else { return .zero }
        var wait = first
        for _ in 0..<failures - attempts where wait < longest { wait *= 2 }
        return min(wait, longest)
    }
}

/// Wrong attempts of one account. It goes by the time that has passed for certain: setting a clock forward opens nothing.
package struct Lockout: Sendable, Equatable {
    /// In a row.
    package internal(set) var failures = 0
    var last: Moment?

    package init() {}

    /// How long it is closed still; nil when it is open.
    package func remaining(under policy: LockoutPolicy, at now: Moment) -> Duration? {
        guard let last else { return nil }
        let rest = policy.wait(after: failures) - now.shortest(since: last)
        return rest > .zero ? rest : nil
    }

    package mutating func fail(at now: Moment) {
        failures = min(failures + 1, 1000)
        last = now
    }

    package mutating func succeed() { self = Lockout() }
}
