import Primitives

extension Schedule {
    static func speed(_ count: UInt64, since start: ContinuousClock.Instant) -> String {
        let seconds = (ContinuousClock().now - start) / .seconds(1)
        return "\(count) schedules in \(Int(seconds)) s, \(Int(Double(count) / max(seconds, 0.001))) a second"
    }

    /// What the first seed of `seeds` lost, whose `body` loses anything or throws. Names of packs are random, so that a seed alone does not
    /// bring a loss back: what was seen is kept.
    static func firstLoss(of seeds: Range<UInt64>, _ body: @escaping @Sendable (UInt64) throws -> [String]) -> String? {
        let seen = Monitor<[UInt64: String]>([:])
        let losing = first(of: seeds) { seed in
            let found: String
            do { found = try body(seed).joined(separator: "\n") } catch { found = "\(error)" }
            if !found.isEmpty { seen.withLock { $0[seed] = found } }
            return !found.isEmpty
        }
        return losing.map { losing in "seed \(losing): \(seen.withLock { $0[losing] ?? "" })" }
    }

    /// The first seed of `seeds` that `body` is true for, on two threads.
    static func first(of seeds: Range<UInt64>, where body: @escaping @Sendable (UInt64) -> Bool) -> UInt64? {
        let next = Monitor<(seed: UInt64, found: UInt64?)>((seeds.lowerBound, nil))
        let threads = WorkerThreads()
        for _ in 0..<2 {
            threads.start {
                while true {
                    let seed = next.withLock { state -> UInt64? in
                        guard state.found == nil, state.seed < seeds.upperBound else { return nil }
                        defer { state.seed += 1 }
                        return state.seed
                    }
                    guard let seed else { return }
                    if body(seed) { next.withLock { $0.found = min($0.found ?? seed, seed) } }
                }
            }
        }
        threads.joinAll()
        return next.withLock { $0.found }
    }
}
