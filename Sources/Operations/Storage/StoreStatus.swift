import Glibc
import Identity
import Primitives
import Storage

/// Where a repository lies and how it is reached.
package enum StoreStatus {
    package struct Report: Sendable {
        package var location: String
        package var facts: StoreKnowledge
        package var timing: StoreTiming?
    }

    package static func run(permit: consuming Permit<StorageAction>, store opened: any ObjectStore, clock: WallClock)
        throws -> Report
    {
        let store = (opened as? ReadAheadStore)?.base ?? opened
        // A place that is not there has no status.
        try store.list(below: "no-such-name") { _, _ in }
        let timing = try StoreTiming.measured(store, clock)
        return Report(location: store.location, facts: StoreKnowledge(try facts(of: store)), timing: timing)
    }

    static func facts(of store: any ObjectStore) throws -> StoreFacts {
        if let inquiry = store.inquiry { return try inquiry.facts() }
        var facts = StoreFacts(kind: store.directory == nil ? "store" : "directory")
        facts.locks = store.locking != nil
        facts.takenNames = try store.refusesTakenNames() ? .fileSystem : .nothing
        return facts
    }
}

/// How long a request takes, and how far two clocks are apart.
package struct StoreTiming: Sendable {
    package var roundTripSeconds: Double
    /// Positive where the store's clock is ahead. Known to a second at best: answers say no more.
    package var clockAheadSeconds: Double

    /// Nil for a store without a clock of its own. The least of five.
    static func measured(_ store: any ObjectStore, _ clock: WallClock) throws -> StoreTiming? {
        guard let inquiry = store.inquiry else { return nil }
        var best: StoreTiming?
        for _ in 0..<5 {
            let began = monotonic()
            let theirs = try inquiry.now()
            let took = monotonic() - began
            // Their second began up to one second ago, and the answer was on its way for half of the time.
            let middle = Double(theirs.nanoseconds) / 1e9 + 0.5 - Double(clock.now().nanoseconds) / 1e9 + took / 2
            if took < best?.roundTripSeconds ?? .infinity {
                best = StoreTiming(roundTripSeconds: took, clockAheadSeconds: middle)
            }
        }
        return best
    }

    private static func monotonic() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
