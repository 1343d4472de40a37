import Anomaly
import TestSupport

/// Days of development and office work over a tree of files, as counts: what a backup of each day would see.
struct OrdinaryWork {
    private var generator: SeededGenerator
    private(set) var files: UInt64
    private(set) var day = 0

    init(seed: UInt64, files: UInt64 = 20_000) {
        generator = SeededGenerator(seed: seed)
        self.files = files
    }

    private mutating func number(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &generator) }
    private mutating func happens(_ chance: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < chance }

    /// `working`: of a whole working day, how much of it lies between two backups.
    mutating func nextDay(working: Double = 1) -> SnapshotSignals {
        day += 1
        var signals = SnapshotSignals()
        signals.isCompared = true
        let isWeekend = day % 7 >= 5
        edits(&signals, isWeekend ? 0.05 * working : working)
        if happens(0.10 * working) { pictures(&signals) }
        if happens(0.02 * working) { refactoring(&signals) }
        if happens(0.02 * working) { bulkImport(&signals) }
        if happens(0.015 * working) { tidying(&signals) }
        if happens(0.02 * working) { moving(&signals) }
        if happens(0.01 * working) { branch(&signals) }
        if day % 7 == 0, working == 1 { logRotation(&signals) }
        if day == 120, working == 1 { yearlyArchive(&signals) }
        files = files + signals.added.files - min(files, signals.removed.files)
        signals.files = files
        return signals
    }

    private mutating func edits(_ signals: inout SnapshotSignals, _ share: Double) {
        let changed = UInt64(Double(number(20...300)) * share)
        let added = UInt64(Double(number(0...60)) * share)
        change(&signals, changed)
        add(&signals, added, bytes: 12_000, packed: 0.3)
        remove(&signals, UInt64(Double(number(0...20)) * share))
        // Notebooks, caches and exports that were encrypted all along.
        noise(&signals, UInt64(Double(number(0...3)) * share))
        if day % 7 == 4, share > 0.5 { noise(&signals, number(0...10)) }
        // Now and then a document that a crash left empty.
        if share > 0.5, happens(0.03) {
            (signals.headless, signals.spoiled) = (signals.headless + 1, signals.spoiled + 1)
        }
    }

    private func change(_ signals: inout SnapshotSignals, _ count: UInt64) {
        signals.changed.files += count
        signals.changed.bytes += count * 15_000
        signals.looked += count
        signals.bytesRead += count * 15_000
        signals.bytesNew += count * 12_000
        signals.bytesPacked += count * 4_000
    }

    private func add(_ signals: inout SnapshotSignals, _ count: UInt64, bytes: UInt64, packed: Double) {
        signals.added.files += count
        signals.added.bytes += count * bytes
        signals.bytesRead += count * bytes
        signals.bytesNew += count * bytes
        signals.bytesPacked += UInt64(Double(count * bytes) * packed)
    }

    private func remove(_ signals: inout SnapshotSignals, _ count: UInt64) {
        signals.removed.files += min(count, files / 2)
        signals.removed.bytes += min(count, files / 2) * 15_000
    }

    private func noise(_ signals: inout SnapshotSignals, _ count: UInt64) {
        change(&signals, count)
        signals.noise += count
        signals.spoiled += count
    }

    private mutating func pictures(_ signals: inout SnapshotSignals) {
        add(&signals, number(50...800), bytes: 3_000_000, packed: 1)
    }

    /// Thousands of files change, and hundreds have other endings.
    private mutating func refactoring(_ signals: inout SnapshotSignals) {
        change(&signals, number(500...5000))
        let renamed = number(0...600)
        add(&signals, renamed, bytes: 9000, packed: 0.3)
        remove(&signals, renamed)
    }

    /// A third of what comes is encrypted or of no known type.
    private mutating func bulkImport(_ signals: inout SnapshotSignals) {
        let count = number(500...4000)
        add(&signals, count, bytes: 80_000, packed: 0.8)
        signals.addedNoise += count / 3
    }

    private mutating func tidying(_ signals: inout SnapshotSignals) { remove(&signals, number(200...2000)) }

    private mutating func moving(_ signals: inout SnapshotSignals) {
        let count = min(number(100...6000), files / 3)
        remove(&signals, count)
        signals.added.files += count
        signals.moved += count
        signals.bytesRead += count * 15_000
    }

    /// Another branch, other dependencies: much goes and much comes.
    private mutating func branch(_ signals: inout SnapshotSignals) {
        change(&signals, number(200...2000))
        let gone = number(500...4000)
        remove(&signals, gone)
        add(&signals, number(500...4000), bytes: 8000, packed: 0.3)
        // Caches of compilers, without an ending that says so.
        let caches = number(0...60)
        (signals.addedNoise, signals.replacing) = (signals.addedNoise + caches, signals.replacing + caches / 2)
    }

    private mutating func logRotation(_ signals: inout SnapshotSignals) {
        let logs = number(20...60)
        remove(&signals, logs)
        add(&signals, logs, bytes: 400_000, packed: 1)
        change(&signals, logs)
    }

    private func yearlyArchive(_ signals: inout SnapshotSignals) {
        remove(&signals, files / 5)
        add(&signals, 3, bytes: 2_000_000_000, packed: 1)
    }
}

/// What somebody does to files, besides the work of the day.
enum Attack: CaseIterable {
    /// Encrypted under the names that they have.
    case inPlace
    /// Encrypted, with an ending behind the name.
    case renamed
    /// The first part of each file only.
    case partial
    /// New files with random names, and the old ones removed.
    case replaced
    /// Every other few bytes, so that content is like noise nowhere, with a new ending.
    case interleaved

    /// Makes `count` files unreadable; half of them are of types with a header.
    func strike(_ count: UInt64, _ signals: inout SnapshotSignals) {
        let (typed, plain) = (count / 2, count - count / 2)
        signals.bytesRead += count * 15_000
        signals.bytesNew += count * 15_000
        signals.bytesPacked += self == .interleaved ? count * 10_000 : count * 15_000
        switch self {
        case .inPlace, .partial:
            signals.changed.files += count
            spoil(typed, plain, &signals)
        case .renamed, .interleaved:
            (signals.added.files, signals.removed.files) = (signals.added.files + count, signals.removed.files + count)
            (signals.renamed, signals.endingFiles) = (signals.renamed + count, count)
            // What is no noise is known by its header, where its type has one, and some keep it.
            spoil(self == .renamed ? typed : typed / 4, self == .renamed ? plain : 0, &signals)
        case .replaced:
            (signals.added.files, signals.removed.files) = (signals.added.files + count, signals.removed.files + count)
            (signals.addedNoise, signals.replacing) = (signals.addedNoise + count, signals.replacing + count)
        }
    }

    private func spoil(_ typed: UInt64, _ plain: UInt64, _ signals: inout SnapshotSignals) {
        signals.looked += typed + plain
        signals.headless += typed
        signals.noise += plain
        signals.spoiled += typed + plain
    }
}
