/// How soon after a change something is due: once nothing has changed for `quiet`, and at the latest `longest` after the first change.
package struct ChangePace: Sendable, Equatable, CustomStringConvertible {
    package var quiet: Duration
    /// At least `quiet`.
    package var longest: Duration

    package static let usual = ChangePace(quiet: .seconds(1), longest: .seconds(10))

    package init(quiet: Duration, longest: Duration) { (self.quiet, self.longest) = (quiet, longest) }

    /// `on-change`, with `, quiet 1s` and `, at most 10s` after it in any order.
    init(parsing text: String) throws(Schedule.Problem) {
        var (quiet, longest): (Duration?, Duration?)
        for part in text.split(separator: ",", omittingEmptySubsequences: false).dropFirst() {
            let words = part.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.first == "quiet", quiet == nil {
                quiet = try DurationText.parse(words.dropFirst().joined(separator: " "))
            } else if words.starts(with: ["at", "most"]), longest == nil {
                longest = try DurationText.parse(words.dropFirst(2).joined(separator: " "))
            } else {
                throw Self.problem("has '\(words.joined(separator: " "))'")
            }
        }
        guard text.prefix(while: { $0 != "," }).split(whereSeparator: \.isWhitespace) == ["on-change"] else {
            throw Self.problem("says more than 'on-change' without a comma")
        }
        try self.init(checking: quiet, longest)
    }

    /// Where one of the two is given, the other gives way.
    private init(checking quiet: Duration?, _ longest: Duration?) throws(Schedule.Problem) {
        let usual = Self.usual
        let pace = ChangePace(
            quiet: quiet ?? min(usual.quiet, longest ?? usual.quiet),
            longest: longest ?? max(usual.longest, quiet ?? usual.longest))
        guard pace.quiet > .zero else {
            throw Schedule.Problem(text: "has a quiet time of nothing; the shortest is 1ms, the usual one 1s")
        }
        guard pace.longest >= pace.quiet else {
            throw Schedule.Problem(
                text:
                    "waits at most \(DurationText.text(pace.longest)), which is shorter than its quiet time of \(DurationText.text(pace.quiet))"
            )
        }
        guard pace.longest <= .seconds(86_400) else {
            throw Schedule.Problem(text: "waits for more than a day; use 'every 1d' for that")
        }
        self = pace
    }

    private static func problem(_ what: String) -> Schedule.Problem {
        Schedule.Problem(text: "\(what); write it as 'on-change' or 'on-change, quiet 1s, at most 10s'")
    }

    package var description: String {
        if self == .usual { return "on-change" }
        return "on-change, quiet \(DurationText.text(quiet)), at most \(DurationText.text(longest))"
    }
}
