/// One of the five fields of a cron line: a set of small numbers.
package struct CronField: Sendable, Equatable {
    /// What a field counts.
    package enum Kind: Sendable, CaseIterable {
        case minute, hour, day, month, weekday

        var name: String {
            switch self {
            case .minute: "minute"
            case .hour: "hour"
            case .day: "day of the month"
            case .month: "month"
            case .weekday: "day of the week"
            }
        }

        /// As they are kept. Sunday may be written as 7 too.
        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...6
            }
        }

        var names: [String] {
            switch self {
            case .minute, .hour, .day: []
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            }
        }

        var isDay: Bool { self == .day || self == .weekday }

        var allowed: String {
            let numbers = "\(range.lowerBound) to \(self == .weekday ? 7 : range.upperBound)"
            guard let first = names.first, let last = names.last else { return numbers }
            return "\(numbers) and \(first) to \(last)"
        }
    }

    package let kind: Kind
    /// Bit n stands for the number n.
    package private(set) var bits: UInt64 = 0
    /// A field of days that begins with '*': how days of the month and of the week are put together depends on it.
    package private(set) var beginsWithStar = false

    package init(_ kind: Kind, _ values: some Sequence<Int>) {
        self.kind = kind
        for value in values where kind.range.contains(value) { bits |= 1 << UInt64(value) }
    }

    package static func all(_ kind: Kind) -> CronField {
        var field = CronField(kind, kind.range)
        field.beginsWithStar = kind.isDay
        return field
    }

    package func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }
    package var isFull: Bool {
        let range = kind.range
        return bits == (1 << UInt64(range.upperBound + 1)) - (1 << UInt64(range.lowerBound))
    }
    package var values: [Int] { kind.range.filter(contains) }
    /// The least number that is at least `value`.
    package func first(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = bits >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }
}

extension CronField {
    init(_ kind: Kind, parsing text: Substring) throws(Schedule.Problem) {
        self.kind = kind
        beginsWithStar = kind.isDay && text.first == "*"
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            try add(item)
        }
    }

    private mutating func add(_ item: Substring) throws(Schedule.Problem) {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard let body = parts.first, !body.isEmpty, parts.count <= 2 else { throw misread(item) }
        var step = 1
        if parts.count == 2 {
            guard let number = Self.number(parts[1]), (1...kind.range.count).contains(number) else {
                throw Schedule.Problem(
                    text:
                        "has the step '\(parts[1])' in its \(kind.name) field; allowed are 1 to \(kind.range.count)")
            }
            step = number
        }
        let span = try span(body, item, hasStep: parts.count == 2)
        for value in stride(from: span.lowerBound, through: span.upperBound, by: step) {
            bits |= 1 << UInt64(kind == .weekday && value == 7 ? 0 : value)
        }
    }

    private func span(_ body: Substring, _ item: Substring, hasStep: Bool) throws(Schedule.Problem) -> ClosedRange<Int>
    {
        if body == "*" { return kind.range }
        let ends = body.split(separator: "-", omittingEmptySubsequences: false)
        guard let begin = ends.first, ends.count <= 2 else { throw misread(item) }
        let low = try value(begin)
        guard ends.count == 2 else {
            if hasStep {
                throw Schedule.Problem(
                    text:
                        "has '\(item)' in its \(kind.name) field; a step follows '*' or a range: '*/\(item.drop { $0 != "/" }.dropFirst())'"
                )
            }
            return low...low
        }
        var high = try value(ends[1])
        if kind == .weekday, high == 0, low > 0 { high = 7 }
        guard low <= high else {
            throw Schedule.Problem(
                text:
                    "has the range '\(body)' in its \(kind.name) field, which runs backwards; write two ranges with a comma"
            )
        }
        return low...high
    }

    private func value(_ text: Substring) throws(Schedule.Problem) -> Int {
        if let index = kind.names.firstIndex(where: { $0 == text }) { return index + kind.range.lowerBound }
        let highest = kind == .weekday ? 7 : kind.range.upperBound
        guard let number = Self.number(text), (kind.range.lowerBound...highest).contains(number) else {
            throw misread(text)
        }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private func misread(_ what: Substring) -> Schedule.Problem {
        Schedule.Problem(
            text: "has '\(what)' in its \(kind.name) field; allowed are \(kind.allowed), lists, ranges and steps")
    }
}

extension CronField: CustomStringConvertible {
    /// The canonical text: '*', '*/15' or numbers and ranges.
    package var description: String {
        let isDay = kind.isDay
        if isFull, beginsWithStar || !isDay { return "*" }
        if isDay, !beginsWithStar { return Self.list(values) }
        guard let step = (2...kind.range.count).first(where: isSubset) else { return Self.list(values) }
        let rest = values.filter { !steps(step).contains($0) }
        if rest.isEmpty, steps(step).count > 1 || isDay { return "*/\(step)" }
        return isDay ? "*/\(step),\(Self.list(rest))" : Self.list(values)
    }

    private func steps(_ step: Int) -> [Int] {
        Array(stride(from: kind.range.lowerBound, through: kind.range.upperBound, by: step))
    }

    private func isSubset(_ step: Int) -> Bool { steps(step).allSatisfy(contains) }

    /// Three or more in a row are a range.
    private static func list(_ values: [Int]) -> String {
        var parts: [String] = []
        var index = 0
        while index < values.count {
            var end = index
            while end + 1 < values.count, values[end + 1] == values[end] + 1 { end += 1 }
            if end - index >= 2 {
                parts.append("\(values[index])-\(values[end])")
                index = end + 1
            } else {
                parts.append("\(values[index])")
                index += 1
            }
        }
        return parts.joined(separator: ",")
    }
}
