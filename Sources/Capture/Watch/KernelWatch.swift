/// A way in which the kernel itself tells of changes.
protocol KernelWatch: AnyObject {
    /// Becomes readable when there is something to tell. `read` never waits.
    var descriptor: Int32 { get }
    /// Begins to watch what is there. What was there before is not told of.
    func watch(_ root: WatchedRoot, _ number: RootNumber, _ standing: RootStanding) -> WatchOutcome
    func unwatch(_ number: RootNumber)
    /// Takes what the kernel has to tell now.
    func read(into findings: inout WatchFindings)
}

/// A root that is being watched; never given twice by one watcher.
typealias RootNumber = Int32

enum WatchOutcome: Equatable {
    case watching
    /// The kernel's limit on watches is reached.
    case exhausted
    case refused(errno: Int32)
}

/// What was read of the kernel's, by roots.
struct WatchFindings {
    var changed: Set<RootNumber> = []
    /// Something may lie at their paths that did not before, or nothing any more.
    var unsettled: Set<RootNumber> = []
    /// Their watches ended: whatever lies there now has to be watched anew.
    var lost: Set<RootNumber> = []
    /// Not all of it can be watched any more.
    var exhausted: Set<RootNumber> = []
    var overflowed: Set<RootNumber> = []
}
