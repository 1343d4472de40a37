import Primitives

/// What the clock of a store said, as an act learned it.
package struct StoreReading: Sendable, Equatable {
    /// Where the store is.
    package var name: String
    package var time: Timestamp
    /// When it said so: microseconds since this host started.
    package var uptime: UInt64

    package init(_ name: String, time: Timestamp, uptime: UInt64) {
        (self.name, self.time, self.uptime) = (name, time, uptime)
    }
}

/// A store's clock beside this host's, in an outcome: one of them that was set shows.
package struct StoreClock: Sendable, Equatable {
    package var name: EntryText
    /// As the store said it, on the way.
    package var time: Timestamp
    /// How many milliseconds the store's clock is ahead of this host's; below zero where it is behind.
    package var ahead: Int64

    static let most = 4

    /// What was said is held against the moment of the entry by the clock that nobody can set.
    init(_ reading: StoreReading, at moment: AuditMoment) {
        (name, time) = (EntryText(reading.name), reading.time)
        let passed = Int64(clamping: moment.uptime > reading.uptime ? moment.uptime - reading.uptime : 0)
        let difference = reading.time.nanoseconds / 1000 - moment.time.nanoseconds / 1000 + passed
        ahead = difference / 1000
    }

    var json: JSON {
        var object = JSONObject()
        object.set("ahead_ms", ahead < 0 ? JSON.number(ahead) : JSON.count(UInt64(ahead)))
        object.set("name", name.description)
        object.set("time", time)
        return object.value
    }

    init?(_ json: JSON) {
        guard let name = json["name"]?.text, let time = json["time"]?.text.flatMap(Timestamp.init(precise:)) else {
            return nil
        }
        (self.name, self.time) = (EntryText(verbatim: name), time)
        switch json["ahead_ms"] {
        case .count(let count): ahead = Int64(clamping: count)
        case .number(let number): ahead = number
        default: return nil
        }
    }
}
