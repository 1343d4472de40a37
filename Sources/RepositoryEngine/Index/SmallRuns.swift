import Primitives
import Storage

/// The entries of many small index runs in one table. A host that backs up every few hours writes thousands of runs before anybody
/// collects; looking into each of them for every chunk would read thousands of pages.
struct SmallRuns: Sendable {
    /// Fewer runs than these are looked through one by one.
    static let fewest = 16
    /// 40 bytes of memory each.
    static let mostEntries: UInt64 = 1 << 18

    private struct Entry: Comparable {
        var entry: IndexEntry
        var run: UInt32
        static func < (x: Entry, y: Entry) -> Bool { (x.entry.id, x.run, x.entry) < (y.entry.id, y.run, y.entry) }
    }

    private let entries: [Entry]
    /// Runs that have to be looked into themselves, in order: large ones, and those with a page that cannot be read.
    let others: [Int]

    /// Takes in the smallest of `runs` as far as there is room.
    init(_ runs: [IndexRun], store: any ObjectStore) throws {
        var taken: [Int] = []
        var count: UInt64 = 0
        for run in runs.indices.sorted(by: { (runs[$0].entryCount, $0) < (runs[$1].entryCount, $1) }) {
            count += runs[run].entryCount
            if count > Self.mostEntries { break }
            taken.append(run)
        }
        let found = Monitor<(entries: [Entry], members: Set<Int>)>(([], []))
        try Concurrently.forEach(taken, threads: store.usefulThreads) { run in
            var own: [Entry] = []
            do {
                try runs[run].forEachEntry(store: store) { own.append(Entry(entry: $0, run: UInt32(run))) }
            } catch let failure as Failure where failure.code.class == .integrity { return }
            found.update { found in
                found.entries += own
                found.members.insert(run)
            }
        }
        let all = found.withLock { $0 }
        entries = all.entries.sorted()
        others = runs.indices.filter { !all.members.contains($0) }
    }

    /// What the runs say of `id`, by the order of the runs.
    func entries(of id: Prefix16) -> [(run: Int, entry: IndexEntry)] {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].entry.id < id { low = middle + 1 } else { high = middle }
        }
        return entries[low...].prefix { $0.entry.id == id }.map { (Int($0.run), $0.entry) }
    }
}
