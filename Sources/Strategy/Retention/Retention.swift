import Primitives

/// What retention must know of a snapshot.
package struct RetentionCandidate: Sendable, Equatable {
    package var id: Digest32
    /// As the administrator certified it, not as the snapshot says.
    package var host: String
    package var component: String
    package var time: Timestamp
    /// Whether nothing was left out of it.
    package var isComplete: Bool
    /// What keeps it whatever the rules say.
    package var pins: [RetentionPlan.Reason] = []

    package init(
        id: Digest32, host: String, component: String, time: Timestamp, isComplete: Bool,
        pins: [RetentionPlan.Reason] = []
    ) {
        (self.id, self.host, self.component, self.time) = (id, host, component, time)
        (self.isComplete, self.pins) = (isComplete, pins)
    }
}

/// What becomes of each snapshot, and why.
package struct RetentionPlan: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable {
        case last, daily, weekly, monthly, yearly, newest
        case newestComplete = "newest-complete"
        /// The store keeps what it needs locked.
        case locked
        /// Somebody said that it must stay, and why.
        case held
        /// Something is strange with its component, and nobody has looked at it yet.
        case anomaly
        /// Recovery from a base backup that stays may need it.
        case log = "wal"
    }

    package struct Entry: Sendable, Equatable {
        package var snapshot: RetentionCandidate
        /// Why it is kept; empty when it is not.
        package var reasons: [Reason]
        package var isKept: Bool { !reasons.isEmpty }

        package init(snapshot: RetentionCandidate, reasons: [Reason]) {
            (self.snapshot, self.reasons) = (snapshot, reasons)
        }
    }

    package var rules: RetentionRules
    /// By host, component and time, oldest first.
    package var entries: [Entry]

    package var dropped: [RetentionCandidate] { entries.filter { !$0.isKept }.map(\.snapshot) }

    /// The same for the same plan, and for no other: what its digest is made of.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.raw("SHPLAN01".utf8)
        writer.counted(rules.encoded())
        writer.varint(entries.count)
        for entry in entries {
            writer.digest(entry.snapshot.id)
            writer.varint(entry.reasons.count)
            for reason in entry.reasons { writer.counted(Array(reason.rawValue.utf8)) }
        }
        return writer.bytes
    }
}

package enum Retention {
    /// Applies `policy` to each host and component on its own. Of a day, week, month or year the newest complete snapshot is kept, and
    /// only where there is none the newest partial one. The newest snapshot and the newest complete one always stay.
    package static func plan(_ candidates: [RetentionCandidate], policy: RetentionPolicy) -> RetentionPlan {
        plan(candidates, rules: RetentionRules(other: policy))
    }

    /// The same with the policy of each component. What belongs to none stays.
    package static func plan(_ candidates: [RetentionCandidate], rules: RetentionRules) -> RetentionPlan {
        let groups = Dictionary(grouping: candidates) { Group(host: $0.host, component: $0.component) }
        var entries: [RetentionPlan.Entry] = []
        for (group, members) in groups.sorted(by: { $0.key < $1.key }) {
            let newestFirst = members.sorted { ($0.time.nanoseconds, $0.id) > ($1.time.nanoseconds, $1.id) }
            let reasons = reasons(newestFirst, rules.policy(of: group.component))
            for (index, snapshot) in newestFirst.enumerated().reversed() {
                entries.append(RetentionPlan.Entry(snapshot: snapshot, reasons: reasons[index]))
            }
        }
        return RetentionPlan(rules: rules, entries: entries)
    }

    private struct Group: Hashable, Comparable {
        var host: String
        var component: String
        static func < (x: Group, y: Group) -> Bool { (x.host, x.component) < (y.host, y.component) }
    }

    private static func reasons(_ newestFirst: [RetentionCandidate], _ policy: RetentionPolicy) -> [[RetentionPlan
        .Reason]]
    {
        var reasons = [[RetentionPlan.Reason]](repeating: [], count: newestFirst.count)
        for index in newestFirst.indices.prefix(max(0, policy.last)) { reasons[index].append(.last) }
        for period in RetentionPolicy.Period.allCases {
            guard let reason = RetentionPlan.Reason(rawValue: period.rawValue) else { continue }
            for index in chosen(newestFirst, period, policy.counts[period] ?? 0) { reasons[index].append(reason) }
        }
        for index in newestFirst.indices { reasons[index] += newestFirst[index].pins }
        if !newestFirst.isEmpty { reasons[0].append(.newest) }
        if let complete = newestFirst.firstIndex(where: \.isComplete) { reasons[complete].append(.newestComplete) }
        return reasons
    }

    /// One of each of the newest `count` periods that have any.
    static func chosen(_ newestFirst: [RetentionCandidate], _ period: RetentionPolicy.Period, _ count: Int)
        -> [Int]
    {
        var chosen: [Int] = []
        var current: Int64?
        for index in newestFirst.indices {
            let number = CalendarPlace(newestFirst[index].time).number(of: period)
            if number != current {
                guard chosen.count < count else { break }
                current = number
                chosen.append(index)
            } else if let last = chosen.last, !newestFirst[last].isComplete, newestFirst[index].isComplete {
                chosen[chosen.count - 1] = index
            }
        }
        return chosen
    }
}
