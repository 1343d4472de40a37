import Primitives
import Storage

/// How packs are read: in how many places at once, and how much in one request.
struct ReadingReach: Sendable {
    var threads: Int
    /// Neighbouring chunks are read together up to so many bytes, and across gaps of what is not needed up to so many.
    var longestRun: Int
    var widestGap: Int

    init(of store: any ObjectStore) {
        threads = store.usefulThreads
        if store.isDistant {
            (longestRun, widestGap) = (4 << 20, 1 << 20)
        } else {
            (longestRun, widestGap) = (1 << 20, 32 << 10)
        }
    }
}
