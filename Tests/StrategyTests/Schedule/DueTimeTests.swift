import Primitives
import Strategy
import TestSupport
import Testing

extension Timestamp {
    /// Of whole seconds.
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }
    var seconds: Int64 { nanoseconds / 1_000_000_000 }
}

@Suite("Due times") struct DueTimeTests {
    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        var zone, schedule, checksum: String
        var after, through: Int64
        var count: Int
        var some: [Int64]
        var testDescription: String { "\(schedule) in \(zone)" }
    }

    @Test(
        "of ten years are those that a second reckoning finds",
        arguments: try Vectors.load("due-times", as: Golden.self))
    func golden(row: Golden) throws {
        let (zone, schedule) = (try ZoneCase.rules(row.zone), try Schedule(parsing: row.schedule))
        let times = schedule.due(after: .at(row.after), through: .at(row.through), in: zone, limit: .max).map(\.seconds)
        #expect(times.count == row.count)
        #expect(Set(row.some).subtracting(times) == [])
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in times.map({ "\($0)\n" }).joined().utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        #expect(hash == UInt64(row.checksum, radix: 16))
    }

    private func fits(_ line: CronLine, _ local: Int64) -> Bool {
        let days = local.dividedFloor(by: 86_400)
        let (date, minute) = (Timestamp.civil(daysSince1970: days), Int(local - days * 86_400) / 60)
        let weekday = Int((days + 4) % 7)
        let (day, week) = (line.day.contains(Int(date.day)), line.weekday.contains(weekday))
        return line.minute.contains(minute % 60) && line.hour.contains(minute / 60)
            && line.month.contains(Int(date.month))
            && (line.day.beginsWithStar || line.weekday.beginsWithStar ? day && week : day || week)
    }

    /// Minute by minute, as docs/schedules.md says it.
    private func plainly(_ line: CronLine, _ range: Range<Int64>, _ zone: TimeZoneRules) -> [Int64] {
        stride(from: range.lowerBound, to: range.upperBound, by: 60).filter { time in
            let segment = zone.segment(at: time)
            let local = time + segment.offset
            guard !line.hour.isFull else { return fits(line, local) }
            let before = time - 1 + zone.segment(at: time - 1).offset
            if before + 1 < local, stride(from: before + 1, to: local, by: 60).contains(where: { fits(line, $0) }) {
                return true
            }
            return fits(line, local) && zone.instants(ofLocal: local).first == time
        }
    }

    @Test("are what going through every minute finds, around the days on which clocks are put", arguments: 0..<60)
    func everyMinute(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let zone = ZoneCase.all[seed % ZoneCase.all.count]
        let rules = try TimeZoneRules(parsing: zone.file.bytes)
        // Since 1972 clocks are a whole number of minutes off.
        let late = zone.offsets.map { $0[0] }.filter { $0 > 200_000_000 }
        for _ in 0..<4 {
            guard case .cron(let line) = try? Schedule(parsing: ScheduleTextTests.randomCron(&generator)) else {
                continue
            }
            let edge = try #require(late.randomElement(using: &generator))
            let begin = (edge - 86_400).dividedFloor(by: 60) * 60
            let range = begin..<begin + 4 * 86_400
            let times = Schedule.cron(line).due(
                after: .at(range.lowerBound - 1), through: .at(range.upperBound - 1), in: rules, limit: .max)
            #expect(times.map(\.seconds) == plainly(line, range, rules), "\(line) in \(zone.zone) from \(begin)")
        }
    }

    @Test("ascend, and the latest is the one that the next came from", arguments: 0..<40) func latest(seed: Int) throws
    {
        var generator = SeededGenerator(seed: UInt64(seed) + 500)
        let rules = try TimeZoneRules(parsing: ZoneCase.all[seed % ZoneCase.all.count].file.bytes)
        for _ in 0..<20 {
            let schedule: Schedule
            if Bool.random(using: &generator) {
                guard let cron = try? Schedule(parsing: ScheduleTextTests.randomCron(&generator)) else { continue }
                schedule = cron
            } else {
                schedule = .every(.seconds(Int64.random(in: 60...400_000, using: &generator)))
            }
            let time = Timestamp.at(Int64.random(in: 0...4_000_000_000, using: &generator))
            guard let next = schedule.next(after: time, in: rules) else { continue }
            #expect(next > time && schedule.latest(through: next, in: rules) == next)
            if let latest = schedule.latest(through: time, in: rules) {
                #expect(latest <= time && schedule.next(after: latest, in: rules) == next, "\(schedule) at \(time)")
            }
        }
    }

    @Test(
        "of an interval that divides a day begin anew at every midnight and are further apart by what clocks are put back at most",
        arguments: ZoneCase.all)
    func intervals(zone: ZoneCase) throws {
        let rules = try TimeZoneRules(parsing: zone.file.bytes)
        for (text, step) in [
            ("every 4h", Int64(14_400)), ("every 45 min", 2700), ("every 1d", 86_400), ("every 10min", 600),
        ] {
            let schedule = try Schedule(parsing: text)
            let (begin, end) = (Timestamp.at(1_600_000_000), Timestamp.at(1_640_000_000))
            let times = schedule.due(after: begin, through: end, in: rules, limit: .max).map(\.seconds)
            for (one, next) in zip(times, times.dropFirst()) {
                #expect(next - one <= step + 3600 && next - one < 2 * step && next > one)
            }
            let expected = (end.seconds - begin.seconds) / step
            #expect(abs(Int64(times.count) - expected) <= 12, "\(times.count) instead of \(expected)")
            let midnights = try Schedule(parsing: "daily").due(after: begin, through: end, in: rules, limit: .max)
            #expect(Set(midnights.map(\.seconds)).isSubset(of: times))
        }
    }

    @Test("of other intervals are counted from 1970 on") func epoch() throws {
        let schedule = try Schedule(parsing: "every 7h")
        let times = schedule.due(after: .at(0), through: .at(100_000), in: try ZoneCase.rules("Europe/Berlin")).map(
            \.seconds)
        #expect(times == [25_200, 50_400, 75_600])
        #expect(schedule.latest(through: .at(-1), in: .utc) == .at(-25_200))
    }

    @Test("are none on change, and end where the numbers end") func none() throws {
        #expect(Schedule.onChange(.usual).next(after: .at(0), in: .utc) == nil)
        #expect(Schedule.onChange(.usual).latest(through: .at(0), in: .utc) == nil)
        for text in ["daily", "every 4h", "0 0 29 2 mon"] {
            #expect(try Schedule(parsing: text).next(after: Timestamp(nanoseconds: .max), in: .utc) == nil)
            _ = try Schedule(parsing: text).latest(through: Timestamp(nanoseconds: .min), in: .utc)
        }
        #expect(try Schedule(parsing: "daily").due(after: .at(0), through: .at(864_000), in: .utc, limit: 3).count == 3)
    }

    @Test("on a leap day that is a Sunday are found forty years on") func leap() throws {
        let schedule = try Schedule(parsing: "0 0 29 2 */7")
        let times = schedule.due(after: .at(1_800_000_000), through: .at(5_200_000_000), in: .utc).map(\.description)
        #expect(
            times == [
                "2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z",
            ])
    }
}
