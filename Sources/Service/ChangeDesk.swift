import Capture
import CLinux
import Primitives
import Strategy

/// Listens for changes of the components that are backed up on change, and says which are due.
final class ChangeDesk {
    private let watcher: ChangeWatcher
    private let threads = WorkerThreads()
    private enum Heard: Sendable {
        case change(ChangedRoot)
        /// A backup of this component began to read.
        case reading(String, at: Duration)
    }

    private let heard = Monitor<[Heard]>([])
    private var debounces: [String: Debounce]
    /// Due, handed to the agenda, and not begun yet.
    private var handed: Set<String> = []

    /// `omitted`: what backups themselves write, as absolute paths.
    init(_ strategy: BackupStrategy, omitting omitted: [[UInt8]], wake: @escaping @Sendable () -> Void) throws {
        debounces = strategy.debounces
        watcher = try ChangeWatcher(roots: strategy.watchedRoots(omitting: omitted))
        threads.start(stackSize: 8 << 20) { [watcher, heard] in
            while let changes = watcher.next() {
                heard.withLock { $0 += changes.map(Heard.change) }
                wake()
            }
        }
    }

    /// Another strategy is in force. What waits for a backup goes on waiting.
    func follow(_ strategy: BackupStrategy, omitting omitted: [[UInt8]]) throws {
        let roots = try strategy.watchedRoots(omitting: omitted)
        debounces = strategy.debounces.merging(debounces) { new, old in
            new.quiet == old.quiet && new.maximumDelay == old.maximumDelay ? old : new
        }.filter { strategy.debounces[$0.key] != nil }
        handed.formIntersection(debounces.keys)
        watcher.update(roots: roots)
    }

    private func listen() {
        for heard in heard.withLock({ list in
            defer { list = [] }; return list
        }) {
            switch heard {
            case .change(let change): debounces[change.id]?.noteChange(at: change.seen)
            case .reading(let component, let time): debounces[component]?.backupBegan(at: time)
            }
        }
    }

    /// Components whose changes are to be backed up now; each is named once until its backup has begun.
    func takeDue() -> [String] {
        listen()
        let now = Self.now
        let due = debounces.filter { ($0.value.due ?? .seconds(Int64.max >> 1)) <= now }.keys.filter {
            !handed.contains($0)
        }
        handed.formUnion(due)
        return due.sorted()
    }

    /// To be called, on any thread, when the backups of `components` begin to read. What their freezes wrote is in them, and makes no further
    /// ones due.
    func readingBegins(of components: [String]) -> @Sendable () -> Void {
        { [watcher, heard] in
            let changes = watcher.drain()
            let now = Self.now
            heard.withLock { $0 += changes.map(Heard.change) + components.map { Heard.reading($0, at: now) } }
        }
    }

    /// A backup of it was ordered.
    func begun(_ component: String) {
        handed.remove(component)
        debounces[component]?.backupBegan(at: Self.now)
    }

    func ended(_ component: String) {
        listen()
        debounces[component]?.backupEnded(at: Self.now)
    }

    /// How long until one is due; nil while nothing waits.
    var wait: Duration? {
        listen()
        return debounces.filter { !handed.contains($0.key) }.values.compactMap(\.due).min().map {
            max($0 - Self.now, .zero)
        }
    }

    var reports: [WatchReport] { watcher.reports }

    private static var now: Duration { .nanoseconds(sh_boot_nanoseconds()) }

    func stop() {
        watcher.stop()
        threads.joinAll()
    }
}

extension BackupStrategy {
    fileprivate var debounces: [String: Debounce] {
        Dictionary(
            components.compactMap { component in
                component.pace.map { (component.name, Debounce(quiet: $0.quiet, maximumDelay: $0.longest)) }
            }, uniquingKeysWith: { first, _ in first })
    }

    fileprivate func watchedRoots(omitting omitted: [[UInt8]]) throws -> [WatchedRoot] {
        try components.filter { $0.pace != nil }.flatMap { component in
            let exclusions = try ExclusionPatterns(lines: component.exclusions)
            return component.sources.map { source in
                WatchedRoot(
                    id: component.name, path: source, omitted: omitted,
                    staysOnFileSystem: component.staysOnFileSystem,
                    isExcluded: { exclusions.excludes(path: $0, isDirectory: $1) })
            }
        }
    }
}

extension ComponentPlan {
    /// Of the first job that waits for changes.
    fileprivate var pace: ChangePace? {
        jobs.lazy.compactMap { if case .onChange(let pace) = $0.schedule { pace } else { nil } }.first
    }
}
