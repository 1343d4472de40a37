import CLinux
import Glibc
import Primitives

/// A repository in a directory: an object is a file, written to `tmp/`, synced, linked to its name (link(2) refuses a name that is
/// taken), and the directories that gained an entry are synced.
package final class DirectoryStore: ObjectStore {
    package let root: String
    private let unsynced = Monitor(Unsynced())
    private let told = Monitor<StoreMoment?>(nil)
    private static let mostSyncs = 16

    private struct Unsynced {
        var files: [String] = []
        var directories: Set<String> = []
    }

    package var location: String { root }
    package var directory: String? { root }

    /// `root` must exist; `create` makes one.
    package init(root: String) { self.root = root }

    package static func create(at root: String) throws -> DirectoryStore {
        try makeDirectories(root + "/tmp")
        return DirectoryStore(root: root)
    }

    /// A store whose root has vanished (an unmounted disk) must not be made anew on the disk below it.
    func hasFormat() throws -> Bool { try size(of: ObjectName("FORMAT")) != nil }

    package func path(of name: ObjectName) -> String { root + "/" + name.path }

    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        let staged = try stage()
        do {
            try bytes.withUnsafeBytes { try staged.append($0) }
            return try staged.finish(as: name, durability)
        } catch {
            staged.abandon()
            throw error
        }
    }

    package func stage() throws -> any StagedObject { try StagedFile(store: self) }

    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let path = path(of: name)
        let fd = sh_open_read(AT_FDCWD, path)
        guard fd >= 0 else {
            throw fd == -ENOENT || fd == -ENOTDIR
                ? Failure.objectMissing(name, in: root) : Failure.storage(-fd, "opening", path)
        }
        defer { close(fd) }
        var filled = 0
        while filled < buffer.count {
            let count = pread(fd, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset) + filled)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure.storage(errno, "reading", path)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    package func size(of name: ObjectName) throws -> Int64? {
        var status = sh_stat()
        let result = sh_statx(AT_FDCWD, path(of: name), &status)
        if result == -ENOENT || result == -ENOTDIR { return nil }
        guard result == 0 else { throw Failure.storage(-result, "looking at", path(of: name)) }
        return Int64(status.size)
    }

    /// When the file's status last changed: no owner of a file can choose that, as he can when it was modified.
    package func arrival(of name: ObjectName) throws -> Timestamp? {
        var status = sh_stat()
        let result = sh_statx(AT_FDCWD, path(of: name), &status)
        if result == -ENOENT || result == -ENOTDIR { return nil }
        guard result == 0 else { throw Failure.storage(-result, "looking at", path(of: name)) }
        return Self.changed(status)
    }

    private static func changed(_ status: sh_stat) -> Timestamp? {
        let second: Int64 = 1_000_000_000
        let (seconds, overflow) = status.ctime_s.multipliedReportingOverflow(by: second)
        return overflow ? nil : Timestamp(nanoseconds: seconds &+ Int64(status.ctime_ns))
    }

    /// The time that the file system gave the newest object: on a file server that is the server's, on a disk of this host its own.
    package var lastMoment: StoreMoment? { told.withLock { $0 } }

    /// `file` was given its name just now.
    func note(_ file: Int32) {
        var status = sh_stat()
        guard sh_fstat(file, &status) == 0, let time = Self.changed(status) else { return }
        told.withLock { $0 = StoreMoment(time: time) }
    }

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        var status = sh_stat()
        // Without its root a store has no objects to list, which is not the same as having none.
        let result = sh_statx(AT_FDCWD, root, &status)
        guard result == 0 else { throw Failure.storage(-result, "listing", root) }
        try walk(prefix, body)
    }

    private func walk(_ relative: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let directory = relative.isEmpty ? root : root + "/" + relative
        try Self.forEachName(in: directory) { name in
            if name.hasPrefix(".") || (relative.isEmpty && name == "tmp") { return }
            let child = relative.isEmpty ? name : relative + "/" + name
            var status = sh_stat()
            let result = sh_statx(AT_FDCWD, root + "/" + child, &status)
            if result == -ENOENT { return }
            guard result == 0 else { throw Failure.storage(-result, "looking at", child) }
            if status.mode & S_IFMT == S_IFDIR {
                try walk(child, body)
            } else {
                try body(ObjectName(child), Int64(status.size))
            }
        }
    }

    /// Calls `body` with every name in a directory; with none where there is no such directory.
    private static func forEachName(in directory: String, _ body: (String) throws -> Void) throws {
        guard let stream = opendir(directory) else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw Failure.storage(errno, "listing", directory)
        }
        defer { closedir(stream) }
        while true {
            // Only errno tells the end from a failure in the middle, which must not pass for a short list.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            try body(name)
        }
        guard errno == 0 else { throw Failure.storage(errno, "listing", directory) }
    }

    package func flush() throws {
        let (files, directories) = unsynced.withLock { state in
            defer { state = Unsynced() }
            return (state.files, state.directories)
        }
        // Who waits for all of them at once waits for the disk once.
        try Concurrently.forEach(files + directories.sorted(), threads: Self.mostSyncs) { try Self.sync($0) }
    }

    func settle(_ file: String, _ directories: [String], _ durability: Durability) throws {
        switch durability {
        case .deferred:
            unsynced.withLock { state in
                state.files.append(file)
                state.directories.formUnion(directories)
            }
        case .immediate:
            for directory in directories { try Self.sync(directory) }
        }
    }

    private static func sync(_ path: String) throws {
        let fd = sh_open_read(AT_FDCWD, path)
        guard fd >= 0 else { throw Failure.storage(-fd, "syncing", path) }
        defer { close(fd) }
        let result = sh_fsync(fd)
        guard result == 0 else { throw Failure.storage(-result, "syncing", path) }
    }

    package func remove(_ name: ObjectName) throws {
        let path = path(of: name)
        let result = sh_unlink(AT_FDCWD, path, 0)
        // A directory is no object either.
        if [-ENOENT, -ENOTDIR, -EISDIR].contains(result) { return }
        guard result == 0 else { throw Failure.storage(-result, "removing", path) }
        // A deferred write of the same object must not be synced any more.
        unsynced.withLock { state in state.files.removeAll { $0 == path } }
        try Self.sync(Self.parent(of: path))
    }

    package func removeAbandoned() throws -> Int {
        let directory = root + "/tmp"
        var removed = 0
        try Self.forEachName(in: directory) { name in
            guard !name.hasPrefix(".") else { return }
            let path = directory + "/" + name
            let fd = sh_open_write(AT_FDCWD, path)
            guard fd >= 0 else { return }
            // The process that writes a temporary file holds a lock on it; the lock of a dead one is free.
            if sh_try_lock(fd) == 0, sh_unlink(AT_FDCWD, path, 0) == 0 { removed += 1 }
            close(fd)
        }
        return removed
    }

    /// Makes the directory and its ancestors and returns those whose entries changed.
    @discardableResult
    static func makeDirectories(_ path: String) throws -> [String] {
        let result = sh_mkdir(AT_FDCWD, path, 0o700)
        if result == 0 { return [parent(of: path)] }
        if result == -EEXIST { return [] }
        guard result == -ENOENT, path.contains("/") else { throw Failure.storage(-result, "creating", path) }
        let above = try makeDirectories(parent(of: path))
        let again = sh_mkdir(AT_FDCWD, path, 0o700)
        guard again == 0 || again == -EEXIST else { throw Failure.storage(-again, "creating", path) }
        return above + [parent(of: path)]
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
