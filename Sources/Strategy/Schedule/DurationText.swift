/// Lengths of time as people write them: 90 min, 4h, 1d 12h, 300s.
package enum DurationText {
    private struct Unit {
        var milliseconds: Int64
        var names: [String]
    }

    /// The first name of each is the canonical one.
    private static let units = [
        Unit(milliseconds: 604_800_000, names: ["w", "week", "weeks"]),
        Unit(milliseconds: 86_400_000, names: ["d", "day", "days"]),
        Unit(milliseconds: 3_600_000, names: ["h", "hour", "hours"]),
        Unit(milliseconds: 60_000, names: ["min", "m", "mins", "minute", "minutes"]),
        Unit(milliseconds: 1000, names: ["s", "sec", "secs", "second", "seconds"]),
        Unit(milliseconds: 1, names: ["ms"]),
    ]

    private static let forms = "write it as '90 min', '4h', '1d 12h' or '300s'"
    /// A hundred years.
    private static let most: Int64 = 36_525 * 86_400_000

    /// Larger units come first, and none comes twice. A length may be nothing ('0s').
    package static func parse(_ text: String) throws(Schedule.Problem) -> Duration {
        var rest = trimmed(text.lowercased()[...])
        guard !rest.isEmpty else { throw Schedule.Problem(text: "gives no length of time; \(forms)") }
        var (total, previous): (Int64, Int64) = (0, .max)
        while !rest.isEmpty {
            let part = try takePart(&rest)
            guard part.unit < previous else {
                throw Schedule.Problem(text: "does not name each unit once, the largest first; \(forms)")
            }
            let (product, overflow) = part.count.multipliedReportingOverflow(by: part.unit)
            guard !overflow, product <= most, total + product <= most else {
                throw Schedule.Problem(text: "is longer than a hundred years")
            }
            (total, previous) = (total + product, part.unit)
        }
        return .milliseconds(total)
    }

    private static func takePart(_ rest: inout Substring) throws(Schedule.Problem) -> (count: Int64, unit: Int64) {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = trimmed(rest.dropFirst(digits.count))
        guard !digits.isEmpty else { throw Schedule.Problem(text: "is no length of time; \(forms)") }
        guard rest.first != ".", rest.first != "," else {
            throw Schedule.Problem(text: "has a fraction; use a smaller unit: '1h 30min' for '1.5h'")
        }
        let name = rest.prefix { $0.isLetter }
        rest = trimmed(rest.dropFirst(name.count))
        guard !name.isEmpty else {
            throw Schedule.Problem(text: "has no unit after \(digits); \(forms)")
        }
        guard let unit = units.first(where: { $0.names.contains(String(name)) }) else {
            let names = units.compactMap(\.names.first).joined(separator: ", ")
            throw Schedule.Problem(text: "has the unit '\(name)'; allowed are \(names)")
        }
        guard let count = Int64(digits) else { throw Schedule.Problem(text: "is longer than a hundred years") }
        return (count, unit.milliseconds)
    }

    private static func trimmed(_ text: Substring) -> Substring { text.drop { $0 == " " || $0 == "\t" } }

    /// The canonical text: days, hours, minutes, seconds and milliseconds, the largest first, without those that are nothing. What is
    /// shorter than a millisecond is left out.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        var rest = overflow ? .max : max(0, whole + attoseconds / 1_000_000_000_000_000)
        var parts: [String] = []
        for unit in units.dropFirst() where rest >= unit.milliseconds {
            parts.append("\(rest / unit.milliseconds)\(unit.names[0])")
            rest %= unit.milliseconds
        }
        return parts.isEmpty ? "0s" : parts.joined(separator: " ")
    }
}
