/// What is usual for a component, learned from its earlier snapshots. Where little happens there are floors, below which nothing is strange.
package struct SignalBaseline: Sendable, Equatable {
    /// Before so many snapshots only what looks like damage counts.
    package static let fewest = 7

    private let thresholds: [AnomalySignal: UInt64]
    package let isLearned: Bool

    /// Of snapshots that can be compared; `before` is how many files there were in the last one.
    package init(_ earlier: [SnapshotSignals], files before: UInt64) {
        isLearned = earlier.count >= Self.fewest
        var thresholds: [AnomalySignal: UInt64] = [:]
        let (damaged, moved) = (Self.damageFloor(before), max(50, before / 50))
        func learn(_ signal: AnomalySignal, _ floor: UInt64, _ value: (SnapshotSignals) -> UInt64) {
            thresholds[signal] = max(floor, earlier.isEmpty ? 0 : RobustScale.most(of: earlier.map(value)))
        }
        learn(.noise, damaged, \.noise)
        learn(.headers, damaged, \.headless)
        learn(.replaced, damaged, \.replaced)
        learn(.endings, damaged, \.endingFiles)
        if isLearned {
            learn(.changes, moved, \.changed.files)
            learn(.deletions, moved, \.lost)
            learn(.growth, 64 << 20, \.bytesNew)
            let shares = earlier.compactMap { $0.packedShare(ofAtLeast: 256 << 10) }.map { Double($0) }
            if shares.count >= 5 {
                let scale = RobustScale(shares)
                thresholds[.compressibility] = UInt64(scale.median + max(200, 4 * scale.spread))
            }
        }
        self.thresholds = thresholds
    }

    /// So many files may look damaged in one backup of a component of `files` files: half a percent, but some always, and of small
    /// components not half.
    static func damageFloor(_ files: UInt64) -> UInt64 { min(max(20, files / 200), max(8, files / 10 * 3)) }

    /// What is beyond the usual.
    package func reasons(_ signals: SnapshotSignals) -> [AnomalyVerdict.Reason] {
        AnomalySignal.allCases.compactMap { signal in
            guard let threshold = thresholds[signal], let observed = Self.observed(signal, signals),
                observed > threshold
            else { return nil }
            return AnomalyVerdict.Reason(signal, observed: observed, threshold: threshold)
        }
    }

    private static func observed(_ signal: AnomalySignal, _ signals: SnapshotSignals) -> UInt64? {
        switch signal {
        case .noise: signals.noise
        case .headers: signals.headless
        case .replaced: signals.replaced
        case .endings: signals.endingFiles
        case .changes: signals.changed.files
        case .deletions: signals.lost
        // What was known before is no growth, whatever was read.
        case .growth: signals.bytesNew >= signals.bytesRead / 10 * 7 ? signals.bytesNew : nil
        case .compressibility: signals.packedShare(ofAtLeast: 1 << 20)
        case .slow: nil
        }
    }
}
