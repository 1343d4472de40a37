import Primitives

/// How long snapshots will stay.
enum RetentionPrediction {
    private static let day: Int64 = 86_400_000_000_000
    /// More than so many newest ones are not followed.
    private static let mostLast = 1000
    private static let longestYears = 100

    /// For each snapshot the first day on which no rule keeps it, as if from now on a complete one were made every midnight. What stays
    /// longer than the rules reach has none.
    static func ends(_ kept: [RetentionCandidate], _ policy: RetentionPolicy, now: Timestamp) -> [Digest32: Timestamp] {
        let years = (policy.counts[.yearly] ?? 0) + (policy.counts[.monthly] ?? 0) / 12 + 2
        guard policy.last <= mostLast, years <= longestYears, let first = kept.first else { return [:] }
        var ends: [Digest32: Timestamp] = [:]
        var (current, open) = (kept, Set(kept.map(\.id)))
        for number in 1...Int64(years * 366) {
            guard !open.isEmpty else { break }
            let (midnight, overflow) = (now.nanoseconds.dividedFloor(by: day) + number)
                .multipliedReportingOverflow(by: day)
            guard !overflow else { break }
            let time = Timestamp(nanoseconds: midnight)
            current.append(
                RetentionCandidate(
                    id: Digest32(a: .max, b: .max, c: 0, d: UInt64(number)), host: first.host,
                    component: first.component, time: max(time, first.time), isComplete: true))
            let plan = Retention.plan(current, policy: policy)
            for dropped in plan.dropped where open.remove(dropped.id) != nil { ends[dropped.id] = time }
            current = plan.entries.filter(\.isKept).map(\.snapshot)
        }
        return ends
    }
}
