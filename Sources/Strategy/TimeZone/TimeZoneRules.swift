import Primitives

/// How far the clocks of a zone are ahead of UTC, at any time. Times are seconds since 1970-01-01 00:00:00; local ones as the zone's clocks
/// show them.
package struct TimeZoneRules: Sendable, Equatable {
    /// A stretch in which the clocks were not put.
    package struct Segment: Sendable, Equatable {
        /// Its first second.
        package var from: Int64
        /// The first second of the next one.
        package var until: Int64
        /// Of the zone's clocks, in seconds; negative west of Greenwich.
        package var offset: Int64
    }

    struct Transition: Sendable, Equatable {
        var time: Int64
        /// From then on.
        var offset: Int64
    }

    /// Before anything and after everything that is asked, far enough from the ends of the numbers to be reckoned with.
    static let always = -Int64(1) << 58..<Int64(1) << 58

    /// Before the first transition.
    private let first: Int64
    /// In ascending order; neighbours differ. What a rule says stands here until the year in which `Timestamp` ends.
    private let transitions: [Transition]

    package static let utc = TimeZoneRules(first: 0, transitions: [], rule: nil)

    /// `transitions` must ascend; `rule` holds after the last of them. Those that change nothing are left out.
    init(first: Int64, transitions: [Transition], rule: DaylightRule?) {
        let last = transitions.last?.time ?? Self.always.lowerBound
        var kept: [Transition] = []
        for transition in transitions + (rule?.transitions(after: last) ?? [])
        where transition.offset != kept.last?.offset ?? first {
            kept.append(transition)
        }
        (self.first, self.transitions) = (first, kept)
    }

    package func segment(at time: Int64) -> Segment {
        let count = transitions.partitionPoint { $0.time > time }
        return Segment(
            from: count == 0 ? Self.always.lowerBound : transitions[count - 1].time,
            until: count == transitions.count ? Self.always.upperBound : transitions[count].time,
            offset: count == 0 ? first : transitions[count - 1].offset)
    }

    package func offset(at time: Timestamp) -> Int64 {
        segment(at: time.nanoseconds.dividedFloor(by: 1_000_000_000)).offset
    }

    /// When the zone's clocks showed this: never where they were put forward over it, twice where they were put back.
    package func instants(ofLocal local: Int64) -> [Int64] {
        let reach: Int64 = 26 * 3600
        var instants: [Int64] = []
        var segment = segment(at: local - reach)
        while segment.from <= local + reach {
            let instant = local - segment.offset
            if (segment.from..<segment.until).contains(instant) { instants.append(instant) }
            guard segment.until < Self.always.upperBound else { break }
            segment = self.segment(at: segment.until)
        }
        return instants
    }
}

extension Array {
    /// The first index whose element fulfils `isBeyond`; all after it do too.
    fileprivate func partitionPoint(_ isBeyond: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
