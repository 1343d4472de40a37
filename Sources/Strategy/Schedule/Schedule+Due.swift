import Primitives

/// Due times, on whole seconds. A time of day that does not exist, because clocks are put forward over it, is due once, at the first instant
/// after the gap; one that comes twice is due once, at its first. Minutes of every hour, and intervals, follow the time that passes.
extension Schedule {
    private static let second: Int64 = 1_000_000_000
    /// Longer than from any due time to the next one.
    private static let longestRest: Int64 = 45 * 366 * 86_400

    /// The first due time after `time`; nil for 'on-change', and where the numbers end.
    package func next(after time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        next(after: time.nanoseconds.dividedFloor(by: Self.second), zone).flatMap(Self.timestamp)
    }

    /// The newest due time that is not after `time`.
    package func latest(through time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        latest(through: time.nanoseconds.dividedFloor(by: Self.second), zone).flatMap(Self.timestamp)
    }

    /// Those after the one and not after the other time, the oldest first and at most `limit`.
    package func due(after begin: Timestamp, through end: Timestamp, in zone: TimeZoneRules, limit: Int = 1000)
        -> [Timestamp]
    {
        var times: [Timestamp] = []
        var last = begin
        while times.count < limit, let next = next(after: last, in: zone), next <= end {
            times.append(next)
            last = next
        }
        return times
    }

    private static func timestamp(_ seconds: Int64) -> Timestamp? {
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: second)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }

    private func next(after time: Int64, _ zone: TimeZoneRules) -> Int64? {
        switch self {
        case .onChange: return nil
        case .cron(let line): return line.next(after: time, zone)
        case .every(let interval):
            let step = max(1, interval.components.seconds)
            guard 86_400 % step == 0 else { return (time.dividedFloor(by: step) + 1) * step }
            return Self.next(after: time, step, Self.day(around: time, zone))
        }
    }

    /// At the end of a day of 25 hours there is no due time that midnight follows in less than the interval.
    private static func next(after time: Int64, _ step: Int64, _ day: Range<Int64>) -> Int64 {
        let next = day.lowerBound + ((time - day.lowerBound) / step + 1) * step
        let isShortRest = next - day.lowerBound >= 86_400 && day.upperBound - next < step
        return isShortRest ? day.upperBound : min(day.upperBound, next)
    }

    /// From the midnight that is not after `time` to the next one.
    private static func day(around time: Int64, _ zone: TimeZoneRules) -> Range<Int64> {
        let segment = zone.segment(at: time)
        let midnight = (time + segment.offset).dividedFloor(by: 86_400) * 86_400 - segment.offset
        // Far from any putting of the clocks there is nothing to look for.
        if segment.from < midnight - 86_400, midnight + 86_400 < segment.until { return midnight..<midnight + 86_400 }
        let daily = Schedule.cron(.midnight)
        let today = daily.latest(through: time, zone) ?? midnight
        return today..<max(today + 1, daily.next(after: time, zone) ?? today + 86_400)
    }

    /// Looks back twice as far until there is one, then comes forward.
    private func latest(through time: Int64, _ zone: TimeZoneRules) -> Int64? {
        if case .onChange = self { return nil }
        var reach: Int64 = 64
        while reach < 2 * Self.longestRest {
            if var found = next(after: time - reach, zone), found <= time {
                while let later = next(after: found, zone), later <= time { found = later }
                return found
            }
            reach *= 2
        }
        return nil
    }
}

extension CronLine {
    /// 00:00 of every day.
    static let midnight = CronLine(
        always: CronField(.minute, [0]), CronField(.hour, [0]), .all(.day), .all(.month), .all(.weekday))

    /// Goes from one putting of the clocks to the next.
    func next(after time: Int64, _ zone: TimeZoneRules) -> Int64? {
        var from = time + 1
        var segment = zone.segment(at: from)
        while true {
            var local = from + segment.offset
            if !goesByEveryHour, segment.from > TimeZoneRules.always.lowerBound {
                let before = segment.from + zone.segment(at: segment.from - 1).offset
                let after = segment.from + segment.offset
                if from == segment.from, before < after, let missing = first(from: before), missing < after {
                    return from
                }
                // What the clocks show for the second time is over.
                if before > after { local = max(local, before) }
            }
            guard let due = first(from: local) else { return nil }
            if due - segment.offset < segment.until { return due - segment.offset }
            guard segment.until < TimeZoneRules.always.upperBound else { return nil }
            from = segment.until
            segment = zone.segment(at: from)
        }
    }
}
