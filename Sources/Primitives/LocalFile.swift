import CLinux
import Glibc

/// Small files of this host: read whole, replaced atomically, mode 0600.
package enum LocalFile {
    /// Nil when there is no such file.
    package static func read(_ path: String, limit: Int) throws -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unusable(errno, "read", path)
        }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(fd, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw unusable(errno, "read", path)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw Failure(
                    .stateUnusable, "\(path) is larger than \(limit) bytes.",
                    advice: "Check that this is the file you mean.")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Replaces `path` in one step: temporary file, fsync, rename, fsync of the directory.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws {
        let temporary = path + ".\(getpid()).new"
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        let fd = sh_create_exclusive(AT_FDCWD, temporary, mode)
        guard fd >= 0 else { throw unusable(-fd, "create", temporary) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if count < 0 {
                if errno == EINTR { continue }
                let number = errno
                close(fd)
                _ = sh_unlink(AT_FDCWD, temporary, 0)
                throw unusable(number, "write", temporary)
            }
            done += count
        }
        let synced = sh_fsync(fd)
        close(fd)
        guard synced == 0 else { throw unusable(-synced, "sync", temporary) }
        try replace(path, with: temporary)
    }

    package static func remove(_ path: String) -> Bool { sh_unlink(AT_FDCWD, path, 0) == 0 }

    package static func removeEmptyDirectory(_ path: String) -> Bool { sh_unlink(AT_FDCWD, path, 1) == 0 }

    /// Renames `temporary` over `path` and, if a crash must not undo it, syncs the directory.
    package static func replace(_ path: String, with temporary: String, durably: Bool = true) throws {
        let renamed = sh_rename(AT_FDCWD, temporary, AT_FDCWD, path)
        guard renamed == 0 else { throw unusable(-renamed, "rename", temporary) }
        guard durably else { return }
        let directory = sh_open_read(AT_FDCWD, String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        guard directory >= 0 else { return }
        _ = sh_fsync(directory)
        close(directory)
    }

    package static func makeDirectories(_ path: String) throws {
        let result = sh_mkdir(AT_FDCWD, path, 0o700)
        if result == 0 || result == -EEXIST { return }
        guard result == -ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw unusable(-result, "create", path)
        }
        try makeDirectories(String(path[..<slash]))
        let again = sh_mkdir(AT_FDCWD, path, 0o700)
        guard again == 0 || again == -EEXIST else { throw unusable(-again, "create", path) }
    }

    package static func unusable(_ number: Int32, _ doing: String, _ path: String) -> Failure {
        Failure(
            number == ENOSPC || number == EDQUOT ? .storageFull : .stateUnusable,
            "Cannot \(doing) \(path): \(String(cString: strerror(number))).",
            advice: "Check owner, mode and free space; SAFEHOLD_HOME says where this host's state is kept.")
    }
}
