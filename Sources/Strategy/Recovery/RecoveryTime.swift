import Primitives

/// A moment as people and servers write it: RFC 3339, or PostgreSQL's own form with a zone.
package enum RecoveryTime {
    package enum Refusal: Error, Equatable {
        /// It may be any of a day's moments.
        case noZone
        case unreadable
    }

    /// `2026-11-27T10:00:00Z`, `2026-11-27 10:00:00.123456+01`, `+01:00`, `+0130`, `UTC`. Seconds may be left out. To the microsecond, as
    /// servers keep time: what is beyond is cut off.
    package static func parse(_ text: String) throws(Refusal) -> Timestamp {
        var reader = Reader(rest: Array(text.utf8)[...])
        let (year, month, day) = try reader.date()
        guard reader.take("T") || reader.take("t") || reader.take(" ") else { throw .unreadable }
        let microseconds = try reader.clock()
        let offset = try reader.zone()
        let days = Timestamp.days(year, month, day)
        guard (1678...2261).contains(year), Timestamp.civil(daysSince1970: days) == (year, month, day) else {
            throw .unreadable
        }
        let seconds = days * 86_400 - offset
        return Timestamp(nanoseconds: (seconds * 1_000_000 + microseconds) * 1000)
    }

    /// As the setting recovery_target_time takes it.
    package static func setting(_ time: Timestamp) -> String {
        let fraction = time.nanoseconds - time.nanoseconds.dividedFloor(by: 1_000_000_000) * 1_000_000_000
        let digits = String(fraction / 1000)
        let whole = time.description.dropLast().replacing("T", with: " ")
        return fraction < 1000
            ? whole + "+00" : whole + "." + String(repeating: "0", count: 6 - digits.count) + digits + "+00"
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ mark: Character) -> Bool {
            guard let byte = mark.asciiValue, rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        private mutating func number(_ count: Int) throws(Refusal) -> Int64 {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .unreadable }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }

        mutating func date() throws(Refusal) -> (Int64, Int64, Int64) {
            let year = try number(4)
            guard take("-") else { throw .unreadable }
            let month = try number(2)
            guard take("-") else { throw .unreadable }
            return (year, month, try number(2))
        }

        /// Since midnight.
        mutating func clock() throws(Refusal) -> Int64 {
            let hour = try number(2)
            guard take(":") else { throw .unreadable }
            let minute = try number(2)
            let second = take(":") ? try number(2) : 0
            guard hour < 24, minute < 60, second < 60 else { throw .unreadable }
            return ((hour * 60 + minute) * 60 + second) * 1_000_000 + (take(".") ? try fraction() : 0)
        }

        private mutating func fraction() throws(Refusal) -> Int64 {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { throw .unreadable }
            rest = rest.dropFirst(digits.count)
            return (0..<6).reduce(0) { value, index in
                value * 10 + (index < digits.count ? Int64(digits[digits.startIndex + index] - 0x30) : 0)
            }
        }

        /// Seconds east of Greenwich; all that is left has to be the zone.
        mutating func zone() throws(Refusal) -> Int64 {
            while take(" ") {}
            let name = String(decoding: rest, as: UTF8.self).uppercased()
            if name.isEmpty { throw .noZone }
            if ["Z", "UTC", "GMT"].contains(name) { return 0 }
            let isWest = rest.first == UInt8(ascii: "-")
            guard take("+") || take("-") else { throw .unreadable }
            let hours = try number(2)
            let minutes = rest.isEmpty ? 0 : try take(":") ? number(2) : number(2)
            let seconds = rest.isEmpty ? 0 : try take(":") ? number(2) : number(2)
            guard rest.isEmpty, hours < 16, minutes < 60, seconds < 60 else { throw .unreadable }
            let offset = (hours * 60 + minutes) * 60 + seconds
            return isWest ? -offset : offset
        }
    }
}
