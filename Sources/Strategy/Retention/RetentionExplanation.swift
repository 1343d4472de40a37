import Primitives

/// Why a snapshot stays, for which period it stands, or why nothing keeps it.
package struct RetentionExplanation: Sendable, Equatable {
    /// Rules by which it stays, or, where none does, what became of it in each.
    package var lines: [String]
    /// The first day on which no rule keeps it, if a complete backup is made every day and the rules are applied every day. Nil where it
    /// goes today, or where that day is not known: something else holds it, or the rules keep it for good.
    package var keptUntil: Timestamp?

    /// Of archived log, for which there are no periods: it goes with the base backups.
    package init(log entry: RetentionPlan.Entry) {
        let kept = entry.reasons.map { reason in
            switch reason {
            case .locked: "locked in the store"
            case .held: "under a legal hold"
            case .anomaly: "nobody has looked at an alarm of its component"
            default: "log that a recovery from a base backup may need"
            }
        }
        self.init(lines: kept.isEmpty ? ["log from before every base backup that stays"] : kept, keptUntil: nil)
    }

    private init(lines: [String], keptUntil: Timestamp?) { (self.lines, self.keptUntil) = (lines, keptUntil) }

    /// By snapshot.
    package static func of(_ plan: RetentionPlan, now: Timestamp) -> [Digest32: RetentionExplanation] {
        var explanations: [Digest32: RetentionExplanation] = [:]
        let groups = Dictionary(grouping: plan.entries) { [$0.snapshot.host, $0.snapshot.component] }
        for members in groups.values {
            guard let component = members.first?.snapshot.component else { continue }
            let policy = plan.rules.policy(of: component)
            let newestFirst = Array(members.reversed())
            let ends = RetentionPrediction.ends(newestFirst.filter(\.isKept).map(\.snapshot), policy, now: now)
            let places = RetentionPolicy.Period.allCases.map {
                Places(newestFirst.map(\.snapshot), $0, policy.counts[$0] ?? 0)
            }
            for (index, entry) in newestFirst.enumerated() {
                explanations[entry.snapshot.id] = RetentionExplanation(
                    lines: entry.isKept ? kept(entry, index, policy, places) : dropped(index, policy, places),
                    keptUntil: ends[entry.snapshot.id])
            }
        }
        return explanations
    }

    private static func kept(_ entry: RetentionPlan.Entry, _ index: Int, _ policy: RetentionPolicy, _ places: [Places])
        -> [String]
    {
        entry.reasons.map { reason in
            switch reason {
            case .last: policy.last == .max ? "no rule is for it" : "last: \(index + 1) of \(policy.last)"
            case .newest: "newest of all, which always stays"
            case .newestComplete: "newest complete one, which always stays"
            case .locked: "locked in the store"
            case .held: "under a legal hold"
            case .anomaly: "nobody has looked at an alarm of its component"
            case .log: "log that a recovery from a base backup may need"
            case .daily, .weekly, .monthly, .yearly:
                places.first { $0.period.rawValue == reason.rawValue }?.standing(index) ?? reason.rawValue
            }
        }
    }

    private static func dropped(_ index: Int, _ policy: RetentionPolicy, _ places: [Places]) -> [String] {
        let last = policy.last > 0 ? ["last: \(index + 1), and \(policy.last) are kept"] : []
        return last + places.compactMap { $0.failing(index) }
    }

    /// How the snapshots of a component lie in the periods of a rule.
    private struct Places {
        let period: RetentionPolicy.Period
        private let count: Int
        private let snapshots: [RetentionCandidate]
        /// For each snapshot, which of the periods that have any its own is: 1 is the newest.
        private var ordinals: [Int] = []
        private let chosen: [Int]

        init(_ newestFirst: [RetentionCandidate], _ period: RetentionPolicy.Period, _ count: Int) {
            (self.period, self.count, snapshots) = (period, count, newestFirst)
            chosen = Retention.chosen(newestFirst, period, count)
            var (ordinal, current): (Int, Int64?) = (0, nil)
            for snapshot in newestFirst {
                let number = CalendarPlace(snapshot.time).number(of: period)
                if number != current { (ordinal, current) = (ordinal + 1, number) }
                ordinals.append(ordinal)
            }
        }

        private func name(_ index: Int) -> String { CalendarPlace(snapshots[index].time).name(of: period) }

        func standing(_ index: Int) -> String { "\(period.rawValue): \(name(index)), \(ordinals[index]) of \(count)" }

        func failing(_ index: Int) -> String? {
            guard count > 0 else { return nil }
            guard ordinals[index] <= count else {
                return "\(period.rawValue): \(name(index)) is number \(ordinals[index]), and \(count) are kept"
            }
            guard let other = chosen.first(where: { ordinals[$0] == ordinals[index] }) else { return nil }
            return "\(period.rawValue): \(snapshots[other].id.hex.prefix(8)) stands for \(name(index))"
        }
    }
}

extension CalendarPlace {
    /// As people call it: day 2026-11-24, week of 2026-11-23, month 2026-11, year 2026.
    func name(of period: RetentionPolicy.Period) -> String {
        func date(_ day: Int64) -> Substring {
            let (nanoseconds, overflow) = day.multipliedReportingOverflow(by: 86_400_000_000_000)
            return Timestamp(nanoseconds: overflow ? 0 : nanoseconds).description.prefix(10)
        }
        return switch period {
        case .daily: "day \(date(day))"
        case .weekly: "week of \(date(week * 7 - 3))"
        case .monthly: "month \(date(day).prefix(7))"
        case .yearly: "year \(date(day).prefix(4))"
        }
    }
}
