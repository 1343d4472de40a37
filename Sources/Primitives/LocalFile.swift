import CLinux
import Glibc

/// Files of this host: small ones are read whole and replaced atomically, mode 0600; others are read in pieces.
package enum LocalFile {
    /// Nil when there is no such file. Without `followingLinks` a symbolic link is an error, and nobody is waited for at the other end of a pipe.
    package static func read(_ path: String, limit: Int, followingLinks: Bool = true) throws -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC | (followingLinks ? 0 : O_NOFOLLOW | O_NONBLOCK))
        guard fd >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unusable(errno, "read", path)
        }
        defer { close(fd) }
        var bytes: [UInt8] = []
        let result = try forEachPiece(of: fd) { piece in
            guard bytes.count + piece.count <= limit else {
                throw Failure(
                    .stateUnusable, "\(path) is larger than \(limit) bytes.",
                    advice: "Check that this is the file you mean.")
            }
            bytes.append(contentsOf: piece)
        }
        guard result == 0 else { throw unusable(-result, "read", path) }
        return bytes
    }

    /// Hands what is left of an open file to `body`, piece by piece, and no more than `limit` bytes. 0, or -errno where it cannot be read so far.
    package static func forEachPiece(
        of descriptor: Int32, upTo limit: UInt64 = .max, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows -> Int32 {
        // Small enough to stay in the processor's cache.
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { room in
            var left = limit
            while left > 0 {
                let count = Glibc.read(descriptor, room.baseAddress, Int(min(UInt64(room.count), left)))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count == 0 ? 0 : -errno }
                try body(UnsafeRawBufferPointer(rebasing: room[..<count]))
                left -= UInt64(count)
            }
            return 0
        }
    }

    /// Replaces `path` in one step: temporary file, fsync, rename, fsync of the directory.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws {
        let temporary = path + ".\(getpid()).new"
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        let fd = sh_create_exclusive(AT_FDCWD, temporary, mode)
        guard fd >= 0 else { throw unusable(-fd, "create", temporary) }
        do {
            defer { close(fd) }
            let written = bytes.withUnsafeBytes { sh_write_all(fd, $0.baseAddress, $0.count) }
            guard written == 0 else { throw unusable(-written, "write", temporary) }
            let synced = sh_fsync(fd)
            guard synced == 0 else { throw unusable(-synced, "sync", temporary) }
            try replace(path, with: temporary)
        } catch {
            _ = sh_unlink(AT_FDCWD, temporary, 0)
            throw error
        }
    }

    package static func remove(_ path: String) -> Bool { sh_unlink(AT_FDCWD, path, 0) == 0 }

    package static func removeEmptyDirectory(_ path: String) -> Bool { sh_unlink(AT_FDCWD, path, 1) == 0 }

    /// Renames `temporary` over `path` and, if a crash must not undo it, syncs the directory.
    package static func replace(_ path: String, with temporary: String, durably: Bool = true) throws {
        let renamed = sh_rename(AT_FDCWD, temporary, AT_FDCWD, path)
        guard renamed == 0 else { throw unusable(-renamed, "rename", temporary) }
        guard durably else { return }
        let synced = syncDirectory(of: path)
        guard synced == 0 else { throw unusable(-synced, "sync the directory of", path) }
    }

    /// Waits until what was named, renamed and removed beside `path` survives a crash. 0 or -errno; 0 also where that cannot be asked for: of a
    /// directory that we may not read, and of file systems without it.
    package static func syncDirectory(of path: String) -> Int32 {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = sh_open_listing(folder)
        guard directory >= 0 else { return directory == -EACCES ? 0 : directory }
        defer { close(directory) }
        let synced = sh_fsync(directory)
        return synced == -EINVAL ? 0 : synced
    }

    /// The names in a directory but for "." and "..", in no order; none where there is no such directory.
    package static func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw unusable(errno, "list", directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // Only errno tells the end from a failure in the middle.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw unusable(errno, "list", directory) }
        return names
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
