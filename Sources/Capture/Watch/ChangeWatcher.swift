import CLinux
import Glibc
import Primitives

/// Tells when something changes below roots, as soon as the kernel does; where it does not, by looking.
///
/// One serves the whole process. `next` blocks and belongs to a thread of its own; everything else may be called from any. What changed
/// before `init` or `update` returned may go untold: a backup that begins afterwards has it.
package final class ChangeWatcher: Sendable {
    private let settings: WatchSettings
    private let watched: Monitor<WatchSet>
    private let bell: Bell
    private let mountTable: Int32
    private let schedule: Monitor<Schedule>

    private struct Schedule {
        /// When the kernel is asked again.
        var nextRead: Duration
        var nextCheck: Duration
    }

    package init(roots: [WatchedRoot], settings: WatchSettings = WatchSettings()) throws(Failure) {
        self.settings = settings
        let bell = try Bell()
        self.bell = bell
        mountTable = open(MountTable.path, O_RDONLY | O_CLOEXEC)
        watched = Monitor(WatchSet(settings) { number, isFirst in bell.ring(number, isFirst: isFirst) })
        let now = settings.clock()
        schedule = Monitor(Schedule(nextRead: now, nextCheck: now + settings.rootCheckInterval))
        watched.withLock { $0.replace(with: roots) }
    }

    deinit {
        watched.withLock { $0.stop() }
        watched.withLock { $0.join() }
        if mountTable >= 0 { close(mountTable) }
    }

    /// Waits until something changed. Empty when the time is up before, nil once the watcher was stopped.
    package func next(timeout: Duration? = nil) -> [ChangedRoot]? {
        let deadline = timeout.map { settings.clock() + $0 }
        while !bell.isStopped {
            let now = settings.clock()
            if let news = news(now) { return news }
            if let deadline, deadline <= now { return [] }
            wait(from: now, until: deadline)
        }
        return nil
    }

    /// What changed until now, without waiting. Whoever wrote something before this call has it noted with an earlier time than one
    /// that is taken after it: to be called between a hook that writes and the backup, so that the hook makes no further one due.
    package func drain() -> [ChangedRoot] {
        let arrivals = bell.takeArrivals()
        // Whoever waits may have to wait for something else from now on.
        defer { bell.ring() }
        return watched.withLock { watched in
            watched.read()
            watched.take(arrivals)
            return watched.takeNews(at: settings.clock())
        }
    }

    /// From now on these roots and no others. Nothing that changes meanwhile below those that stay is missed.
    package func update(roots: [WatchedRoot]) {
        watched.withLock { $0.replace(with: roots) }
        bell.ring()
    }

    /// Makes `next` return nil, now and for ever.
    package func stop() {
        watched.withLock { $0.stop() }
        bell.stop()
    }

    /// In what way each root is watched, and why.
    package var reports: [WatchReport] { watched.withLock { $0.reports } }

    private func news(_ now: Duration) -> [ChangedRoot]? {
        let reads = schedule.withLock { $0.nextRead <= now }
        let checks = schedule.withLock { schedule in
            guard schedule.nextCheck <= now else { return false }
            schedule.nextCheck = now + settings.rootCheckInterval
            return true
        }
        let arrivals = bell.takeArrivals()
        let news = watched.withLock { watched -> [ChangedRoot]? in
            if reads { watched.read() }
            watched.take(arrivals)
            if checks { watched.check(everything: false) }
            return watched.hasNews ? watched.takeNews(at: settings.clock()) : nil
        }
        if news != nil { schedule.withLock { $0.nextRead = settings.clock() + settings.pause } }
        return news
    }

    private func wait(from now: Duration, until deadline: Duration?) {
        let (nextRead, nextCheck) = schedule.withLock { ($0.nextRead, $0.nextCheck) }
        let isPausing = nextRead > now
        var end = isPausing ? min(nextRead, nextCheck) : nextCheck
        if let deadline { end = min(end, deadline) }
        var descriptors = [bell.descriptor]
        if !isPausing { descriptors += watched.withLock { $0.descriptors } + (mountTable >= 0 ? [mountTable] : []) }
        var events = [Int16](repeating: Int16(POLLIN), count: descriptors.count)
        if descriptors.last == mountTable { events[events.count - 1] = Int16(POLLPRI) }
        var ready: UInt32 = 0
        let milliseconds = ((end - now) / .milliseconds(1)).rounded(.up)
        _ = sh_poll(
            descriptors, events, Int32(descriptors.count), Int32(min(max(milliseconds, 0), 86_400_000)), &ready)
        if ready & 1 != 0 { bell.silence() }
        if descriptors.last == mountTable, ready >> UInt32(descriptors.count - 1) & 1 != 0 {
            watched.withLock { $0.check(everything: true) }
        }
    }
}
