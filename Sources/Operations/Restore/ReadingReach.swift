import Primitives
import RepositoryEngine
import Storage

/// How packs are read: in how many places at once, and how much in one request.
struct ReadingReach: Sendable {
    var threads: Int
    /// Neighbouring chunks are read together up to so many bytes, and across gaps of what is not needed up to so many.
    var longestRun: Int
    var widestGap: Int
    /// Whether packs are opened before they are read from, so that not everybody waits for each.
    var opensAhead: Bool
    /// How much is put in the order of packs at once.
    var entriesPerWindow: Int
    var piecesPerWindow: Int
    /// As many as this or the limit on open files lets be open.
    var directoriesPerWindow: Int

    init(of store: any ObjectStore) {
        threads = store.usefulThreads
        opensAhead = store.isDistant
        if store.isDistant {
            (longestRun, widestGap) = (4 << 20, 1 << 20)
            (entriesPerWindow, piecesPerWindow, directoriesPerWindow) = (32_768, 65_536, 4900)
        } else {
            (longestRun, widestGap) = (1 << 20, 32 << 10)
            (entriesPerWindow, piecesPerWindow, directoriesPerWindow) = (4096, 16_384, 1024)
        }
    }

    /// Stretches of chunks, sorted by where they lie, that are each read at once.
    func runs(of chunks: [PlacedChunk]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for i in chunks.indices where i + 1 == chunks.count || !joins(chunks, start, i + 1) {
            runs.append(start..<i + 1)
            start = i + 1
        }
        return runs
    }

    private func joins(_ chunks: [PlacedChunk], _ start: Int, _ next: Int) -> Bool {
        let (first, last, next) = (chunks[start].place, chunks[next - 1].place, chunks[next].place)
        return first.pack.name == next.pack.name && Int(next.offset) <= last.end + widestGap
            && next.end - Int(first.offset) <= longestRun
    }
}
