import CLinux
import Glibc
import Primitives
import Storage

/// A file that takes the place of another in one step: until `finish`, whatever lies under the name stays as it is.
final class ReplacementFile {
    private let temporary: String
    private let target: String
    private var fd: Int32

    /// `folder` is on the same file system as `target`.
    init(for target: String, in folder: String) throws {
        self.target = target
        temporary = folder + "/" + SealedObjectID.random().hex
        fd = sh_create_exclusive(AT_FDCWD, temporary, 0o600)
        if fd == -ENOENT {
            try LocalFile.makeDirectories(folder)
            fd = sh_create_exclusive(AT_FDCWD, temporary, 0o600)
        }
        guard fd >= 0 else { throw Failure.storage(-fd, "creating", temporary) }
    }

    deinit { abandon() }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        let written = sh_write_all(fd, bytes.baseAddress, bytes.count)
        guard written == 0 else { throw Failure.storage(-written, "writing", temporary) }
    }

    /// On the medium before it returns.
    func finish() throws {
        let synced = sh_fsync(fd)
        guard synced == 0 else { throw Failure.storage(-synced, "syncing", temporary) }
        let parent = String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
        var renamed = sh_rename(AT_FDCWD, temporary, AT_FDCWD, target)
        if renamed == -ENOENT {
            try LocalFile.makeDirectories(parent)
            renamed = sh_rename(AT_FDCWD, temporary, AT_FDCWD, target)
        }
        guard renamed == 0 else { throw Failure.storage(-renamed, "naming", target) }
        close(fd)
        fd = -1
        let flushed = LocalFile.syncDirectory(of: target)
        guard flushed == 0 else { throw Failure.storage(-flushed, "syncing", parent) }
    }

    private func abandon() {
        guard fd >= 0 else { return }
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        close(fd)
        fd = -1
    }

    static func write(_ bytes: [UInt8], to target: String, in folder: String) throws {
        let file = try ReplacementFile(for: target, in: folder)
        try bytes.withUnsafeBytes { try file.append($0) }
        try file.finish()
    }
}
