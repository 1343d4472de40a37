import Primitives

/// How fast a host may send and fetch, by the time of its day: `up=20MiB;down=50MiB;08:00-18:00:up=2MiB`. What stands further right counts
/// more. Bytes in a second; `none` for no limit.
package struct BandwidthPlan: Sendable, Equatable {
    package enum Direction: String, Sendable, CaseIterable { case up, down }

    /// Minutes of a day, the end not among them; over midnight where the end is not behind the start.
    struct Window: Sendable, Equatable {
        var start: Int
        var end: Int

        func contains(_ minute: Int) -> Bool {
            start < end ? (start..<end).contains(minute) : minute >= start || minute < end
        }
    }

    struct Rule: Sendable, Equatable {
        var window: Window?
        var direction: Direction
        /// Nil for no limit.
        var limit: Int?
    }

    private let rules: [Rule]

    package static let unlimited = BandwidthPlan(rules: [])

    private init(rules: [Rule]) { self.rules = rules }

    /// Bytes in a second at that minute of the day, 0 to 1439; nil for as much as there is.
    package func limit(_ direction: Direction, atMinute minute: Int) -> Int? {
        rules.last { $0.direction == direction && $0.window?.contains(minute) != false }?.limit
    }

    /// The least that is ever let through; nil where there is no limit.
    package func slowest(_ direction: Direction) -> Int? {
        rules.filter { $0.direction == direction }.compactMap(\.limit).min()
    }
}

extension BandwidthPlan {
    /// Below that, connections would break for silence.
    package static let least = 64 << 10

    /// Throws `usage` for what cannot be meant.
    package static func parse(_ text: String) throws -> BandwidthPlan {
        BandwidthPlan(
            rules: try text.split(separator: ";").map { part in
                let word = part.filter { $0 != " " }
                guard let rule = rule(word) else { throw unreadable(word, "is not understood") }
                if let limit = rule.limit, limit < least { throw unreadable(word, "is too slow to be of use") }
                return rule
            })
    }

    private static func rule(_ text: String) -> Rule? {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        let name = sides[0].split(separator: ":", omittingEmptySubsequences: false)
        guard let direction = name.last.flatMap({ Direction(rawValue: String($0)) }) else { return nil }
        let limit = bytes(sides[1])
        guard limit != nil || sides[1] == "none" else { return nil }
        if name.count == 1 { return Rule(window: nil, direction: direction, limit: limit) }
        guard let window = window(sides[0].dropLast(direction.rawValue.count + 1)) else { return nil }
        return Rule(window: window, direction: direction, limit: limit)
    }

    private static func window(_ text: Substring) -> Window? {
        let sides = text.split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count == 2, let start = minute(sides[0]), let end = minute(sides[1]), start < 1440, start != end
        else { return nil }
        return Window(start: start, end: end == 1440 ? 0 : end)
    }

    /// "08:00"; "24:00" is the end of a day.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isWholeNumber) }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), minutes < 60, hours * 60 + minutes <= 1440
        else { return nil }
        return hours * 60 + minutes
    }

    private static func bytes(_ text: Substring) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]
        guard digits.count <= 9, let number = Int(digits), let unit = units[String(text.dropFirst(digits.count))] else {
            return nil
        }
        return number * unit
    }

    private static func unreadable(_ word: some StringProtocol, _ problem: String) -> Failure {
        Failure(
            .usage, "The bandwidth '\(word)' \(problem).",
            advice:
                "Write limits in bytes per second like 'up=20MiB;down=50MiB;08:00-18:00:up=2MiB', from 64KiB on, or 'none' (docs/s3.md)."
        )
    }
}
