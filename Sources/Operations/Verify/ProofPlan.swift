import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// How much is to be read of a repository to prove it, where not all of it is at once.
package struct ProofBudget: Sendable, Equatable {
    package var bytes: UInt64?
    package var seconds: Double?
    /// So many objects at random, whenever they were proven last: damage of a share of them is found with a chance that does not depend on the calendar.
    package var sample: Int?
    package var spending: Spending?

    package init(bytes: UInt64? = nil, seconds: Double? = nil, sample: Int? = nil, spending: Spending? = nil) {
        (self.bytes, self.seconds, self.sample, self.spending) = (bytes, seconds, sample, spending)
    }

    /// What reading costs, and how much of it there is to spend, in the prices' currency.
    package struct Spending: Sendable, Equatable {
        private let most: Double
        private let (perRequest, perByte): (Double, Double)

        /// No request reads more than so much, and most read no less.
        private static let piece: UInt64 = 4 << 20

        package init(_ most: Double, at prices: PriceTable) {
            self.most = most
            (perRequest, perByte) = (prices.get / 1000, prices.read / Double(1 << 30))
        }

        /// Whether there is enough for reading `objects` of together `bytes`.
        func suffices(objects: Int, bytes: UInt64) -> Bool {
            let requests = Double(objects) + Double(bytes / Self.piece)
            return requests * perRequest + Double(bytes) * perByte <= most
        }
    }

    /// So many that damage of one in a thousand is found with 99 %: ln 0.01 / ln 0.999.
    package static let monthlySample = 4603
    /// Within so long everything is to be proven.
    package static let within = Duration.seconds(90 * 24 * 3600)
}

/// Which objects are proven next.
enum ProofPlan {
    /// How objects are proven: by their bytes (V2), or by what is in them (V3), which no index run says more of than its bytes.
    enum Level { case bytes, content }

    /// First what was never proven so, then what was proven so longest ago; or the sample.
    static func order(
        _ objects: [Inventory.Object], _ book: ProofBook, _ budget: ProofBudget,
        by level: Level = .bytes, using generator: inout some RandomNumberGenerator
    ) -> [Inventory.Object] {
        if let sample = budget.sample { return Array(objects.shuffled(using: &generator).prefix(sample)) }
        func last(_ object: Inventory.Object) -> Timestamp {
            let proof = book[object.digest]
            return level == .content && object.kind != .indexRun ? proof.content : proof.bytes
        }
        let order = objects.map { (object: $0, time: last($0)) }.sorted {
            ($0.time, $0.object.digest) < ($1.time, $1.object.digest)
        }.map(\.object)
        guard budget.bytes != nil || budget.spending != nil else { return order }
        let most = budget.bytes ?? .max
        var (chosen, bytes): ([Inventory.Object], UInt64) = ([], 0)
        // One at least: a budget that is smaller than a pack gets on all the same.
        for object in order {
            let isAffordable =
                bytes + object.size <= most
                && budget.spending?.suffices(objects: chosen.count + 1, bytes: bytes + object.size) ?? true
            guard chosen.isEmpty || isAffordable else { break }
            chosen.append(object)
            bytes += object.size
        }
        return chosen
    }

    /// What a host reads by itself each time: a share that proves all within the time, and whatever is nearly overdue.
    static func share(_ objects: [Inventory.Object], _ book: ProofBook, now: Timestamp) -> ProofBudget {
        let total = objects.reduce(UInt64(0)) { $0 + $1.size }
        let soon = now.later(by: .zero - ProofBudget.within * 8 / 9)
        let due = objects.reduce(UInt64(0)) { $0 + (book[$1.digest].bytes < soon ? $1.size : 0) }
        // What was never proven is due as well; where that is all of it, as on the first day, a quarter is enough.
        return ProofBudget(bytes: max(total / 64, min(due, total / 4), 1 << 30))
    }
}

/// How much of a repository is proven, and since when.
package struct ProofStatus: Sendable, Equatable {
    /// Of objects: packs and index runs.
    package struct Amount: Sendable, Equatable {
        package var objects: UInt64 = 0
        package var bytes: UInt64 = 0

        mutating func add(_ object: Inventory.Object) {
            objects += 1
            bytes += object.size
        }
    }

    package var all = Amount()
    /// Within the time, by their bytes (V2), and with a key (V3).
    package var bytesProven = Amount()
    package var contentProven = Amount()
    package var never = Amount()
    /// Proven once, and longer ago than the time.
    package var overdue = Amount()
    /// The longest ago of those that were proven.
    package var oldest: Timestamp?

    package var isWhole: Bool { never.objects == 0 && overdue.objects == 0 }

    init(_ objects: [Inventory.Object], _ book: ProofBook, now: Timestamp) {
        let since = now.later(by: .zero - ProofBudget.within)
        let zero = Timestamp(nanoseconds: 0)
        for object in objects {
            all.add(object)
            let proof = book[object.digest]
            if proof.content >= since { contentProven.add(object) }
            let last = max(proof.bytes, proof.content)
            if last == zero {
                never.add(object)
            } else {
                oldest = min(oldest ?? last, last)
                if last >= since { bytesProven.add(object) } else { overdue.add(object) }
            }
        }
    }
}
