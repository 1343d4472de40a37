/// What a strategy demands less than another one did, or lets this program do that it did not: nobody changes that alone on a host with a
/// directory of persons (SEC-4).
package struct StrategyWeakening: Sendable, Equatable {
    package enum Kind: Sendable, CaseIterable {
        /// Snapshots go sooner, or are not made any more.
        case retention
        case locks
        /// What would find out that a restore does not work is done less.
        case drills
        /// Programs are run that were not: they do what the account may that Safehold runs as.
        case programs
        /// What others had to agree to before it left takes one person.
        case personalData
    }

    package let kind: Kind
    /// In one line.
    package let words: String

    package init(kind: Kind, words: String) { (self.kind, self.words) = (kind, words) }
}

extension StrategyWeakening {
    /// In the order of the kinds. Nothing where `after` demands at least what `before` does.
    package static func of(_ after: BackupStrategy, comparedWith before: BackupStrategy) -> [StrategyWeakening] {
        retention(before, after).map { StrategyWeakening(kind: .retention, words: $0) }
            + locks(before, after).map { StrategyWeakening(kind: .locks, words: $0) }
            + drills(before, after).map { StrategyWeakening(kind: .drills, words: $0) }
            + programs(before, after).map { StrategyWeakening(kind: .programs, words: $0) }
            + before.components.filter { $0.holdsPersonalData && after.component($0.name)?.holdsPersonalData != true }
            .map {
                StrategyWeakening(
                    kind: .personalData, words: "'\($0.name)' is not said to have data of persons any more")
            }
    }

    private static func retention(_ before: BackupStrategy, _ after: BackupStrategy) -> [String] {
        var lines: [String] = []
        for old in before.components {
            guard let new = after.component(old.name) else {
                lines.append("the component '\(old.name)' is not backed up any more")
                continue
            }
            if new.jobs.isEmpty, !old.jobs.isEmpty { lines.append("'\(old.name)' is backed up by hand only") }
            if new.retention.last < old.retention.last {
                lines.append("of '\(old.name)' the newest \(new.retention.last) stay instead of \(old.retention.last)")
            }
            for period in RetentionPolicy.Period.allCases {
                let (less, more) = (new.retention.counts[period] ?? 0, old.retention.counts[period] ?? 0)
                if less < more {
                    lines.append("of '\(old.name)' \(less) \(period.rawValue) ones stay instead of \(more)")
                }
            }
        }
        if before.upkeep.forget == nil, after.upkeep.forget != nil {
            lines.append("this host drops by itself what no rule keeps")
        }
        return lines
    }

    private static func locks(_ before: BackupStrategy, _ after: BackupStrategy) -> [String] {
        before.stores.compactMap { old in
            let now = after.store(old.name)?.immutability ?? .none
            guard rank(now) < rank(old.immutability) else { return nil }
            return "the store '\(old.name)' is to lock '\(now.rawValue)' instead of '\(old.immutability.rawValue)'"
        }
    }

    private static func rank(_ immutability: StorePlan.Immutability) -> Int {
        StorePlan.Immutability.allCases.firstIndex(of: immutability) ?? 0
    }

    /// Another schedule may be a rarer one: who compares looks at it.
    private static func drills(_ before: BackupStrategy, _ after: BackupStrategy) -> [String] {
        var lines: [String] = []
        for old in before.drills {
            let covering = after.drills.contains { new in
                new.kind == old.kind && new.schedule == old.schedule
                    && (new.components.isEmpty
                        || !old.components.isEmpty && Set(new.components).isSuperset(of: old.components))
            }
            if !covering { lines.append("the drill '\(old.kind.rawValue)' is not as it was") }
        }
        for old in before.reviews
        where !after.reviews.contains(where: { $0.name == old.name && $0.schedule == old.schedule }) {
            lines.append("the review '\(old.name)' is not when it was")
        }
        if before.upkeep.verify != nil, before.upkeep.verify != after.upkeep.verify {
            lines.append("stored objects are verified at other times, or not at all")
        }
        return lines
    }

    private static func programs(_ before: BackupStrategy, _ after: BackupStrategy) -> [String] {
        let known = Set(before.programs)
        return after.programs.filter { !known.contains($0) }.map {
            "a program is run that was not: \($0.map { "'\($0)'" }.joined(separator: " "))"
        }
    }
}

extension BackupStrategy {
    /// All that is run by what it says, each as its words.
    package var programs: [[String]] {
        let hooks = components.flatMap { [$0.hooks.freeze, $0.hooks.thaw, $0.hooks.after, $0.health] }
        let streams = components.flatMap(\.streams).flatMap { [$0.command, $0.restore, $0.check] }
        let channels = contacts.flatMap(\.channels).compactMap { channel -> [String]? in
            if case .command(let words) = channel { words } else { nil }
        }
        let services =
            emergency.services.flatMap { [$0.stop, $0.start, $0.check] } + emergency.isolation.map(\.command)
        return (hooks + streams + channels + services).filter { !$0.isEmpty }
    }
}
