/// How long bytes have to wait so that no more than a rate goes through: a function of the moments at which it is asked.
package struct TokenBucket: Sendable, Equatable {
    /// What may go at once after a pause, as the time that it is worth.
    static let credit: Int64 = 250_000_000

    /// When everything that went through is paid for.
    private var paidUntil = Int64.min / 2

    package init() {}

    /// Takes `bytes` at `now` and returns for how many nanoseconds they have to wait; nil as rate is no limit.
    package mutating func take(_ bytes: Int, rate: Int?, at now: Int64) -> Int64 {
        guard let rate, rate > 0 else {
            paidUntil = min(paidUntil, now)
            return 0
        }
        let price = Int64((Double(bytes) / Double(rate) * 1e9).rounded(.up))
        paidUntil = max(paidUntil, now - Self.credit) + price
        return max(0, paidUntil - now)
    }
}
