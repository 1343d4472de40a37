import Primitives

/// The five fields of a cron line, as Vixie cron reads them (crontab(5)): where neither the day of the month nor the day of the week
/// begins with '*', a day that fits either is meant; otherwise it must fit both. Some day fits.
package struct CronLine: Sendable, Equatable, CustomStringConvertible {
    package let minute, hour, day, month, weekday: CronField

    /// Some day must fit.
    init(always minute: CronField, _ hour: CronField, _ day: CronField, _ month: CronField, _ weekday: CronField) {
        (self.minute, self.hour, self.day, self.month, self.weekday) = (minute, hour, day, month, weekday)
    }

    /// Throws where no day of any year fits.
    init(minute: CronField, hour: CronField, day: CronField, month: CronField, weekday: CronField)
        throws(Schedule.Problem)
    {
        self.init(always: minute, hour, day, month, weekday)
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let hasDay = month.values.contains { number in (day.first(from: 1) ?? 99) <= longest[number - 1] }
        guard hasDay || eitherDayFits else {
            throw Schedule.Problem(
                text: "is never due: day \(day.description) of month \(month.description) does not exist in any year")
        }
    }

    init(fields words: [Substring]) throws(Schedule.Problem) {
        guard words.count == 5 else {
            let count = "\(words.count) \(words.count == 1 ? "field" : "fields")"
            throw Schedule.Problem(
                text: words.count == 1
                    ? "is no schedule; allowed are \(Schedule.forms)"
                    : "has \(count) where a cron line has five: minute, hour, day of the month, month, day of the week")
        }
        try self.init(
            minute: CronField(.minute, parsing: words[0]), hour: CronField(.hour, parsing: words[1]),
            day: CronField(.day, parsing: words[2]), month: CronField(.month, parsing: words[3]),
            weekday: CronField(.weekday, parsing: words[4]))
    }

    private static let nicknames = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    init(nickname words: [Substring]) throws(Schedule.Problem) {
        guard words.count == 1, let word = words.first, let line = Self.nicknames[String(word)] else {
            throw Schedule.Problem(
                text: "is no word of cron's; allowed are \(Self.nicknames.keys.sorted().joined(separator: ", "))")
        }
        try self.init(fields: line.split(separator: " "))
    }

    /// Due whenever the minute comes, in both passes of an hour that the clock shows twice.
    var goesByEveryHour: Bool { hour.isFull }

    private var eitherDayFits: Bool { !day.beginsWithStar && !weekday.beginsWithStar }

    private func fits(day number: Int, weekday dayOfWeek: Int) -> Bool {
        eitherDayFits
            ? day.contains(number) || weekday.contains(dayOfWeek)
            : day.contains(number) && weekday.contains(dayOfWeek)
    }

    package var description: String {
        [minute, hour, day, month, weekday].map(\.description).joined(separator: " ")
    }
}

extension CronLine {
    /// A 29 February that falls on a given day of the week may be forty years off.
    private static let horizonDays: Int64 = 45 * 366

    /// The first minute that fits and is not before `local`, in seconds that the clock shows since 1970-01-01 00:00 there.
    func first(from local: Int64) -> Int64? {
        let minutes = (local + 59).dividedFloor(by: 60)
        var day = minutes.dividedFloor(by: 1440)
        let last = day + Self.horizonDays
        if let date = fitting(day), date == day, let time = first(fromMinute: Int(minutes - day * 1440)) {
            return (day * 1440 + Int64(time)) * 60
        }
        day += 1
        guard let next = fitting(day), next <= last, let time = first(fromMinute: 0) else { return nil }
        return (next * 1440 + Int64(time)) * 60
    }

    /// Of a day, from its minute `start` on.
    private func first(fromMinute start: Int) -> Int? {
        guard let hour = hour.first(from: start / 60) else { return nil }
        if hour == start / 60, let minute = minute.first(from: start % 60) { return hour * 60 + minute }
        guard let next = self.hour.first(from: hour == start / 60 ? hour + 1 : hour), let minute = minute.first(from: 0)
        else { return nil }
        return next * 60 + minute
    }

    /// The first day that fits, from `day` on.
    private func fitting(_ day: Int64) -> Int64? {
        var current = day
        while current <= day + Self.horizonDays {
            let date = Timestamp.civil(daysSince1970: current)
            guard month.contains(Int(date.month)) else {
                let (year, next) = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
                current = Timestamp.days(year, next, 1)
                continue
            }
            let weekday = Int((current + 4) - (current + 4).dividedFloor(by: 7) * 7)
            if fits(day: Int(date.day), weekday: weekday) { return current }
            current += 1
        }
        return nil
    }
}
