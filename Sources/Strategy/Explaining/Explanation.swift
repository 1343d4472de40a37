import Primitives

/// A strategy in plain sentences, each with the demands of the strategy document that it answers.
package struct Explanation: Sendable, Equatable {
    package struct Sentence: Sendable, Equatable {
        package var text: String
        /// Such as SCHED-1; empty where the document demands nothing of the kind.
        package var requirements: [String]
    }

    package struct Section: Sendable, Equatable {
        package var title: String
        package var sentences: [Sentence] = []

        mutating func say(_ text: String, _ requirements: String...) {
            sentences.append(Sentence(text: text, requirements: requirements))
        }
    }

    package private(set) var sections: [Section]

    /// Of one component, or of everything.
    package init(_ strategy: BackupStrategy, component name: String? = nil, at now: Timestamp, in zone: TimeZoneRules) {
        let times = DueTimes(now: now, zone: zone, name: strategy.timeZone)
        let chosen = strategy.components.filter { name == nil || $0.name == name }
        sections = chosen.map { ComponentExplanation(strategy, $0, times).section }
        if name == nil { sections += CareExplanation(strategy, times).sections }
    }
}

/// When something is due, as people say it.
struct DueTimes {
    var now: Timestamp
    var zone: TimeZoneRules
    /// The zone's.
    var name: String

    /// The schedule and its next three times, in the strategy's time zone.
    func text(_ schedule: Schedule) -> String {
        var times: [Timestamp] = []
        while times.count < 3, let next = schedule.next(after: times.last ?? now, in: zone) { times.append(next) }
        guard !times.isEmpty else { return "\(schedule)" }
        return "\(schedule), next on \(Self.joined(times.map(clock))) (\(name))"
    }

    /// 2026-11-26 00:00; with seconds where there are some.
    private func clock(_ time: Timestamp) -> String {
        let local = Timestamp(nanoseconds: time.nanoseconds + zone.offset(at: time) * 1_000_000_000).description
        let parts = local.dropLast().split(separator: "T")
        let clock = parts[1].hasSuffix(":00") ? parts[1].dropLast(3) : parts[1]
        return "\(parts[0]) \(clock)"
    }

    static func joined(_ texts: [String], _ last: String = "and") -> String {
        guard texts.count > 1, let end = texts.last else { return texts.first ?? "" }
        return texts.dropLast().joined(separator: ", ") + " \(last) \(end)"
    }
}
