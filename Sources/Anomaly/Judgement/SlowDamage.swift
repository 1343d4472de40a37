import Primitives

/// Damage that is done a few files at a time: what goes beyond the usual of each day is summed up until somebody would see it.
package struct SlowDamage: Sendable, Equatable {
    static let secondsOfDay: Double = 86_400
    static let mostDays = 120
    /// A host that was away for weeks earns no more patience than this.
    static let longestGap: Double = 2

    struct Day: Sendable, Equatable {
        var number: Int64
        var damage: UInt64
    }

    /// Of earlier days: files that looked damaged, as happens.
    var days: [Day] = []
    var sum: Double = 0
    /// The snapshot with which the sum left zero, the day of it, and the snapshot before it.
    var since: UInt64 = 0
    var sinceDay: Int64 = 0
    var lastClean: Digest32?

    package init() {}

    static func day(_ time: Timestamp) -> Int64 { time.nanoseconds.dividedFloor(by: 86_400_000_000_000) }

    /// What a day may have: three deviations above what is usual, and two more.
    var allowance: Double {
        // What the sum is made of must not teach that it is usual.
        let usual = days.filter { sum == 0 || $0.number < sinceDay }.map { Double($0.damage) }
        guard !usual.isEmpty else { return 2 }
        let scale = RobustScale(usual)
        return scale.median + 3 * scale.spread + 2
    }

    mutating func take(
        _ damage: UInt64, sequence: UInt64, at time: Timestamp, elapsed: Double, after previous: Digest32?
    ) {
        let before = sum
        sum = max(0, sum + Double(damage) - allowance * min(Self.longestGap, max(0, elapsed)))
        if before == 0, sum > 0 { (since, sinceDay, lastClean) = (sequence, Self.day(time), previous) }
    }

    /// Counts as usual from now on.
    mutating func learn(_ damage: UInt64, at time: Timestamp) {
        let number = Self.day(time)
        if let last = days.indices.last, days[last].number >= number {
            days[last].damage &+= damage
        } else {
            days.append(Day(number: number, damage: damage))
            if days.count > Self.mostDays { days.removeFirst() }
        }
    }

    static func threshold(_ files: UInt64) -> UInt64 { SignalBaseline.damageFloor(files) * 3 / 2 }
}

extension SlowDamage {
    var fields: Fields {
        var fields = Fields()
        fields.set(
            1,
            list: days.map { day in
                var writer = ByteWriter()
                writer.u64(UInt64(bitPattern: day.number))
                writer.u64(day.damage)
                return writer.bytes
            })
        fields.set(2, integer: sum.bitPattern)
        fields.set(3, integer: since)
        fields.set(4, integer: UInt64(bitPattern: sinceDay))
        if let lastClean { fields[5] = lastClean.bytes }
        return fields
    }

    init(fields: Fields) throws(EncodingError) {
        for bytes in try fields.list(1) {
            let (number, damage) = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                (try reader.u64(), try reader.u64())
            }
            days.append(Day(number: Int64(bitPattern: number), damage: damage))
        }
        sum = Double(bitPattern: try fields.integer(2))
        guard sum.isFinite, sum >= 0 else { throw EncodingError("has a sum that cannot be") }
        since = try fields.integer(3)
        sinceDay = Int64(bitPattern: try fields.integer(4))
        lastClean = fields[5] == nil ? nil : try fields.digest(5)
    }
}
