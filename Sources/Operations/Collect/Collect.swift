import Glibc
import Identity
import Primitives
import RepositoryEngine
import Sealing

/// How a collection goes about backups that are under way.
package struct CollectOptions: Sendable {
    /// Seconds that it waits for them.
    package var wait: UInt64 = 0
    /// Collects beside them: those that it overtakes begin again.
    package var ignoresRunning = false
    /// Packs of which less than so many percent is needed are rewritten.
    package var compactsBelow: UInt64 = 60
    /// Where lists that memory has no room for lie while it runs.
    package var scratch = "/var/tmp"
    /// A backup that began longer ago than so many hours is taken for dead.
    package var patienceHours: UInt64 = 72

    package init() {}
}

/// Frees what no snapshot needs any more.
package enum Collect {
    /// What `run` would condemn. Changes nothing.
    package static func plan(
        permit: consuming Permit<CollectAction>, repository: Repository, opener: SealOpener, options: CollectOptions,
        observer: any OperationObserver, clock: WallClock
    ) throws -> CollectReport {
        CollectReport(try collector(repository, opener, options, observer, clock).plan())
    }

    /// Goes on with a collection that was cut off, or does a new one. Only the structure half of `opener` is used. Several at once do
    /// the same thing; interrupted, it can be run again.
    package static func run(
        permit: consuming Permit<CollectAction>, repository: Repository, opener: SealOpener, options: CollectOptions,
        observer: any OperationObserver, clock: WallClock
    ) throws -> CollectReport {
        _ = try LockDuty.take(repository, clock: clock)
        return CollectReport(try collector(repository, opener, options, observer, clock).run())
    }

    private static func collector(
        _ repository: Repository, _ opener: SealOpener, _ options: CollectOptions, _ observer: any OperationObserver,
        _ clock: WallClock
    ) -> Collector {
        let checkpoint = { if observer.isCancelled { throw Failure.interrupted } }
        let collector = Collector(
            repository: repository, opener: opener, clock: clock, space: CollectionSpace(folder: options.scratch),
            checkpoint: checkpoint)
        collector.compactsBelow = options.compactsBelow
        let (hours, overflow) = options.patienceHours.multipliedReportingOverflow(by: 3600)
        collector.patience = options.ignoresRunning ? 0 : overflow ? .max : hours
        let monotonic = ContinuousClock()
        let end = monotonic.now + .seconds(Int64(clamping: min(options.wait, 1 << 30)))
        collector.waits = { _ in
            guard monotonic.now < end else { return false }
            try checkpoint()
            usleep(500_000)
            return true
        }
        return collector
    }
}
