#if canImport(Glibc)
    import Glibc
#endif

/// Nanoseconds since 1970-01-01 00:00:00 UTC.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var nanoseconds: Int64
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    package static func < (x: Timestamp, y: Timestamp) -> Bool { x.nanoseconds < y.nanoseconds }

    /// The first or the last that there is where it would be beyond; `duration` may be negative.
    package func later(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (whole, isLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (length, isLonger) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (sum, isBeyond) = nanoseconds.addingReportingOverflow(length)
        return Timestamp(nanoseconds: isLong || isLonger || isBeyond ? (duration < .zero ? .min : .max) : sum)
    }

    /// RFC 3339 in UTC, to the second.
    package var description: String {
        let seconds = nanoseconds.dividedFloor(by: 1_000_000_000)
        let (date, clock) = (seconds.dividedFloor(by: 86_400), seconds - seconds.dividedFloor(by: 86_400) * 86_400)
        let (year, month, day) = Self.civil(daysSince1970: date)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let paddedYear = String(repeating: "0", count: max(0, 4 - "\(year)".count)) + "\(year)"
        return
            "\(paddedYear)-\(two(month))-\(two(day))T\(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60))Z"
    }

    /// RFC 3339 in UTC, with nanoseconds where there are some.
    package var preciseDescription: String {
        let fraction = nanoseconds - nanoseconds.dividedFloor(by: 1_000_000_000) * 1_000_000_000
        guard fraction > 0 else { return description }
        let digits = String(fraction)
        return description.dropLast() + "." + String(repeating: "0", count: 9 - digits.count) + digits + "Z"
    }

    /// Reads what `description` writes; nil for every other spelling, and for days and hours that do not exist.
    package init?(description: some StringProtocol) {
        let text = Array(description.utf8)
        let marks: [(Int, UInt8)] = [(4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A), (19, 0x5A)]
        guard text.count == 20, marks.allSatisfy({ text[$0.0] == $0.1 }) else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            text[range].reduce(0) { value, digit in
                guard let value, (0x30...0x39).contains(digit) else { return nil }
                return value * 10 + Int64(digit - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1678...2261).contains(year), hour < 24,
            minute < 60, second < 60
        else { return nil }
        let days = Self.days(year, month, day)
        self.init(nanoseconds: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000_000)
        guard self.description == description else { return nil }
    }

    /// Days since 1970-01-01; the inverse of `civil`, from the same source.
    package static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = y.dividedFloor(by: 400)
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": proleptic Gregorian calendar.
    package static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = z.dividedFloor(by: 146_097)
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let m = (5 * dayOfYear + 2) / 153
        let month = m < 10 ? m + 3 : m - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * m + 2) / 5 + 1)
    }
}

extension Int64 {
    package func dividedFloor(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Where the time comes from; tests pass their own.
package struct WallClock: Sendable {
    package var now: @Sendable () -> Timestamp
    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    package static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

extension Timestamp {
    /// Reads what `preciseDescription` writes.
    package init?(precise text: String) {
        guard let point = text.firstIndex(of: ".") else {
            self.init(description: text)
            return
        }
        let digits = text[text.index(after: point)...].dropLast()
        guard text.last == "Z", digits.utf8.count == 9, let fraction = Int64(digits), fraction >= 0,
            let whole = Timestamp(description: text[..<point] + "Z")
        else { return nil }
        self.init(nanoseconds: whole.nanoseconds + fraction)
    }
}
