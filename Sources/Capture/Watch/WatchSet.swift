import CLinux
import Glibc

/// All roots of a watcher with what watches them, and what is to be told of them. Belongs to whoever holds the watcher's lock.
struct WatchSet {
    struct Entry {
        var root: WatchedRoot
        var standing: RootStanding
        var method: WatchMethod
        /// What is polled: the root itself, or network file systems that are mounted below it.
        var polled: [PolledTree]
    }

    private let settings: WatchSettings
    private let wake: @Sendable (RootNumber, _ isFirst: Bool) -> Void
    private(set) var entries: [RootNumber: Entry] = [:]
    private var lastNumber: RootNumber = 0
    private var inotify: InotifyWatch?
    private var fanotify: FanotifyWatch?
    private var causes: [String: Set<ChangedRoot.Cause>] = [:]
    /// Threads that were asked to end.
    private var ending: [PolledTree] = []

    /// `wake` is called on threads that poll.
    init(_ settings: WatchSettings, wake: @escaping @Sendable (RootNumber, _ isFirst: Bool) -> Void) {
        (self.settings, self.wake) = (settings, wake)
    }

    /// What becomes readable when there is something to read.
    var descriptors: [Int32] { [inotify?.descriptor, fanotify?.descriptor].compactMap(\.self) }
    var hasNews: Bool { !causes.isEmpty }

    mutating func takeNews(at time: Duration) -> [ChangedRoot] {
        defer { causes = [:] }
        return causes.map { ChangedRoot(id: $0.key, causes: $0.value, seen: time) }.sorted { $0.id < $1.id }
    }

    /// Watches these roots and no others. What changes meanwhile below a root that stays is told.
    mutating func replace(with roots: [WatchedRoot]) {
        let before = entries
        for root in roots { establish(root) }
        for number in before.keys { remove(number) }
        let ids = Set(roots.map(\.id))
        causes = causes.filter { ids.contains($0.key) }
    }

    /// Ends all threads and forgets all roots; `join` waits for the threads.
    mutating func stop() { for number in entries.keys { remove(number) } }
    func join() { for tree in ending { tree.join() } }

    mutating func read() {
        var findings = WatchFindings()
        inotify?.read(into: &findings)
        fanotify?.read(into: &findings)
        take(findings)
    }

    /// What threads found that poll.
    mutating func take(_ arrivals: [RootNumber: Bool]) {
        for (number, isFirst) in arrivals { note(isFirst ? .rewatched : .change, number) }
    }

    /// Looks whether all roots are still what they were; those on network file systems only if `everything`, for such may not answer.
    mutating func check(everything: Bool) {
        for (number, entry) in entries where everything || entry.standing.fileSystem == .local {
            settle(number, isLost: false)
        }
        ending.removeAll { $0.isCleared() }
    }

    private mutating func take(_ findings: WatchFindings) {
        for number in findings.changed { note(.change, number) }
        for number in findings.overflowed { note(.overflow, number) }
        for number in findings.exhausted where entries[number]?.method == .inotify {
            inotify?.unwatch(number)
            note(.rewatched, number)
            poll(number, .watchesUsedUp)
        }
        for number in findings.unsettled.union(findings.lost) { settle(number, isLost: findings.lost.contains(number)) }
    }

    private mutating func note(_ cause: ChangedRoot.Cause, _ number: RootNumber) {
        if let entry = entries[number] { causes[entry.root.id, default: []].insert(cause) }
    }

    /// Watches anew if something else lies at the root's path than before, or if the watches ended.
    private mutating func settle(_ number: RootNumber, isLost: Bool) {
        guard let entry = entries[number] else { return }
        let (before, now) = (entry.standing, RootStanding(of: entry.root, in: .now()))
        guard isLost || now != before else { return }
        let next = establish(entry.root)
        remove(number)
        if now.kind == .missing {
            if before.kind != .missing { note(.vanished, next) }
        } else {
            let isOther = isLost || before.kind != now.kind || (before.device, before.inode) != (now.device, now.inode)
            note(isOther ? .appeared : .change, next)
        }
    }

    private mutating func remove(_ number: RootNumber) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        inotify?.unwatch(number)
        fanotify?.unwatch(number)
        for tree in entry.polled { tree.stop() }
        ending += entry.polled
    }

    @discardableResult
    private mutating func establish(_ root: WatchedRoot) -> RootNumber {
        lastNumber += 1
        let (number, standing) = (lastNumber, RootStanding(of: root, in: .now()))
        entries[number] = Entry(root: root, standing: standing, method: .polling, polled: [])
        switch standing.fileSystem {
        case .network(let name): poll(number, .fileSystem(name))
        case .pseudo: poll(number, .fileSystem("a file system of the kernel's own"))
        case .local: askKernel(root, number, standing)
        }
        return number
    }

    private mutating func askKernel(_ root: WatchedRoot, _ number: RootNumber, _ standing: RootStanding) {
        if settings.method == .polling { return poll(number, .wished) }
        if settings.method != .inotify {
            fanotify = fanotify ?? (try? FanotifyWatch())
            if fanotify?.watch(root, number, standing) == .watching { return settleOn(.fanotify, number) }
        }
        do throws(InotifyWatch.Refused) {
            guard settings.mayOpenInotify else { throw InotifyWatch.Refused(errno: EMFILE) }
            let inotify = try openedInotify()
            switch inotify.watch(root, number, standing) {
            case .watching: settleOn(.inotify, number)
            case .exhausted: poll(number, .watchesUsedUp)
            case .refused(let errno): poll(number, .unavailable(String(cString: strerror(errno))))
            }
        } catch {
            let isUsedUp = error.errno == EMFILE
            poll(number, isUsedUp ? .instancesUsedUp : .unavailable(String(cString: strerror(error.errno))))
        }
    }

    private mutating func openedInotify() throws(InotifyWatch.Refused) -> InotifyWatch {
        if let inotify { return inotify }
        let opened = try InotifyWatch(limit: settings.watchLimit)
        inotify = opened
        return opened
    }

    private mutating func settleOn(_ method: WatchMethod, _ number: RootNumber) {
        entries[number]?.method = method
        for mount in entries[number]?.standing.below ?? [] {
            if case .network(let name) = mount.kind { startPolling(number, at: mount.point, .fileSystem(name)) }
        }
    }

    private mutating func poll(_ number: RootNumber, _ reason: PollingReason) {
        guard let entry = entries[number] else { return }
        for tree in entry.polled { tree.stop() }
        ending += entry.polled
        entries[number]?.polled = []
        entries[number]?.method = .polling
        startPolling(number, at: entry.root.path, reason)
    }

    private mutating func startPolling(_ number: RootNumber, at path: [UInt8], _ reason: PollingReason) {
        guard let entry = entries[number] else { return }
        let skipping = entry.standing.below.filter { $0.kind == .pseudo }.map(\.point)
        let tree = PolledTree(
            entry.root, at: path, skipping: skipping, reason: reason, interval: settings.pollInterval)
        tree.start { [wake] isFirst in wake(number, isFirst) }
        entries[number]?.polled.append(tree)
    }

    // What a report asks for.
    func directoryCount(_ number: RootNumber) -> Int { inotify?.directoryCount(number) ?? 0 }
    func unreadableCount(_ number: RootNumber) -> Int { inotify?.unreadableCount(number) ?? 0 }
}
