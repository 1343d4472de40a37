import Primitives

/// A snapshot that may be chosen: what choosing goes by.
package struct SetCandidate: Sendable, Equatable {
    package var component: String
    package var host: String
    package var time: Timestamp
    /// Nothing was left out of it.
    package var isComplete: Bool
    package var stamp: SetStamp?

    package init(component: String, host: String, time: Timestamp, isComplete: Bool, stamp: SetStamp?) {
        (self.component, self.host, self.time) = (component, host, time)
        (self.isComplete, self.stamp) = (isComplete, stamp)
    }
}

/// Which snapshots belong together: one of each component.
package struct SetSelection: Sendable, Equatable {
    package enum Moment: Sendable, Equatable {
        /// Of the sets of the last week the newest that has most of the components complete; where there is no set, as `latest`.
        case newestSet
        case set(SetStamp)
        /// The newest complete snapshot of each component.
        case latest
        /// The same as of a time.
        case at(Timestamp)
    }

    package enum Refusal: Error, Equatable {
        case nothing
        case noSuchSet(SetStamp, known: [SetStamp])
        case unknown(components: [String])
        case severalHosts([String])
    }

    /// Of the set, or of the newest snapshot that was chosen.
    package var stamp: SetStamp
    package var isSet: Bool
    /// Positions among the candidates, by component.
    package var members: [Int]
    /// Components that were to be there and are not.
    package var missing: [String]

    /// A component that no set of so many nanoseconds had is not missed.
    static let memory: Int64 = 7 * 86_400 * 1_000_000_000

    /// `components` empty: all that there are.
    package init(_ moment: Moment, components: [String], from candidates: [SetCandidate]) throws(Refusal) {
        let names = Set(candidates.map(\.component))
        let unknown = Set(components).subtracting(names).sorted()
        guard unknown.isEmpty else { throw .unknown(components: unknown) }
        let all = candidates.indices.filter { components.isEmpty || components.contains(candidates[$0].component) }
        guard !all.isEmpty else { throw .nothing }
        let choice = Choice(candidates: candidates, pool: all, named: Set(components))
        switch moment {
        case .set(let stamp): self = try choice.set(stamp)
        case .newestSet:
            if let newest = try choice.newestSet() { self = newest } else { self = try choice.newest(notAfter: nil) }
        case .latest: self = try choice.newest(notAfter: nil)
        case .at(let time): self = try choice.newest(notAfter: time)
        }
    }

    fileprivate init(
        stamp: SetStamp, isSet: Bool, of pool: [Int], _ expected: Set<String>, _ candidates: [SetCandidate]
    ) throws(Refusal) {
        var members: [String: Int] = [:]
        var hosts: [String: Set<String>] = [:]
        for index in pool where expected.contains(candidates[index].component) {
            let candidate = candidates[index]
            hosts[candidate.component, default: []].insert(candidate.host)
            let known = members[candidate.component].map { candidates[$0] }
            let isBetter = known.map {
                ($0.isComplete ? 1 : 0, $0.time) < (candidate.isComplete ? 1 : 0, candidate.time)
            }
            if isBetter ?? true { members[candidate.component] = index }
        }
        if let several = hosts.values.first(where: { $0.count > 1 }) { throw .severalHosts(several.sorted()) }
        (self.stamp, self.isSet) = (stamp, isSet)
        self.members = members.sorted { $0.key < $1.key }.map(\.value)
        missing = expected.subtracting(members.keys).sorted()
    }
}

/// What there is to choose from.
private struct Choice {
    let candidates: [SetCandidate]
    let pool: [Int]
    let named: Set<String>

    func set(_ stamp: SetStamp) throws(SetSelection.Refusal) -> SetSelection {
        let sets = Dictionary(grouping: pool.filter { candidates[$0].stamp != nil }) { candidates[$0].stamp ?? stamp }
        guard let members = sets[stamp] else {
            throw .noSuchSet(stamp, known: sets.keys.sorted().reversed())
        }
        return try SetSelection(stamp: stamp, isSet: true, of: members, expected(sets, until: stamp), candidates)
    }

    /// Nil where there is no set.
    func newestSet() throws(SetSelection.Refusal) -> SetSelection? {
        var sets: [SetStamp: [Int]] = [:]
        for index in pool { if let stamp = candidates[index].stamp { sets[stamp, default: []].append(index) } }
        guard let newest = sets.keys.max() else { return nil }
        let expected = expected(sets, until: newest)
        func complete(_ stamp: SetStamp) -> Int {
            Set((sets[stamp] ?? []).filter { candidates[$0].isComplete }.map { candidates[$0].component }).count
        }
        let recent = sets.keys.filter { isRecent($0, newest) }
        guard let best = recent.max(by: { (complete($0), $0) < (complete($1), $1) }), let members = sets[best] else {
            return nil
        }
        return try SetSelection(stamp: best, isSet: true, of: members, expected, candidates)
    }

    func newest(notAfter limit: Timestamp?) throws(SetSelection.Refusal) -> SetSelection {
        let open = pool.filter { index in limit.map { candidates[index].time <= $0 } ?? true }
        let expected = named.isEmpty ? Set(open.map { candidates[$0].component }) : named
        guard let first = open.first else { throw .nothing }
        var choice = try SetSelection(
            stamp: SetStamp(candidates[first].time), isSet: false, of: open, expected, candidates)
        choice.stamp = SetStamp(choice.members.map { candidates[$0].time }.max() ?? candidates[first].time)
        return choice
    }

    private func expected(_ sets: [SetStamp: [Int]], until stamp: SetStamp) -> Set<String> {
        guard named.isEmpty else { return named }
        return Set(sets.filter { isRecent($0.key, stamp) }.values.joined().map { candidates[$0].component })
    }

    private func isRecent(_ stamp: SetStamp, _ until: SetStamp) -> Bool {
        stamp <= until && until.time.nanoseconds - stamp.time.nanoseconds <= SetSelection.memory
    }
}
