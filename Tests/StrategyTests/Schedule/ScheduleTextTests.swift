import Strategy
import TestSupport
import Testing

@Suite("Texts of schedules") struct ScheduleTextTests {
    static let spellings: [(text: String, canonical: String)] = [
        ("0 0 * * *", "daily at 00:00"), ("@daily", "daily at 00:00"), ("@midnight", "daily at 00:00"),
        ("Daily at 00:00", "daily at 00:00"), ("daily", "daily at 00:00"), ("daily  at 6:05", "daily at 06:05"),
        ("@hourly", "hourly"), ("hourly", "hourly"), ("0 0 * * 7", "weekly on sunday at 00:00"),
        ("@weekly", "weekly on sunday at 00:00"), ("weekly", "weekly on monday at 00:00"),
        ("weekly on Mon at 02:30", "weekly on monday at 02:30"), ("monthly on 1 at 03:00", "monthly on 1 at 03:00"),
        ("0 3 1 * *", "monthly on 1 at 03:00"), ("quarterly", "quarterly on 1 at 00:00"),
        ("0 0 1 1,4,7,10 *", "quarterly on 1 at 00:00"), ("half-yearly at 09:00", "half-yearly on 1 at 09:00"),
        ("semi-annually", "half-yearly on 1 at 00:00"), ("annually", "yearly on 01-01 at 00:00"),
        ("@yearly", "yearly on 01-01 at 00:00"), ("yearly on 01-02 at 04:00", "yearly on 01-02 at 04:00"),
        ("30 2 * * mon-fri", "30 2 * * 1-5"), ("*/15 8-18 * jan-mar,12 5-7", "*/15 8-18 * 1-3,12 0,5,6"),
        ("0,15,30,45 * * * *", "*/15 * * * *"), ("5 4 1-7 * sun", "5 4 1-7 * 0"), ("0 0 */2 * sun", "0 0 */2 * 0"),
        ("0 0 1-31 * mon", "0 0 1-31 * 1"), ("0 12 29 2 *", "0 12 29 2 *"), ("0 0 30 2 mon", "0 0 30 2 1"),
        ("0 0 */10,5 * *", "0 0 */10,5 * *"), ("10-50/20 */6 * * *", "10,30,50 */6 * * *"),
        ("every 4h", "every 4h"), ("every 15 min", "every 15min"), ("every 90 minutes", "every 1h 30min"),
        ("every day", "every 1d"), ("EVERY 1d 12h", "every 1d 12h"), ("every 30s", "every 30s"),
        ("on-change", "on-change"), ("on-change, quiet 1s, at most 10s", "on-change"),
        ("on-change, at most 1 min, quiet 500ms", "on-change, quiet 500ms, at most 1min"),
        ("on-change, quiet 30s", "on-change, quiet 30s, at most 30s"),
        ("on-change, at most 300ms", "on-change, quiet 300ms, at most 300ms"),
    ]

    @Test("are understood, and written in one manner", arguments: spellings)
    func canonical(text: String, canonical: String) throws {
        let schedule = try Schedule(parsing: text)
        #expect(schedule.description == canonical)
        #expect(try Schedule(parsing: canonical) == schedule)
    }

    static let mistakes: [(text: String, problem: String)] = [
        ("", "says nothing; allowed are 'every 4h'"), ("sometimes", "is no schedule; allowed are 'every 4h'"),
        ("5", "is no schedule; allowed are"), ("0 0 * *", "has 4 fields where a cron line has five"),
        ("60 0 * * *", "has '60' in its minute field; allowed are 0 to 59, lists, ranges and steps"),
        ("0 24 * * *", "has '24' in its hour field; allowed are 0 to 23"),
        ("0 0 0 * *", "has '0' in its day of the month field; allowed are 1 to 31"),
        ("0 0 * foo *", "has 'foo' in its month field; allowed are 1 to 12 and jan to dec"),
        ("0 0 * * 8", "has '8' in its day of the week field; allowed are 0 to 7 and sun to sat"),
        ("0 0 5-2 * *", "has the range '5-2' in its day of the month field, which runs backwards"),
        ("*/0 0 * * *", "has the step '0' in its minute field; allowed are 1 to 60"),
        ("5/10 0 * * *", "a step follows '*' or a range: '*/10'"), ("0 0 1,,2 * *", "has '' in its day of the month"),
        ("0 0 ** * *", "has '**' in its day of the month field"), ("+5 0 * * *", "is no schedule"),
        ("30 2 30 2 *", "is never due: day 30 of month 2 does not exist in any year"),
        ("0 0 31 4,6,9,11 *", "is never due: day 31 of month 4,6,9,11"),
        ("0 0 30 2 */2", "is never due"), ("@reboot", "is no word of cron's; allowed are @annually, @daily"),
        ("every", "does not say how often; write it as 'every 4h'"), ("every 4", "has no unit after 4"),
        ("every 4 parsecs", "has the unit 'parsecs'; allowed are w, d, h, min, s, ms"),
        ("every 0s", "is no interval of whole seconds; the shortest is 'every 1s'"),
        ("every 1500ms", "is no interval of whole seconds"), ("every 9999d", "is an interval of more than 366 days"),
        ("every 1.5h", "has a fraction; use a smaller unit: '1h 30min' for '1.5h'"),
        ("daily at 24:00", "has the time '24:00'; allowed are 00:00 to 23:59"),
        ("daily at noon", "has the time 'noon'"), ("daily on monday", "has 'on monday', which is not understood"),
        ("daily at", "has 'at' after 'daily', which is not understood; write it as 'daily at 00:00'"),
        ("weekly on funday", "has the day 'funday'; allowed are monday, tuesday"),
        ("monthly on 31", "has the day '31'; allowed are 1 to 28, because not every month has more"),
        ("yearly on 02-29", "has the date '02-29'; allowed are month and day that every year has"),
        ("hourly at 00:15", "has 'at 00:15' after 'hourly'"),
        ("on-change, quiet 20s, at most 10s", "waits at most 10s, which is shorter than its quiet time of 20s"),
        ("on-change, quiet 0s", "has a quiet time of nothing"),
        ("on-change, now", "has 'now'; write it as 'on-change'"),
        ("on-change quiet 1s", "says more than 'on-change' without a comma"),
        ("on-change, at most 2d", "waits for more than a day"),
    ]

    @Test("that are none are refused with what was meant and what is allowed", arguments: mistakes)
    func refused(text: String, problem: String) {
        #expect {
            try Schedule(parsing: text)
        } throws: { error in
            let said = (error as? Schedule.Problem)?.text ?? ""
            if !said.contains(problem) { print("\(text): \(said)") }
            return said.contains(problem)
        }
    }

    static func randomField(_ range: ClosedRange<Int>, _ generator: inout SeededGenerator) -> String {
        func item() -> String {
            let (a, b) = (Int.random(in: range, using: &generator), Int.random(in: range, using: &generator))
            switch Int.random(in: 0...4, using: &generator) {
            case 0: return "*/\(Int.random(in: 1...range.count, using: &generator))"
            case 1: return "\(min(a, b))-\(max(a, b))/\(Int.random(in: 1...range.count, using: &generator))"
            case 2: return "\(min(a, b))-\(max(a, b))"
            default: return "\(a)"
            }
        }
        if Int.random(in: 0...2, using: &generator) == 0 { return "*" }
        return (0...Int.random(in: 0...2, using: &generator)).map { _ in item() }.joined(separator: ",")
    }

    static func randomCron(_ generator: inout SeededGenerator) -> String {
        [0...59, 0...23, 1...31, 1...12, 0...7].map { randomField($0, &generator) }.joined(separator: " ")
    }

    @Test("come back from their canonical text, whatever they say") func roundTrip() throws {
        var generator = SeededGenerator(seed: 4)
        var count = 0
        for _ in 0..<5000 {
            let text = Self.randomCron(&generator)
            guard let schedule = try? Schedule(parsing: text) else { continue }
            count += 1
            let again = try Schedule(parsing: schedule.description)
            #expect(again == schedule, "\(text) became \(schedule)")
            #expect(again.description == schedule.description)
        }
        #expect(count > 4500)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: 1...31_622_400, using: &generator)
            let every = Schedule.every(.seconds(seconds))
            #expect(try Schedule(parsing: every.description) == every)
            let quiet = Int64.random(in: 1...100_000, using: &generator)
            let pace = ChangePace(
                quiet: .milliseconds(quiet),
                longest: .milliseconds(quiet + Int64.random(in: 0...99_999, using: &generator)))
            #expect(try Schedule(parsing: Schedule.onChange(pace).description) == .onChange(pace))
        }
    }

    @Test("do not crash on anything") func fuzz() {
        var generator = SeededGenerator(seed: 9)
        let pieces = [
            "*", "/", "-", ",", "0", "7", "59", "99999999999999999999", " ", "mon", "at", "on", "every", "daily", "h",
            "é", "@", ":", "on-change",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...9, using: &generator)).compactMap { _ in
                pieces.randomElement(using: &generator)
            }
            .joined(separator: Bool.random(using: &generator) ? " " : "")
            guard let schedule = try? Schedule(parsing: text) else { continue }
            #expect((try? Schedule(parsing: schedule.description)) == schedule, "\(text)")
        }
    }
}

@Suite("Texts of lengths of time") struct DurationTextTests {
    @Test(
        "are understood, and written in one manner",
        arguments: [
            ("90 min", 5400, "1h 30min"), ("4h", 14_400, "4h"), ("1d 12h", 129_600, "1d 12h"),
            ("1d12h", 129_600, "1d 12h"),
            ("300s", 300, "5min"), ("2 weeks", 1_209_600, "14d"), ("0s", 0, "0s"), ("15m", 900, "15min"),
            ("1 Hour 1 minute 1 second", 3661, "1h 1min 1s"),
        ])
    func canonical(text: String, seconds: Int, canonical: String) throws {
        let duration = try DurationText.parse(text)
        #expect(duration == .seconds(seconds) && DurationText.text(duration) == canonical)
        #expect(try DurationText.parse(canonical) == duration)
    }

    @Test(
        "that are none are refused",
        arguments: [
            ("", "gives no length of time"), ("h", "is no length of time"), ("5", "has no unit after 5"),
            ("5 5h", "has no unit after 5"), ("1h 1h", "does not name each unit once"), ("1s 1h", "the largest first"),
            ("-1h", "is no length of time"), ("1,5h", "has a fraction"), ("5 months", "has the unit 'months'"),
            ("99999999999999999999h", "is longer than a hundred years"), ("5000 weeks 5000 weeks", "does not name"),
            ("9223372036854775807d", "is longer than a hundred years"), ("1h!", "is no length of time"),
        ])
    func refused(text: String, problem: String) {
        #expect {
            try DurationText.parse(text)
        } throws: { ($0 as? Schedule.Problem)?.text.contains(problem) == true }
    }
}
