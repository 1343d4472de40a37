/// When a backup of something that changes is due: once it has been quiet for a while, at the latest some time after it began to change.
///
/// A state machine without a clock. Times are distances from any fixed moment, of one clock that never goes back; changes may be noted in
/// any order, for they are seen by another thread.
package struct Debounce: Sendable, Equatable {
    /// How long nothing must have changed.
    package let quiet: Duration
    /// How long something that never becomes quiet waits; never less than `quiet`.
    package let maximumDelay: Duration

    /// Changes that no backup has.
    private struct Pending: Equatable {
        /// From when the longest delay counts.
        var since: Duration
        var last: Duration
    }

    private var pending: Pending?
    /// When the last backup began to read: what had changed by then is in it.
    private var began: Duration?
    private var isRunning = false

    package init(quiet: Duration = .seconds(1), maximumDelay: Duration = .seconds(10)) {
        self.quiet = max(quiet, .zero)
        self.maximumDelay = max(maximumDelay, self.quiet)
    }

    /// Something changed.
    package mutating func noteChange(at time: Duration) {
        if let began, time <= began { return }
        pending = Pending(since: min(pending?.since ?? time, time), last: max(pending?.last ?? time, time))
    }

    /// A backup begins to read, whatever it was that made it due. It comes after hooks that write: see `ChangeWatcher.drain`.
    package mutating func backupBegan(at time: Duration) {
        isRunning = true
        began = max(began ?? time, time)
        if let waiting = pending, waiting.last <= time { pending = nil }
    }

    /// It ended, well or not: one that failed is tried again by whoever runs backups.
    ///
    /// What changed meanwhile makes exactly one more. For what never becomes quiet the longest delay counts from here, so that its
    /// backups do not follow each other without a pause.
    package mutating func backupEnded(at time: Duration) {
        isRunning = false
        if let waiting = pending { pending?.since = max(waiting.since, time) }
    }

    /// When the next backup is due; it may lie in the past. Nil while nothing waits for one, and while one runs.
    package var due: Duration? {
        guard let pending, !isRunning else { return nil }
        return min(pending.last + quiet, pending.since + maximumDelay)
    }
}
