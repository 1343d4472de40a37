/// Schedules in words: 'daily at 00:00', 'weekly on monday at 02:30', 'monthly on 1 at 03:00', 'quarterly on 1 at 03:00',
/// 'half-yearly on 1 at 03:00', 'yearly on 01-02 at 04:00'. Without a day the first is meant, without a time 00:00.
enum SpokenSchedule {
    private enum Rhythm: String, CaseIterable {
        case hourly, daily, weekly, monthly, quarterly
        case halfYearly = "half-yearly"
        case yearly

        /// In which months; a day of the month is asked for.
        var months: [Int]? {
            switch self {
            case .hourly, .daily, .weekly, .yearly: nil
            case .monthly: Array(1...12)
            case .quarterly: [1, 4, 7, 10]
            case .halfYearly: [1, 7]
            }
        }

        var example: String {
            switch self {
            case .hourly: "hourly"
            case .daily: "daily at 00:00"
            case .weekly: "weekly on monday at 02:30"
            case .monthly, .quarterly, .halfYearly: "\(rawValue) on 1 at 03:00"
            case .yearly: "yearly on 01-02 at 04:00"
            }
        }
    }

    private static let others: [Substring: Rhythm] = [
        "annually": .yearly, "annual": .yearly, "semi-annually": .halfYearly, "semi-annual": .halfYearly,
    ]
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    private static func rhythm(_ word: Substring) -> Rhythm? { Rhythm(rawValue: String(word)) ?? others[word] }

    static func begins(with word: Substring) -> Bool { rhythm(word) != nil }

    static func parse(_ words: [Substring]) throws(Schedule.Problem) -> CronLine {
        guard let word = words.first, let rhythm = rhythm(word) else {
            throw Schedule.Problem(text: "is no schedule; allowed are \(Schedule.forms)")
        }
        var rest = words.dropFirst()
        let place = take("on", &rest)
        let time = take("at", &rest)
        guard rest.isEmpty, rhythm != .hourly || (place == nil && time == nil) else {
            throw misread(rhythm, "'\(words.dropFirst().joined(separator: " "))' after '\(word)'")
        }
        let clock = try time.map { text throws(Schedule.Problem) in try clockTime(text, rhythm) } ?? (0, 0)
        return try line(rhythm, place, clock)
    }

    private static func take(_ word: String, _ rest: inout ArraySlice<Substring>) -> Substring? {
        guard rest.first.map({ $0 == word }) == true, rest.count >= 2 else { return nil }
        rest.removeFirst()
        return rest.removeFirst()
    }

    private static func line(_ rhythm: Rhythm, _ place: Substring?, _ clock: (hour: Int, minute: Int))
        throws(Schedule.Problem) -> CronLine
    {
        let everyHour = rhythm == .hourly
        var (day, month, weekday) = (CronField.all(.day), CronField.all(.month), CronField.all(.weekday))
        switch rhythm {
        case .hourly: break
        case .daily:
            if let place { throw misread(rhythm, "'on \(place)'") }
        case .weekly: weekday = CronField(.weekday, [try weekdayNumber(place ?? "monday")])
        case .monthly, .quarterly, .halfYearly:
            day = CronField(.day, [try dayNumber(place ?? "1", rhythm)])
            if rhythm != .monthly { month = CronField(.month, rhythm.months ?? []) }
        case .yearly:
            let date = try monthAndDay(place ?? "01-01")
            (month, day) = (CronField(.month, [date.month]), CronField(.day, [date.day]))
        }
        return try CronLine(
            minute: CronField(.minute, [clock.minute]),
            hour: everyHour ? .all(.hour) : CronField(.hour, [clock.hour]), day: day, month: month, weekday: weekday)
    }

    private static func clockTime(_ text: Substring, _ rhythm: Rhythm) throws(Schedule.Problem) -> (Int, Int) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = number(parts[0]), let minute = number(parts[1]), parts[1].utf8.count == 2,
            hour < 24, minute < 60
        else {
            throw Schedule.Problem(text: "has the time '\(text)'; allowed are 00:00 to 23:59")
        }
        return (hour, minute)
    }

    private static func weekdayNumber(_ text: Substring) throws(Schedule.Problem) -> Int {
        guard let index = weekdays.firstIndex(where: { $0 == text || $0.prefix(3) == text }) else {
            let names = (weekdays.dropFirst() + weekdays.prefix(1)).joined(separator: ", ")
            throw Schedule.Problem(text: "has the day '\(text)'; allowed are \(names)")
        }
        return index
    }

    private static func dayNumber(_ text: Substring, _ rhythm: Rhythm) throws(Schedule.Problem) -> Int {
        guard let day = number(text), (1...28).contains(day) else {
            throw Schedule.Problem(
                text:
                    "has the day '\(text)'; allowed are 1 to 28, because not every month has more (a cron line may say more)"
            )
        }
        return day
    }

    private static func monthAndDay(_ text: Substring) throws(Schedule.Problem) -> (month: Int, day: Int) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard parts.count == 2, let month = number(parts[0]), let day = number(parts[1]), (1...12).contains(month),
            (1...lengths[month - 1]).contains(day)
        else {
            throw Schedule.Problem(
                text:
                    "has the date '\(text)'; allowed are month and day that every year has, such as 01-02 for the 2nd of January"
            )
        }
        return (month, day)
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func misread(_ rhythm: Rhythm, _ what: String) -> Schedule.Problem {
        Schedule.Problem(text: "has \(what), which is not understood; write it as '\(rhythm.example)'")
    }

    /// The words for a line; nil where there are none.
    static func text(_ line: CronLine) -> String? {
        guard let minute = line.minute.values.first, line.minute.values.count == 1 else { return nil }
        for rhythm in Rhythm.allCases {
            let (hour, day, month) = (
                line.hour.values.first ?? 0, line.day.values.first ?? 0, line.month.values.first ?? 0
            )
            var place = ""
            switch rhythm {
            case .hourly: if minute == 0, (try? Self.line(.hourly, nil, (0, 0))) == line { return "hourly" }
            case .daily: break
            case .weekly: place = weekdays[line.weekday.values.first ?? 0]
            case .monthly, .quarterly, .halfYearly: place = "\(day)"
            case .yearly: place = "\(two(month))-\(two(day))"
            }
            guard rhythm != .hourly,
                (try? Self.line(rhythm, place.isEmpty ? nil : place[...], (hour, minute))) == line
            else { continue }
            return "\(rhythm.rawValue)\(place.isEmpty ? "" : " on \(place)") at \(two(hour)):\(two(minute))"
        }
        return nil
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
