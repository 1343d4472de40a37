import CLinux

/// How a `ChangeWatcher` works; the defaults are what a daemon wants.
package struct WatchSettings: Sendable {
    /// The only way to be tried, where it can be had. Without it: fanotify, where that is refused inotify, where that is refused polling.
    package var method: WatchMethod?
    /// The least rest between two looks at something that is polled.
    package var pollInterval: Duration = .seconds(30)
    /// How often roots are looked at whatever the kernel says: directories above them may be unreadable, or reached by a link.
    package var rootCheckInterval: Duration = .seconds(60)
    /// After something was told, the kernel is not asked again for so long: a burst costs one waking, not thousands.
    package var pause: Duration = .milliseconds(25)
    /// Watches of inotify that are used at most; the kernel has a limit of its own.
    package var watchLimit = Int.max
    /// Whether an instance of inotify may be opened; the kernel has a limit of its own.
    package var mayOpenInotify = true
    /// A clock that never goes back.
    package var clock: @Sendable () -> Duration = { .nanoseconds(sh_boot_nanoseconds()) }

    package init() {}
}
