import Primitives

/// What years of backups by schedules leave behind, and use, month by month. A rehearsal: nothing is read or written.
package struct RetentionSimulation: Sendable, Equatable {
    package struct Assumptions: Sendable, Equatable {
        /// When backups of the one component are made.
        package var schedules: [Schedule]
        package var zone: TimeZoneRules
        package var policy: RetentionPolicy
        package var begin: Timestamp
        /// What one snapshot needs, as stored, and the share of it that changes from one day to the next.
        package var bytes: Double
        package var dailyChange: Double
        package var packSize: Double = 64 * 1024 * 1024

        package init(
            schedules: [Schedule], zone: TimeZoneRules = .utc, policy: RetentionPolicy, begin: Timestamp, bytes: Double,
            dailyChange: Double
        ) {
            (self.schedules, self.zone, self.policy, self.begin) = (schedules, zone, policy, begin)
            (self.bytes, self.dailyChange) = (bytes, dailyChange)
        }
    }

    package struct Month: Sendable, Equatable {
        /// 2026-11.
        package var name: String
        /// Backups that were made in it.
        package var made: Int
        /// What exists at its end.
        package var snapshots: [Timestamp]
        package var use: CostForecast.Use
    }

    package private(set) var months: [Month] = []
    private var kept: [RetentionCandidate] = []
    private var serial: UInt64 = 0

    /// The rules are applied at the end of every day, in UTC.
    package init(_ assumptions: Assumptions, years: Int) {
        let day: Int64 = 86_400
        var today = assumptions.begin.nanoseconds.dividedFloor(by: 1_000_000_000 * day)
        let start = Timestamp.civil(daysSince1970: today)
        for number in 0..<Int64(max(0, years) * 12) {
            let month = start.month - 1 + number
            let (year, next) = (start.year + month / 12, month % 12 + 2)
            let end = next == 13 ? Timestamp.days(year + 1, 1, 1) : Timestamp.days(year, next, 1)
            var made = 0
            while today < end {
                made += live(today * day, assumptions)
                today += 1
            }
            months.append(
                Month(
                    name: String(Timestamp(nanoseconds: (end - 1) * day * 1_000_000_000).description.prefix(7)),
                    made: made,
                    snapshots: kept.map(\.time).sorted(), use: use(made, isFirst: number == 0, assumptions)))
        }
    }

    /// A day. Returns how many backups were made.
    private mutating func live(_ second: Int64, _ assumptions: Assumptions) -> Int {
        let (begin, end) = (
            Timestamp(nanoseconds: second * 1_000_000_000 - 1),
            Timestamp(nanoseconds: (second + 86_400) * 1_000_000_000 - 1)
        )
        // What several ask for at one time is one backup.
        let times = Set(
            assumptions.schedules.flatMap { $0.due(after: begin, through: end, in: assumptions.zone, limit: 100_000) })
        for time in times.sorted() {
            serial += 1
            kept.append(
                RetentionCandidate(
                    id: Digest32(a: 0, b: 0, c: 0, d: serial), host: "", component: "", time: time, isComplete: true))
        }
        kept = Retention.plan(kept, policy: assumptions.policy).entries.filter(\.isKept).map(\.snapshot)
        return times.count
    }

    private func use(_ made: Int, isFirst: Bool, _ assumptions: Assumptions) -> CostForecast.Use {
        let days = kept.map { Double($0.time.nanoseconds) / 86_400e9 }.sorted()
        let change = min(1, max(0, assumptions.dailyChange))
        // Of what one needs, each day exchanges a share at random, as in the cost forecast.
        let live =
            days.isEmpty ? 0 : zip(days.dropFirst(), days).reduce(1) { $0 + 1 - Self.power(1 - change, $1.0 - $1.1) }
        let month = made == 0 ? 0 : change * Double(CostForecast.daysPerMonth) + (isFirst ? 1 : 0)
        return CostForecast.Use(
            live: live * assumptions.bytes, dead: 0, written: month * assumptions.bytes, packSize: assumptions.packSize,
            extensionsOfEachPack: 0, readingsOfEachPack: 1, isLocked: false)
    }

    /// Whole days by squaring; the rest of a day goes by its share, as no library is needed for that.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, factor, rest) = (1.0, base, Int(max(0, exponent)))
        let part = max(0, exponent) - Double(rest)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result * (1 - part * (1 - base))
    }
}
