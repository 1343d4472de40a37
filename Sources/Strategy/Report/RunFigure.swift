import Primitives

/// A run as a report counts it.
package struct RunFigure: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable { case done, partial, failed, missed, running }

    package var component: String
    package var mode: String
    /// When it was to be made. What nobody had planned is not counted as due.
    package var due: Timestamp?
    package var started: Timestamp?
    package var ended: Timestamp?
    package var outcome: Outcome
    package var bytesRead: UInt64 = 0
    package var bytesNew: UInt64 = 0
    package var bytesStored: UInt64 = 0
    /// Of docs/errors.md.
    package var error: String?
    package var message: String?

    package init(
        component: String, mode: String, due: Timestamp?, started: Timestamp?, ended: Timestamp?, outcome: Outcome
    ) {
        (self.component, self.mode, self.due) = (component, mode, due)
        (self.started, self.ended, self.outcome) = (started, ended, outcome)
    }

    /// The moment by which it belongs to a month.
    package var time: Timestamp? { due ?? started }

    var seconds: Double? {
        guard let started, let ended, ended >= started else { return nil }
        return ended.seconds(since: started)
    }
}

/// A stretch of time that a report is about: from its beginning up to, and without, its end.
package struct ReportPeriod: Sendable, Equatable {
    package var from: Timestamp
    package var to: Timestamp
    /// 2026-11, or 2026-11-01 to 2026-11-15.
    package var name: String
    /// What it is compared with.
    package var before: (from: Timestamp, to: Timestamp)

    package static func == (x: ReportPeriod, y: ReportPeriod) -> Bool {
        (x.from, x.to, x.name) == (y.from, y.to, y.name) && x.before == y.before
    }

    /// A calendar month in UTC, "2026-11"; nil for another spelling.
    package init?(month: some StringProtocol) {
        let parts = month.split(separator: "-", omittingEmptySubsequences: false)
        guard month.utf8.count == 7, parts.count == 2, parts[0].utf8.count == 4, let year = Int(parts[0]),
            let number = Int(parts[1]), (1...12).contains(number), let from = Self.first(year, number),
            let to = Self.first(number == 12 ? year + 1 : year, number % 12 + 1),
            let earlier = Self.first(number == 1 ? year - 1 : year, number == 1 ? 12 : number - 1)
        else { return nil }
        (self.from, self.to, name, before) = (from, to, String(month), (earlier, from))
    }

    /// Whole days in UTC from the first to the last, both of them included; compared with as many days before.
    package init?(from first: some StringProtocol, through last: some StringProtocol) {
        guard let from = Timestamp(description: "\(first)T00:00:00Z"),
            let through = Timestamp(description: "\(last)T00:00:00Z"), through >= from
        else { return nil }
        let to = through.later(by: .seconds(86_400))
        let earlier = Timestamp(nanoseconds: from.nanoseconds - (to.nanoseconds - from.nanoseconds))
        (self.from, self.to, name, before) = (from, to, "\(first) to \(last)", (earlier, from))
    }

    /// The last whole month before `now`.
    package static func lastMonth(before now: Timestamp) -> ReportPeriod? {
        let parts = now.description.split(separator: "-")
        guard let year = Int(parts[0]), let month = Int(parts[1]) else { return nil }
        let (y, m) = month == 1 ? (year - 1, 12) : (year, month - 1)
        return ReportPeriod(month: "\(y)-\(m < 10 ? "0" : "")\(m)")
    }

    private static func first(_ year: Int, _ month: Int) -> Timestamp? {
        Timestamp(description: "\(year)-\(month < 10 ? "0" : "")\(month)-01T00:00:00Z")
    }
}
