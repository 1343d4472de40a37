import CLinux
import Primitives

/// What a store's clock said, and when that was by the clock of this host that nobody can set.
package struct StoreMoment: Sendable, Equatable {
    package var time: Timestamp
    /// In nanoseconds since the host started.
    package var uptime: Int64

    /// Just now.
    package init(time: Timestamp) { (self.time, uptime) = (time, sh_boot_nanoseconds()) }
}
