import Primitives
import Storage

/// Where a chunk lies.
package struct ChunkLocation: Sendable, Equatable {
    package var pack: IndexedPack
    package var offset: UInt32
    package var storedCount: UInt32

    package init(pack: IndexedPack, offset: UInt32, storedCount: UInt32) {
        (self.pack, self.offset, self.storedCount) = (pack, offset, storedCount)
    }

    fileprivate init(_ entry: IndexEntry, in run: IndexRun) {
        self.init(pack: run.packs[Int(entry.pack)], offset: entry.offset, storedCount: entry.storedCount)
    }
}

/// Finds chunks through all index runs that can be read, and through the packs themselves where those do not help. Pages are cached
/// up to a fixed number of bytes.
package final class ChunkLocator: Sendable {
    private struct PageKey: Hashable {
        var run: Int
        var page: Int
    }

    private struct State {
        var pages: [PageKey: (bytes: [UInt8], used: UInt64)] = [:]
        var clock: UInt64 = 0
        /// Runs with a page that could not be read; their packs count as unindexed.
        var broken: Set<Int> = []
    }

    /// Reads the places of chunks from all packs but those that are indexed.
    package typealias Recovery = @Sendable (_ besides: Set<Digest32>) throws -> RecoveredPlaces

    private let store: any ObjectStore
    package let runs: [IndexRun]
    private let everyRun: [Int]
    private let pageLimit: Int
    private let state = Monitor(State())
    private let recovery: Recovery?
    /// Made at the first look-up, where there are many runs.
    private let small = Monitor<SmallRuns?>(nil)
    /// What recovery found when so many runs were broken.
    private let recovered = Monitor<(broken: Int, places: RecoveredPlaces)?>(nil)

    package init(runs: [IndexRun], store: any ObjectStore, cacheBytes: Int = 16 << 20, recovery: Recovery? = nil) {
        self.runs = runs
        everyRun = Array(runs.indices)
        self.store = store
        self.recovery = recovery
        pageLimit = max(4, cacheBytes / IndexRunFormat.pagePlaintextCount)
    }

    /// All places of a chunk, newest run first as far as `runs` are in that order. When no run knows any, packs that no readable run
    /// lists are asked.
    package func locations(of id: ChunkID) throws -> [ChunkLocation] {
        let found = try indexedLocations(of: id)
        return found.isEmpty ? try recoveredLocations(of: id) : found
    }

    /// Places in packs that no readable run lists. The first call reads the footers of all such packs.
    package func recoveredLocations(of id: ChunkID) throws -> [ChunkLocation] {
        try recoveredPlaces()?.locations(of: id.prefix) ?? []
    }

    /// Names of the packs that some readable run lists.
    package var indexedPacks: Set<Digest32> {
        let broken = state.withLock { $0.broken }
        return Set(runs.indices.filter { !broken.contains($0) }.flatMap { runs[$0].packs.map(\.name) })
    }

    /// What was read of unindexed packs, where that was needed.
    package func recoveredPlaces() throws -> RecoveredPlaces? {
        guard let recovery else { return nil }
        return try recovered.withLock { recovered in
            let broken = state.withLock { $0.broken.count }
            if let recovered, recovered.broken == broken { return recovered.places }
            let places = try recovery(indexedPacks)
            recovered = (broken, places)
            return places
        }
    }

    private func indexedLocations(of id: ChunkID) throws -> [ChunkLocation] {
        let small = try smallRuns()
        var found = (small?.entries(of: id.prefix) ?? []).map { ($0.run, ChunkLocation($0.entry, in: runs[$0.run])) }
        let fromSmall = found.count
        for run in small?.others ?? everyRun {
            do {
                for page in runs[run].pages(for: id.prefix) {
                    try collect(id.prefix, in: try pageBytes(run, page), run: runs[run]) { found.append((run, $0)) }
                }
            } catch let failure as Failure where failure.code.class == .integrity && recovery != nil {
                state.withLock { _ = $0.broken.insert(run) }
            }
        }
        guard fromSmall > 0, found.count > fromSmall else { return found.map(\.1) }
        return found.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
    }

    private func smallRuns() throws -> SmallRuns? {
        guard runs.count > SmallRuns.fewest else { return nil }
        return try small.withLock { small in
            if let small { return small }
            let made = try SmallRuns(runs, store: store)
            small = made
            return made
        }
    }

    package func location(of id: ChunkID) throws -> ChunkLocation? { try locations(of: id).first }

    private func collect(_ id: Prefix16, in bytes: [UInt8], run: IndexRun, _ body: (ChunkLocation) -> Void) throws {
        try bytes.withUnsafeBytes { raw in
            var low = 0
            var high = raw.count / IndexRunFormat.entryCount
            while low < high {
                let middle = (low + high) / 2
                let entry = Prefix16(
                    loading: UnsafeRawBufferPointer(rebasing: raw[(middle * IndexRunFormat.entryCount)...]))
                if entry < id { low = middle + 1 } else { high = middle }
            }
            while low < raw.count / IndexRunFormat.entryCount {
                let entry = IndexEntry(
                    loading: UnsafeRawBufferPointer(rebasing: raw[(low * IndexRunFormat.entryCount)...]))
                guard entry.id == id, entry.pack != .max else { return }
                guard Int(entry.pack) < run.packs.count else {
                    throw Failure.damaged(run.name, "names a pack that it does not list")
                }
                body(ChunkLocation(entry, in: run))
                low += 1
            }
        }
    }

    private func pageBytes(_ run: Int, _ page: Int) throws -> [UInt8] {
        let key = PageKey(run: run, page: page)
        let cached = state.withLock { state -> [UInt8]? in
            state.clock += 1
            guard let bytes = state.pages[key]?.bytes else { return nil }
            state.pages[key]?.used = state.clock
            return bytes
        }
        if let cached { return cached }
        let bytes = try runs[run].readPage(page, store: store)
        state.withLock { state in
            if state.pages.count >= pageLimit {
                // Half goes at once: a scan for the oldest at every miss would cost more than it saves.
                let median = state.pages.values.map(\.used).sorted()[state.pages.count / 2]
                state.pages = state.pages.filter { $0.value.used > median }
            }
            state.pages[key] = (bytes, state.clock)
        }
        return bytes
    }
}
