import Primitives

/// When something is due, in the strategy's time zone; docs/schedules.md is its manual.
package enum Schedule: Sendable, Equatable, CustomStringConvertible {
    /// Whenever the clock shows one of these minutes.
    case cron(CronLine)
    /// At midnight and every so long after it where that divides a day; otherwise every so long since 1970-01-01 00:00:00 UTC. A whole
    /// number of seconds, at least one.
    case every(Duration)
    /// When something changed.
    case onChange(ChangePace)

    /// Why a text is no schedule, as the end of a sentence that begins with the text.
    package struct Problem: Error, Sendable, Equatable {
        package var text: String

        package init(text: String) { self.text = text }
    }

    /// What is allowed, for messages that have nothing better to say.
    package static let forms =
        "'every 4h', 'daily at 00:00', 'weekly on monday at 02:30', 'monthly on 1 at 03:00', 'on-change' and cron lines such as '30 2 * * mon-fri'"

    /// Upper and lower case mean the same; so do one space and several.
    package init(parsing text: String) throws(Problem) {
        let words = text.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard let first = words.first else {
            throw Problem(text: "says nothing; allowed are \(Self.forms)")
        }
        switch first {
        case "every": self = .every(try Self.interval(words.dropFirst()))
        case "on-change", "on-change,": self = .onChange(try ChangePace(parsing: text.lowercased()))
        case _ where first.hasPrefix("@"): self = .cron(try CronLine(nickname: words))
        case _ where SpokenSchedule.begins(with: first): self = .cron(try SpokenSchedule.parse(words))
        case _ where first.utf8.first.map(Self.beginsCron) == true: self = .cron(try CronLine(fields: words))
        default: throw Problem(text: "is no schedule; allowed are \(Self.forms)")
        }
    }

    private static func beginsCron(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static let longestInterval = Duration.seconds(366 * 86_400)

    private static func interval(_ words: ArraySlice<Substring>) throws(Problem) -> Duration {
        guard !words.isEmpty else { throw Problem(text: "does not say how often; write it as 'every 4h'") }
        var text = words.joined(separator: " ")
        if text.allSatisfy(\.isLetter) { text = "1 " + text }
        let interval = try DurationText.parse(text)
        guard interval >= .seconds(1), interval.components.attoseconds == 0 else {
            throw Problem(text: "is no interval of whole seconds; the shortest is 'every 1s'")
        }
        guard interval <= longestInterval else {
            throw Problem(text: "is an interval of more than 366 days; the longest is 'every 366d'")
        }
        return interval
    }

    /// The canonical text, which `init(parsing:)` reads back to the same value.
    package var description: String {
        switch self {
        case .cron(let line): SpokenSchedule.text(line) ?? line.description
        case .every(let interval): "every " + DurationText.text(interval)
        case .onChange(let pace): pace.description
        }
    }
}
