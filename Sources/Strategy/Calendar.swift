import Primitives

/// Which day, week, month and year of the proleptic Gregorian calendar a point in time lies in, in UTC. Weeks begin on Monday.
package struct CalendarPlace: Sendable, Equatable {
    /// Since 1 January 1970.
    package var day: Int64

    package init(_ time: Timestamp) { day = Self.floor(time.nanoseconds, 86_400_000_000_000) }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    package var week: Int64 { Self.floor(day + 3, 7) }
    package var month: Int64 { civil.year * 12 + civil.month - 1 }
    package var year: Int64 { civil.year }

    /// Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    private var civil: (year: Int64, month: Int64) {
        let shifted = day + 719_468
        let era = Self.floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
    }

    package func number(of period: RetentionPolicy.Period) -> Int64 {
        switch period {
        case .daily: day
        case .weekly: week
        case .monthly: month
        case .yearly: year
        }
    }
}
