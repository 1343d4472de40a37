import CLinux
import Glibc
import Primitives

/// Where a host keeps its audit log.
package struct AuditPlace: Sendable {
    /// Of this host's state. What is remembered of the log lies there, beside the folder and not in it.
    package let state: String

    /// An absolute path.
    package init(state: String) { self.state = state }

    package var folder: String { state + "/audit" }
    /// The log itself, as docs/audit-log.md has it.
    package var log: String { folder + "/log" }
    /// The log's two keys; 0600.
    var key: String { folder + "/key" }
    /// What others need to verify the log (C2SP tlog-policy).
    package var policy: String { folder + "/policy" }
    /// A file for each intent whose act is under way, locked by whoever is at it.
    var open: String { folder + "/open" }
    /// A file for each standing act.
    var standing: String { folder + "/standing" }
    /// How the log stood when this host wrote it last.
    package var head: String { state + "/audit-head" }

    /// Not in the folder, which may be moved away.
    var lock: String { state + "/audit-lock" }

    /// Whether there is anything of a log.
    package var isBegun: Bool { access(folder, F_OK) == 0 || access(head, F_OK) == 0 }
}

/// Held while the log is written, by one at a time. It ends when it is released, or with the process.
final class TrailLock {
    private let descriptor: Int32

    convenience init(_ place: AuditPlace, patience: Duration) throws {
        try LocalFile.makeDirectories(place.state)
        try self.init(at: place.lock, patience: patience)
    }

    /// Waits until `patience` is over for whoever is at it; throws `audit-busy` then.
    init(at path: String, patience: Duration) throws {
        let opened = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw LocalFile.unusable(errno, "open", path) }
        let end = sh_boot_nanoseconds() + Int64(patience / .nanoseconds(1))
        var pause: UInt32 = 500
        while true {
            let locked = sh_try_lock(opened)
            if locked == 0 { break }
            guard locked == -EWOULDBLOCK, sh_boot_nanoseconds() < end else {
                close(opened)
                throw locked == -EWOULDBLOCK ? AuditFailure.busy : LocalFile.unusable(-locked, "lock", path)
            }
            // Not all at the same times.
            usleep(pause + UInt32.random(in: 0..<pause))
            pause = min(pause * 2, 20_000)
        }
        descriptor = opened
    }

    func release() { close(descriptor) }
}
