import Anomaly
import Primitives
import RepositoryEngine

/// Counts how a tree changed since the snapshot before, along the way: what the walk and the readers know anyway. One thread uses it, the
/// walk's.
final class ChangeTally {
    /// A new name beside one that is gone, which differs in its end.
    struct Renaming {
        var change: FileName.Change
        var old: [UInt8]
    }

    /// Names that belong together come close to each other in the order of a listing.
    private static let reach = 16
    private static let mostEndings = 64
    private static let mostFolders = 4096

    private(set) var signals = SnapshotSignals()
    private var gone: [[UInt8]] = []
    private var arrived: [PendingEntry] = []
    private var endings: [[UInt8]: UInt64] = [:]
    /// What went from a folder, and what came there that is like noise.
    private var folders: [[UInt8]: (gone: UInt64, noise: UInt64)] = [:]

    init(isCompared: Bool) { signals.isCompared = isCompared }

    /// The listing before had it, and the tree has not.
    func removed(_ record: ListingRecord) {
        guard record.kind == .file else { return }
        signals.removed.add(record.size)
        note(record.path) { $0.gone += 1 }
        if let index = arrived.lastIndex(where: { FileName.change(from: record.path, to: $0.record.path) != nil }) {
            // The walk came to the new name first; its content may have been counted already.
            let entry = arrived.remove(at: index)
            let renaming = Renaming(change: .replaced, old: record.path)
            if entry.isCounted { recount(entry, renaming) } else { entry.renaming = renaming }
            return
        }
        Self.keep(record.path, in: &gone)
    }

    /// The tree has a file that the listing before had not.
    func added(_ entry: PendingEntry) {
        guard signals.isCompared else { return }
        let path = entry.record.path
        for index in gone.indices.reversed() {
            guard let change = FileName.change(from: gone[index], to: path) else { continue }
            entry.renaming = Renaming(change: change, old: gone.remove(at: index))
            return
        }
        Self.keep(entry, in: &arrived)
    }

    private static func keep<Item>(_ item: Item, in ring: inout [Item]) {
        if ring.count == reach { ring.removeFirst() }
        ring.append(item)
    }

    /// The entry's content is known.
    func settled(_ entry: PendingEntry) {
        guard signals.isCompared, !entry.record.flags.contains(.unreadable) else { return }
        entry.isCounted = true
        switch entry.before {
        case .unknown: return
        case .content(let digest): if entry.record.digest != digest { changed(entry) }
        case .absent:
            signals.added.add(entry.record.size)
            if entry.isKnownContent, entry.record.size > 0 {
                signals.moved += 1
            } else if let renaming = entry.renaming {
                renamed(entry, renaming)
            } else if isUnexpectedNoise(entry) {
                signals.addedNoise += 1
                note(entry.record.path) { $0.noise += 1 }
            }
        }
    }

    private func note(_ path: [UInt8], _ change: (inout (gone: UInt64, noise: UInt64)) -> Void) {
        let folder = Array(path[..<(path.lastIndex(of: 0x2F) ?? 0)])
        if folders.count >= Self.mostFolders, folders[folder] == nil { sumUpFolders() }
        change(&folders[folder, default: (0, 0)])
    }

    private func sumUpFolders() {
        for folder in folders.values { signals.replacing &+= min(folder.gone, folder.noise) }
        folders.removeAll(keepingCapacity: true)
    }

    /// A file that came in a stream, and what there was before: nil for none.
    func arrived(_ record: ListingRecord, before: ListingRecord?) {
        guard record.kind == .file else { return }
        if let before {
            if before.digest != record.digest { signals.changed.add(record.size) }
        } else {
            signals.added.add(record.size)
        }
    }

    private func changed(_ entry: PendingEntry) {
        signals.changed.add(entry.record.size)
        judge(entry, as: FileType.of(entry.record.path))
    }

    private func recount(_ entry: PendingEntry, _ renaming: Renaming) {
        guard case .absent = entry.before, !(entry.isKnownContent && entry.record.size > 0) else { return }
        if isUnexpectedNoise(entry) {
            signals.addedNoise -= 1
            note(entry.record.path) { $0.noise -= min($0.noise, 1) }
        }
        renamed(entry, renaming)
    }

    /// Where a file was only put into an archive of its own, or became one of another type that it truly is, nothing is wrong.
    private func renamed(_ entry: PendingEntry, _ renaming: Renaming) {
        let (old, new) = (FileType.of(renaming.old), FileType.of(entry.record.path))
        if let new, new.hasHeader, let look = entry.look, new.fits(look),
            renaming.change == .replaced || new.isArchive
        {
            return
        }
        let isSpoiled = judge(entry, as: old)
        guard isSpoiled || renaming.change == .appended else { return }
        signals.renamed += 1
        let ending = FileName.ending(of: entry.record.path)
        if endings[ending] != nil || endings.count < Self.mostEndings { endings[ending, default: 0] += 1 }
    }

    @discardableResult
    private func judge(_ entry: PendingEntry, as type: FileType?) -> Bool {
        guard let look = entry.look else { return false }
        signals.looked += 1
        let isNoise = look.isNoise && type?.isPacked != true
        let isHeadless = type.map { $0.hasHeader && !$0.fits(look) } ?? false
        if isNoise { signals.noise += 1 }
        if isHeadless { signals.headless += 1 }
        if isNoise || isHeadless { signals.spoiled += 1 }
        return isNoise || isHeadless
    }

    private func isUnexpectedNoise(_ entry: PendingEntry) -> Bool {
        guard let look = entry.look, look.isNoise else { return false }
        guard let type = FileType.of(entry.record.path) else { return true }
        return type.hasHeader ? !type.fits(look) : !type.isPacked
    }

    /// All of it, once the walk is over.
    func finish(files: UInt64, _ counters: BackupCounters) -> SnapshotSignals {
        sumUpFolders()
        var signals = signals
        signals.files = files
        let sorted = endings.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        if let most = sorted.max(by: { $0.value < $1.value }) {
            (signals.ending, signals.endingFiles) = (most.key, most.value)
        }
        signals.bytesRead = counters.readBytes.now
        signals.bytesNew = counters.newBytes.now
        signals.bytesPacked = counters.packedBytes.now
        return signals
    }
}
