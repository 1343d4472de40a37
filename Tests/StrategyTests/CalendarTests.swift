import Primitives
import Strategy
import TestSupport
import Testing

@Suite struct CalendarTests {
    private func place(_ day: Int64, _ second: Int64 = 0) -> CalendarPlace {
        CalendarPlace(Timestamp(nanoseconds: (day * 86_400 + second) * 1_000_000_000))
    }

    @Test(arguments: [
        // Day since 1970, year, month, as `date -u -d @…` prints them.
        (0, 1970, 1), (-1, 1969, 12), (59, 1970, 3), (789, 1972, 2), (790, 1972, 3), (11_016, 2000, 2),
        (11_017, 2000, 3), (20_089, 2025, 1), (20_513, 2026, 3), (47_540, 2100, 2), (47_541, 2100, 3),
    ]) func daysLieInTheirMonths(_ day: Int64, _ year: Int64, _ month: Int64) {
        #expect(place(day).year == year)
        #expect(place(day).month == year * 12 + month - 1)
    }

    @Test func aDayEndsAtMidnight() {
        #expect(place(5, 86_399).day == 5 && place(6, 0).day == 6)
        #expect(CalendarPlace(Timestamp(nanoseconds: -1)).day == -1)
    }

    /// 1 January 1970 was a Thursday.
    @Test func aWeekBeginsOnMonday() {
        #expect(place(3).week == place(0).week)
        #expect(place(4).week == place(3).week + 1)
        #expect(place(-3).week == place(0).week && place(-4).week == place(0).week - 1)
    }

    @Test func monthsAndYearsNeverGoBack() {
        for day in stride(from: Int64(-40_000), to: 80_000, by: 1) {
            let (now, next) = (place(day), place(day + 1))
            #expect(next.month == now.month || next.month == now.month + 1)
            #expect(next.year == now.year || (next.year == now.year + 1 && next.month == now.month + 1))
        }
    }
}
