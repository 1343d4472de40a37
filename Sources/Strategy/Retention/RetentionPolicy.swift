import Primitives

/// How many snapshots are kept, of each host and component.
package struct RetentionPolicy: Sendable, Equatable {
    package enum Period: String, Sendable, CaseIterable {
        case daily, weekly, monthly, yearly
    }

    /// The newest so many.
    package var last: Int
    /// One for each of the newest so many days, weeks, months, years that have any.
    package var counts: [Period: Int]

    package init(last: Int = 0, daily: Int = 0, weekly: Int = 0, monthly: Int = 0, yearly: Int = 0) {
        self.last = last
        counts = [.daily: daily, .weekly: weekly, .monthly: monthly, .yearly: yearly]
    }

    /// Seven days, four weeks, twelve months, seven years.
    package static let iqhis = RetentionPolicy(daily: 7, weekly: 4, monthly: 12, yearly: 7)
    package static let presets = ["iqhis": iqhis]

    /// Keeps whatever there is.
    package static let everything = RetentionPolicy(last: .max)

    /// Whether it keeps nothing but what is always kept.
    package var isEmpty: Bool { last <= 0 && counts.values.allSatisfy { $0 <= 0 } }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(max(0, last))
        for period in Period.allCases { writer.varint(max(0, counts[period] ?? 0)) }
        return writer.bytes
    }
}
