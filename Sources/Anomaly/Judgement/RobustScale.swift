import Foundation

/// What is usual, told from numbers of which some may be far out: the median, and the median distance from it.
struct RobustScale: Sendable, Equatable {
    var median: Double
    /// 1.4826 times the median distance: the standard deviation, where they are normally distributed.
    var spread: Double

    init(_ values: [Double]) {
        median = Self.median(values)
        let center = median
        spread = 1.4826 * Self.median(values.map { abs($0 - center) })
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The most that is usual of counts, which lie around each other by factors rather than by differences: five deviations of their
    /// logarithms above the median, at least `leastSpread` each.
    static func most(of counts: [UInt64], leastSpread: Double = 0.35) -> UInt64 {
        let scale = RobustScale(counts.map { log1p(Double($0)) })
        let most = expm1(min(42, scale.median + 5 * max(leastSpread, scale.spread)))
        return UInt64(max(0, most))
    }
}
