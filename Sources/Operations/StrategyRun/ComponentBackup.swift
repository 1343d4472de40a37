import Catalog
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// One component's backup, as the strategy asks for it.
struct ComponentBackup {
    let run: PlannedRun
    let stamp: SetStamp
    let place: StrategyPlace
    let observer: any OperationObserver

    /// Beside what was backed up, what the store does not keep of what the strategy promises.
    func make(_ permit: consuming Permit<BackupAction>) throws -> (summary: BackupSummary, shortfall: Failure?) {
        guard !observer.isCancelled else { throw Failure.interrupted }
        guard let store = place.strategy.store(run.component.store) else {
            throw Failure(
                .strategyInvalid, "The strategy has no store '\(run.component.store)'.",
                advice: "Run 'safehold strategy check'.")
        }
        let repository = try place.open(store)
        try Placement.checkSources(run.component.sources, repository: repository)
        let streams = try ComponentStreams(run.component, stamp: stamp, surroundings: place.surroundings)
        defer { streams.release() }
        for remark in streams.remarks { observer.warning(remark) }
        var options = options
        options.streams = streams.files
        options.trees = streams.trees
        let summary = try Backup.run(
            permit: permit, repository: repository, host: place.surroundings.hostState, options: options,
            observer: observer, clock: place.clock)
        return (summary, PromisedLock.shortfall(store, repository, clock: place.clock))
    }

    private var options: BackupOptions {
        let component = run.component
        var options = BackupOptions(
            paths: component.sources, component: component.name, host: place.surroundings.host,
            user: place.surroundings.user, software: place.software)
        options.tags = [stamp.tag, component.kind.tag]
        options.mode = run.mode == .full ? .full : .incremental
        options.exclusions = component.exclusions
        options.excludeCaches = component.excludesCaches
        options.delta = component.storesDeltas
        options.oneFileSystem = component.staysOnFileSystem
        return options
    }
}
