import Primitives

/// What a zone does every year: the TZ string of POSIX.1 that ends a TZif file, with RFC 9636's hours from -167 to 167.
struct DaylightRule: Sendable, Equatable {
    /// A day of a year.
    enum Day: Sendable, Equatable {
        /// 1 to 365; 29 February is never counted.
        case julian(Int64)
        /// 0 to 365; 29 February is counted.
        case ordinal(Int64)
        /// The first to fourth, or with 5 the last, such weekday (0 is Sunday) of a month.
        case weekday(month: Int64, week: Int64, day: Int64)

        /// Days since 1970-01-01.
        func date(in year: Int64) -> Int64 {
            let newYear = Timestamp.days(year, 1, 1)
            switch self {
            case .julian(let day):
                let isLeap = Timestamp.days(year, 3, 1) - newYear == 60
                return newYear + day - 1 + (isLeap && day >= 60 ? 1 : 0)
            case .ordinal(let day): return newYear + day
            case .weekday(let month, let week, let day):
                let first = Timestamp.days(year, month, 1)
                let length = (month == 12 ? Timestamp.days(year + 1, 1, 1) : Timestamp.days(year, month + 1, 1)) - first
                let weekdayOfFirst = (first + 4) - (first + 4).dividedFloor(by: 7) * 7
                let start = first + (day - weekdayOfFirst + 7) % 7
                let wanted = start + (week - 1) * 7
                return wanted < first + length ? wanted : wanted - 7
            }
        }
    }

    struct Change: Sendable, Equatable {
        var day: Day
        /// Seconds after the midnight of the day, by the clocks before the change.
        var time: Int64
    }

    var standard: Int64
    /// Nil where the clocks are never put.
    var daylight: (offset: Int64, begin: Change, end: Change)?

    static func == (x: DaylightRule, y: DaylightRule) -> Bool {
        x.standard == y.standard && x.daylight?.offset == y.daylight?.offset && x.daylight?.begin == y.daylight?.begin
            && x.daylight?.end == y.daylight?.end
    }

    /// Those after `time`, until the last year of `Timestamp`, in ascending order; of two at one time only the second.
    func transitions(after time: Int64) -> [TimeZoneRules.Transition] {
        guard let daylight else { return [TimeZoneRules.Transition(time: time + 1, offset: standard)] }
        let first = Timestamp.civil(daysSince1970: max(time, Self.earliest).dividedFloor(by: 86_400)).year
        var all: [(time: Int64, isBegin: Bool)] = []
        for year in first - 1...max(first, Self.lastYear) {
            all.append((daylight.begin.day.date(in: year) * 86_400 + daylight.begin.time - standard, true))
            all.append((daylight.end.day.date(in: year) * 86_400 + daylight.end.time - daylight.offset, false))
        }
        all.sort { ($0.time, $0.isBegin ? 1 : 0) < ($1.time, $1.isBegin ? 1 : 0) }
        var transitions: [TimeZoneRules.Transition] = []
        for change in all where change.time > time {
            if transitions.last?.time == change.time { transitions.removeLast() }
            transitions.append(
                TimeZoneRules.Transition(time: change.time, offset: change.isBegin ? daylight.offset : standard))
        }
        return transitions
    }

    /// The first and the last year of `Timestamp`.
    private static let earliest: Int64 = -9_223_372_037
    private static let lastYear: Int64 = 2262
}

extension DaylightRule {
    /// Throws with the end of a sentence that begins with the file's name.
    init(parsing text: some Sequence<UInt8>) throws(EncodingError) {
        var scanner = Scanner(rest: Array(text)[...])
        try scanner.name()
        standard = -(try scanner.seconds(hours: 0...24))
        daylight = nil
        guard !scanner.rest.isEmpty else { return }
        try scanner.name()
        let offset = scanner.rest.first == UInt8(ascii: ",") ? standard + 3600 : -(try scanner.seconds(hours: 0...24))
        daylight = (offset, try scanner.change(), try scanner.change())
        guard scanner.rest.isEmpty else { throw Scanner.misread }
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        static let misread = EncodingError("ends with a rule that is none of POSIX's (RFC 9636, 3.3)")

        mutating func take(_ byte: Character) -> Bool {
            guard let value = byte.asciiValue, rest.first == value else { return false }
            rest.removeFirst()
            return true
        }

        private static func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }

        mutating func name() throws(EncodingError) {
            var count = 0
            if take("<") {
                while let byte = rest.first, byte != UInt8(ascii: ">") {
                    rest.removeFirst()
                    count += 1
                }
                guard take(">") else { throw Self.misread }
            } else {
                while let byte = rest.first, Self.isLetter(byte) {
                    rest.removeFirst()
                    count += 1
                }
            }
            guard count >= 3 else { throw Self.misread }
        }

        mutating func number(_ range: ClosedRange<Int64>) throws(EncodingError) -> Int64 {
            var (value, count): (Int64, Int) = (0, 0)
            while let byte = rest.first, (0x30...0x39).contains(byte), count < 4 {
                value = value * 10 + Int64(byte - 0x30)
                count += 1
                rest.removeFirst()
            }
            guard count > 0, range.contains(value) else { throw Self.misread }
            return value
        }

        /// [+-]hh[:mm[:ss]].
        mutating func seconds(hours: ClosedRange<Int64>) throws(EncodingError) -> Int64 {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            var value = try number(hours) * 3600
            if take(":") { value += try number(0...59) * 60 }
            if take(":") { value += try number(0...59) }
            return isNegative ? -value : value
        }

        mutating func change() throws(EncodingError) -> Change {
            guard take(",") else { throw Self.misread }
            let day: Day
            if take("M") {
                let month = try number(1...12)
                guard take(".") else { throw Self.misread }
                let week = try number(1...5)
                guard take(".") else { throw Self.misread }
                day = .weekday(month: month, week: week, day: try number(0...6))
            } else if take("J") {
                day = .julian(try number(1...365))
            } else {
                day = .ordinal(try number(0...365))
            }
            return Change(day: day, time: take("/") ? try seconds(hours: 0...167) : 7200)
        }
    }
}
