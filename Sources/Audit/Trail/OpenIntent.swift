import CLinux
import Glibc
import Primitives

/// An act that is in the log and under way. While this value lives, others see that somebody is at it.
package final class OpenIntent: Sendable {
    /// Of the entry.
    package let number: UInt64
    let act: String
    let session: AuditSession?
    private let descriptor: Int32

    /// Before the entry is written: nobody may find it without its file.
    init(number: UInt64, _ act: Act, _ place: AuditPlace) throws {
        try LocalFile.makeDirectories(place.open)
        let path = place.open + "/\(number)"
        let opened = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw LocalFile.unusable(errno, "create", path) }
        let locked = sh_try_lock(opened)
        guard locked == 0 else {
            close(opened)
            throw LocalFile.unusable(-locked, "lock", path)
        }
        (self.number, self.act, session, descriptor) = (number, act.name, act.session, opened)
    }

    deinit { close(descriptor) }

    /// Whether somebody is still at it. A lock goes with the process that held it, however that ended.
    static func isUnderWay(_ number: UInt64, _ place: AuditPlace) -> Bool {
        let opened = Glibc.open(place.open + "/\(number)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard opened >= 0 else { return false }
        defer { close(opened) }
        return sh_try_lock(opened) == -EWOULDBLOCK
    }

    static func forget(_ number: UInt64, _ place: AuditPlace) { _ = LocalFile.remove(place.open + "/\(number)") }
}
