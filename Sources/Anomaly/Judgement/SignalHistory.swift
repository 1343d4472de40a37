import Primitives

/// What a host remembers of the snapshots of a component, and judges the next one by. Deterministic: the same snapshots in the same order
/// have the same verdicts.
package struct SignalHistory: Sendable, Equatable {
    static let mostEntries = 60
    static let mostAlarms = 1000

    struct Entry: Sendable, Equatable {
        var sequence: UInt64
        var snapshot = Digest32.zero
        var time: Timestamp
        var signals: SnapshotSignals
        var level: AnomalyVerdict.Level
    }

    var entries: [Entry] = []
    var slow = SlowDamage()
    /// Snapshots whose alarms nobody has looked at.
    package internal(set) var alarms: [Digest32] = []

    package init() {}

    /// The verdict on a snapshot that is about to be made as number `sequence` of its writer.
    package mutating func take(_ signals: SnapshotSignals, sequence: UInt64, at time: Timestamp) -> AnomalyVerdict {
        guard signals.isCompared else {
            add(Entry(sequence: sequence, time: time, signals: signals, level: .unknown))
            return AnomalyVerdict(.unknown)
        }
        let usual = entries.filter { $0.signals.isCompared && $0.level != .alarm }.map(\.signals)
        let baseline = SignalBaseline(usual, files: signals.before)
        var reasons = baseline.reasons(signals)
        if baseline.isLearned { reasons += sumUp(signals, sequence, time) }
        let (level, further) = Self.level(signals, reasons, baseline.isLearned)
        let verdict = AnomalyVerdict(level, reasons + further, since: level == .alarm ? since(sequence) : nil)
        if level != .alarm { slow.learn(signals.damage, at: time) }
        add(Entry(sequence: sequence, time: time, signals: signals, level: level))
        return verdict
    }

    private mutating func sumUp(_ signals: SnapshotSignals, _ sequence: UInt64, _ time: Timestamp)
        -> [AnomalyVerdict.Reason]
    {
        let elapsed = entries.last.map { time.seconds(after: $0.time) / SlowDamage.secondsOfDay } ?? 1
        let previous = entries.last.flatMap { $0.level == .alarm ? nil : $0.snapshot }
        slow.take(signals.damage, sequence: sequence, at: time, elapsed: elapsed, after: previous)
        let threshold = SlowDamage.threshold(signals.before)
        guard slow.sum > Double(threshold), signals.damage > 0 else { return [] }
        return [AnomalyVerdict.Reason(.slow, observed: UInt64(min(1e15, slow.sum)), threshold: threshold)]
    }

    /// An alarm takes one signal of content and another one of any kind; or one of content that is far beyond; or damage that was summed
    /// up; or most files gone; or the same new ending on a tenth of all files.
    private static func level(_ signals: SnapshotSignals, _ reasons: [AnomalyVerdict.Reason], _ isLearned: Bool)
        -> (AnomalyVerdict.Level, [AnomalyVerdict.Reason])
    {
        let content = reasons.filter(\.signal.isOfContent)
        let isAgreed = !content.isEmpty && reasons.count >= 2
        let isExtreme = content.contains { $0.signal == .slow || $0.strength >= 4 }
        let isRenamed =
            reasons.contains { $0.signal == .endings } && signals.endingFiles >= max(1, signals.before / 10)
        let most = signals.before / 10 * 6
        let isWiped = signals.lost >= 100 && signals.lost > most
        let further =
            isWiped && !reasons.contains { $0.signal == .deletions }
            ? [AnomalyVerdict.Reason(.deletions, observed: signals.lost, threshold: most)] : []
        if isAgreed || isExtreme || isRenamed || isWiped { return (.alarm, further) }
        return (reasons.isEmpty ? (isLearned ? .calm : .learning) : .unusual, [])
    }

    /// Where it began: with the sum, or with what was unusual right before.
    private func since(_ sequence: UInt64) -> UInt64? {
        var since = slow.sum > 0 ? min(slow.since, sequence) : sequence
        for entry in entries.reversed() where entry.sequence < since {
            guard entry.level == .unusual else { break }
            since = entry.sequence
        }
        return since < sequence ? since : nil
    }

    private mutating func add(_ entry: Entry) {
        entries.append(entry)
        if entries.count > Self.mostEntries { entries.removeFirst() }
    }

    /// The snapshot was made: how it is called, and which number it got in the end.
    package mutating func name(_ snapshot: Digest32, sequence: UInt64) {
        guard let last = entries.indices.last else { return }
        if slow.since == entries[last].sequence { slow.since = sequence }
        (entries[last].snapshot, entries[last].sequence) = (snapshot, sequence)
        if entries[last].level == .alarm, alarms.count < Self.mostAlarms { alarms.append(snapshot) }
    }

    /// Somebody has looked at these alarms, and found that all is well: what was seen there is usual from now on.
    package mutating func clear(_ cleared: Set<Digest32>) {
        guard alarms.contains(where: cleared.contains) else { return }
        alarms.removeAll(where: cleared.contains)
        for index in entries.indices where cleared.contains(entries[index].snapshot) && entries[index].level == .alarm {
            entries[index].level = .unusual
            slow.learn(entries[index].signals.damage, at: entries[index].time)
        }
        slow.sum = 0
    }

    /// The newest snapshot that is older than what an alarm is about; nil where this host no longer knows it.
    package func lastClean(before verdict: AnomalyVerdict, of sequence: UInt64) -> Digest32? {
        let since = verdict.since ?? sequence
        if let entry = entries.last(where: { $0.sequence < since && $0.level != .alarm }) { return entry.snapshot }
        return slow.sum > 0 && slow.since == since ? slow.lastClean : nil
    }
}

extension SignalHistory {
    package func encoded() -> [UInt8] {
        var fields = Fields()
        fields.set(1, list: entries.map { $0.fields.encoded() })
        fields[2] = slow.fields.encoded()
        fields.set(3, list: alarms.map(\.bytes))
        return fields.encoded()
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        let fields = try Fields(decoding: bytes)
        for bytes in try fields.list(1) { entries.append(try Entry(fields: Fields(decoding: bytes))) }
        slow = try SlowDamage(fields: Fields(decoding: try fields.bytes(2)))
        for bytes in try fields.list(3) {
            guard let digest = Digest32(bytes: bytes) else { throw EncodingError("has a snapshot without its id") }
            alarms.append(digest)
        }
    }
}

extension SignalHistory.Entry {
    fileprivate var fields: Fields {
        var fields = Fields()
        fields.set(1, integer: sequence)
        fields[2] = snapshot.bytes
        fields.set(3, integer: UInt64(bitPattern: time.nanoseconds))
        fields[4] = signals.fields.encoded()
        fields.set(5, integer: level.rawValue)
        return fields
    }

    fileprivate init(fields: Fields) throws(EncodingError) {
        guard let level = AnomalyVerdict.Level(rawValue: try fields.integer(5)) else {
            throw EncodingError("has an unknown verdict")
        }
        self.init(
            sequence: try fields.integer(1), snapshot: try fields.digest(2),
            time: Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(3))),
            signals: try SnapshotSignals(fields: Fields(decoding: try fields.bytes(4))), level: level)
    }
}

extension Timestamp {
    fileprivate func seconds(after earlier: Timestamp) -> Double {
        Double(nanoseconds.subtractingReportingOverflow(earlier.nanoseconds).partialValue) / 1e9
    }
}
