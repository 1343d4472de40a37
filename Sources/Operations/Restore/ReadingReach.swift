import Primitives
import Storage

/// How packs are read: in how many places at once, and how much in one request.
struct ReadingReach: Sendable {
    var threads: Int
    /// Neighbouring chunks are read together up to so many bytes, and across gaps of what is not needed up to so many.
    var longestRun: Int
    var widestGap: Int

    /// A store far away answers many requests at once, each after a while; a disk is kept busy by as many threads as there are processors.
    init(of store: any ObjectStore) {
        if store.isDistant {
            (threads, longestRun, widestGap) = (8, 4 << 20, 256 << 10)
        } else {
            (threads, longestRun, widestGap) = (WorkerThreads.processorCount, 1 << 20, 32 << 10)
        }
    }
}
