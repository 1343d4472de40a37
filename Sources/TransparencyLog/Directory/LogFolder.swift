import CLinux
import Glibc
import Primitives

/// A log's files in a folder of this host.
package final class LogFolder: LogStorage {
    package enum Access: Sendable {
        case reading
        /// One at a time: whoever else wants to write meanwhile gets `LogProblem.busy`. The lock ends with the value, or with the process; `pause` lends it to others.
        case writing
    }

    private let path: String
    private let lock: Int32

    package init(_ path: String, for access: Access) throws {
        self.path = path
        guard access == .writing else {
            lock = -1
            return
        }
        try Self.make(path)
        let name = path + "/lock"
        let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw LocalFile.unusable(errno, "open", name) }
        let locked = sh_try_lock(descriptor)
        guard locked == 0 else {
            close(descriptor)
            throw locked == -EWOULDBLOCK ? LogProblem.busy : LocalFile.unusable(-locked, "lock", name)
        }
        lock = descriptor
    }

    /// Lets others write, until `resume`.
    package func pause() { if lock >= 0 { _ = sh_unlock(lock) } }

    /// Takes the lock again. False where somebody else has it, and where what lies at the path by now is another folder.
    package func resume() -> Bool {
        var (held, named) = (sh_stat(), sh_stat())
        guard lock >= 0, sh_try_lock(lock) == 0 else { return false }
        return sh_fstat(lock, &held) == 0 && sh_statx(AT_FDCWD, path + "/lock", &named) == 0
            && (held.inode, held.dev_major, held.dev_minor) == (named.inode, named.dev_major, named.dev_minor)
    }

    /// Makes the folder so that it survives a crash with all folders above it.
    private static func make(_ path: String) throws {
        guard access(path, F_OK) != 0 else { return }
        try LocalFile.makeDirectories(path)
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            let synced = LocalFile.syncDirectory(of: String(folder))
            guard synced == 0 else { throw LocalFile.unusable(-synced, "sync the directory of", String(folder)) }
            folder = folder[..<slash]
        }
    }

    deinit { if lock >= 0 { close(lock) } }

    private static let largestFile = 256 * (2 + EntryBundle.largestEntry)

    package func read(_ name: String) throws -> [UInt8]? {
        try LocalFile.read(path + "/" + name, limit: Self.largestFile, followingLinks: false)
    }

    /// All bytes are written before the first wait: the file system then writes its own journal once for all of them.
    package func write(_ files: [LogFile]) throws {
        do {
            try writeWaiting(files)
        } catch {
            settled.withLock { $0 = [] }
            throw error
        }
    }

    private func writeWaiting(_ files: [LogFile]) throws {
        var folders = wasRenamed.withLock { renamed in
            defer { renamed = false }
            return renamed ? [path] : []
        }
        var open: [Int32] = []
        defer { for descriptor in open { close(descriptor) } }
        for file in files {
            let name = path + "/" + file.path
            try makeFolder(of: file.path, &folders)
            _ = sh_unlink(AT_FDCWD, name, 0)
            let descriptor = sh_create_exclusive(AT_FDCWD, name, 0o600)
            guard descriptor >= 0 else { throw LocalFile.unusable(-descriptor, "create", name) }
            open.append(descriptor)
            let written = file.bytes.withUnsafeBytes { sh_write_all(descriptor, $0.baseAddress, $0.count) }
            guard written == 0 else { throw LocalFile.unusable(-written, "write", name) }
            // So that the file system knows where all of them are when its journal is written for the first.
            sh_start_writeback(descriptor)
            if open.count == Self.mostOpen { try sync(&open) }
        }
        try sync(&open)
        for folder in folders {
            let synced = LocalFile.syncDirectory(of: folder + "/")
            guard synced == 0 else { throw LocalFile.unusable(-synced, "sync", folder) }
        }
    }

    private static let mostOpen = 64

    private func sync(_ open: inout [Int32]) throws {
        for descriptor in open {
            let synced = sh_fsync(descriptor)
            guard synced == 0 else { throw LocalFile.unusable(-synced, "sync a file of", path) }
        }
        for descriptor in open { close(descriptor) }
        open = []
    }

    /// Makes the folder that a file lies in. `folders` gets it, and those in which folders were made.
    private func makeFolder(of file: String, _ folders: inout [String]) throws {
        var folder = path
        func note(_ folder: String) { if !folders.contains(folder) { folders.append(folder) } }
        for part in file.split(separator: "/").dropLast() {
            let parent = folder
            folder += "/" + part
            guard settled.withLock({ $0.insert(folder).inserted }) else { continue }
            let made = sh_mkdir(AT_FDCWD, folder, 0o700)
            guard made == 0 || made == -EEXIST else { throw LocalFile.unusable(-made, "create", folder) }
            // Also where it is there: whoever made it may not have come to wait for its name.
            note(parent)
        }
        note(folder)
    }

    /// Folders that are there and whose names this value has waited for, or is about to.
    private let settled = Monitor<Set<String>>([])

    package func rename(_ name: String, to other: String) throws {
        try LocalFile.replace(path + "/" + other, with: path + "/" + name, durably: false)
        wasRenamed.withLock { $0 = true }
    }

    private let wasRenamed = Monitor(false)

    package func names(in folder: String) throws -> [String] { try LocalFile.names(in: path + "/" + folder) }

    package func remove(_ names: [String]) throws {
        var folders: Set<Substring> = []
        for name in names {
            let removed = sh_unlink(AT_FDCWD, path + "/" + name, 0)
            guard removed == 0 || removed == -ENOENT else { throw LocalFile.unusable(-removed, "remove", name) }
            if let slash = name.lastIndex(of: "/") { folders.insert(name[..<slash]) }
        }
        for folder in folders where LocalFile.removeEmptyDirectory(path + "/" + folder) {
            _ = settled.withLock { $0.remove(path + "/" + folder) }
        }
    }
}
