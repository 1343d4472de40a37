import Primitives
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
}
