import Primitives

/// What a repository in an object store will use and cost, month by month. A month is 30 days.
package struct CostForecast: Sendable, Equatable {
    package struct Assumptions: Sendable, Equatable {
        /// What one snapshot needs, as stored: after deduplication and compression.
        package var bytes: Double
        /// Of it, what changes from one day to the next.
        package var dailyChange: Double
        package var retention: RetentionPolicy
        package var packSize: Double = 64 * 1024 * 1024
        /// Locks are lengthened once in so many days; 0 where nothing is locked.
        package var cohortDays = 30
        /// How often in a month every object is read.
        package var verificationsPerMonth = 1.0

        package init(bytes: Double, dailyChange: Double, retention: RetentionPolicy) {
            (self.bytes, self.dailyChange, self.retention) = (bytes, dailyChange, retention)
        }
    }

    /// What a month uses.
    package struct Use: Sendable, Equatable {
        /// Needed by a snapshot that is kept, at the month's end.
        package var live: Double
        /// Needed by none, and still there: locked until the end of its cohort.
        package var dead: Double
        /// Written in the month.
        package var written: Double
        package var packSize: Double
        package var extensionsOfEachPack: Double
        package var readingsOfEachPack: Double
        package var isLocked: Bool

        package init(
            live: Double, dead: Double, written: Double, packSize: Double, extensionsOfEachPack: Double,
            readingsOfEachPack: Double, isLocked: Bool
        ) {
            (self.live, self.dead, self.written, self.packSize) = (live, dead, written, packSize)
            self.extensionsOfEachPack = extensionsOfEachPack
            self.readingsOfEachPack = readingsOfEachPack
            self.isLocked = isLocked
        }

        package var stored: Double { live + dead }
        package var locked: Double { isLocked ? stored : 0 }
        package var objects: Double { (stored / packSize).rounded(.up) }
        package var puts: Double { (written / packSize).rounded(.up) }
        package var extensions: Double { (live / packSize).rounded(.up) * extensionsOfEachPack }
        package var gets: Double { (objects * readingsOfEachPack).rounded(.up) }

        private static let gibibyte = 1_073_741_824.0

        /// Storage and requests, in the table's currency.
        package func cost(_ prices: PriceTable) -> Cost {
            Cost(
                storage: stored / Self.gibibyte * prices.storage, puts: puts / 1000 * prices.put,
                extensions: extensions / 1000 * prices.extend, gets: gets / 1000 * prices.get)
        }
    }

    package struct Cost: Sendable, Equatable {
        package var storage, puts, extensions, gets: Double
        package var total: Double { storage + puts + extensions + gets }
    }

    package static let daysPerMonth = 30
    package let assumptions: Assumptions
    package let months: [Use]

    /// The first month begins with the first backup.
    package init(_ assumptions: Assumptions, months count: Int) {
        self.assumptions = assumptions
        months = (1...max(1, count)).map { Self.month($0, assumptions) }
    }

    private static func month(_ number: Int, _ assumptions: Assumptions) -> Use {
        let end = number * daysPerMonth
        let change = assumptions.bytes * assumptions.dailyChange
        let firstBackup = number == 1 ? assumptions.bytes - change : 0
        let live = live(after: end, assumptions)
        var dead = 0.0
        if assumptions.cohortDays > 0 {
            // What lost its last snapshot since the cohort began; before that day nothing was written.
            let begin = max(1, end - assumptions.cohortDays)
            let written = change * Double(end - begin)
            dead = max(0, written - (live - Self.live(after: begin, assumptions)))
        }
        return Use(
            live: live, dead: dead, written: change * Double(daysPerMonth) + firstBackup,
            packSize: assumptions.packSize,
            extensionsOfEachPack: assumptions.cohortDays > 0
                ? Double(daysPerMonth) / Double(assumptions.cohortDays) : 0,
            readingsOfEachPack: assumptions.verificationsPerMonth, isLocked: assumptions.cohortDays > 0)
    }

    /// Bytes that the kept snapshots of `days` daily backups need. Of what one needs, each day exchanges a share at random; so two
    /// snapshots that lie g days apart differ in 1 - (1 - share)^g of it.
    static func live(after days: Int, _ assumptions: Assumptions) -> Double {
        guard days > 0 else { return 0 }
        let day: Int64 = 86_400_000_000_000
        let candidates = (0..<days).map { number in
            RetentionCandidate(
                id: Digest32(a: 0, b: 0, c: 0, d: UInt64(number)), host: "", component: "",
                time: Timestamp(nanoseconds: Int64(number) * day), isComplete: true)
        }
        let kept = Retention.plan(candidates, policy: assumptions.retention).entries.filter(\.isKept)
            .map { Double($0.snapshot.time.nanoseconds / day) }
        let gaps = zip(kept.dropFirst(), kept).map { $0 - $1 }
        let same = 1 - min(1, max(0, assumptions.dailyChange))
        return assumptions.bytes * gaps.reduce(1) { $0 + 1 - power(same, $1) }
    }

    private static func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, factor, rest) = (1.0, base, Int(exponent))
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
