import CLinux
import Glibc
import Primitives

/// A file that is written beside its place and comes there whole, or not at all.
final class FileDelivery {
    private var target: String
    /// Where it lies until then.
    let temporary: String
    private let fd: Int32
    private var isDelivered = false

    /// `temporary` is in the same directory, and what has its name goes.
    init(_ target: String, by temporary: String) throws {
        (self.target, self.temporary) = (target, temporary)
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        fd = sh_create_exclusive(AT_FDCWD, temporary, 0o600)
        guard fd >= 0 else { throw Self.failure(-fd, target) }
    }

    deinit {
        close(fd)
        if !isDelivered { _ = sh_unlink(AT_FDCWD, temporary, 0) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        let written = sh_write_all(fd, bytes.baseAddress, bytes.count)
        guard written == 0 else { throw Self.failure(-written, target) }
    }

    /// `name` where it was not known before what it is to be called.
    func deliver(durably: Bool, as name: String? = nil) throws {
        if let name { target = name }
        if durably {
            let synced = sh_fsync(fd)
            guard synced == 0 else { throw Self.failure(-synced, target) }
        }
        let renamed = sh_rename(AT_FDCWD, temporary, AT_FDCWD, target)
        guard renamed == 0 else { throw Self.failure(-renamed, target) }
        isDelivered = true
        guard durably else { return }
        let settled = LocalFile.syncDirectory(of: target)
        guard settled == 0 else { throw Self.failure(-settled, target) }
    }

    private static func failure(_ number: Int32, _ target: String) -> Failure {
        Failure(
            number == ENOSPC || number == EDQUOT ? .storageFull : .targetUnusable,
            "\(target) cannot be written: \(String(cString: strerror(number))).",
            advice: "Check that its directory exists, who owns it, and free space.")
    }
}
