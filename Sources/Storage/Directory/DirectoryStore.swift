import CLinux
import Glibc
import Primitives

/// A repository in a directory: an object is a file, written to `tmp/`, synced, linked to its name (link(2) refuses a name that is
/// taken), and the directories that gained an entry are synced.
package final class DirectoryStore: ObjectStore {
    package let root: String
    private let unsynced = Monitor(Unsynced())

    private struct Unsynced {
        var files: [String] = []
        var directories: Set<String> = []
    }

    package var location: String { root }

    /// `root` must exist; `create` makes one.
    package init(root: String) { self.root = root }

    package static func create(at root: String) throws -> DirectoryStore {
        try makeDirectories(root + "/tmp")
        return DirectoryStore(root: root)
    }

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
            throw fd == -ENOENT ? Failure.objectMissing(name, in: root) : Failure.storage(-fd, "opening", path)
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

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try walk(prefix, body)
    }

    private func walk(_ relative: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let directory = relative.isEmpty ? root : root + "/" + relative
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return }
            throw Failure.storage(errno, "listing", directory)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") || (relative.isEmpty && name == "tmp") { continue }
            let child = relative.isEmpty ? name : relative + "/" + name
            var status = sh_stat()
            let result = sh_statx(AT_FDCWD, root + "/" + child, &status)
            if result == -ENOENT { continue }
            guard result == 0 else { throw Failure.storage(-result, "looking at", child) }
            if status.mode & S_IFMT == S_IFDIR {
                try walk(child, body)
            } else {
                try body(ObjectName(child), Int64(status.size))
            }
        }
    }

    package func flush() throws {
        let (files, directories) = unsynced.withLock { state in
            defer { state = Unsynced() }
            return (state.files, state.directories)
        }
        for file in files { try Self.sync(file) }
        for directory in directories.sorted() { try Self.sync(directory) }
    }

    fileprivate func settle(_ file: String, _ directories: [String], _ durability: Durability) throws {
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

    package func removeAbandoned() throws -> Int {
        let directory = root + "/tmp"
        guard let stream = opendir(directory) else { return 0 }
        defer { closedir(stream) }
        var removed = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            let path = directory + "/" + name
            let fd = sh_open_write(AT_FDCWD, path)
            guard fd >= 0 else { continue }
            // The process that writes a temporary file holds a lock on it; the lock of a dead one is free.
            if sh_try_lock(fd) == 0, sh_unlink(AT_FDCWD, path, 0) == 0 { removed += 1 }
            close(fd)
        }
        return removed
    }

    /// Makes the directory and its ancestors and returns those whose entries changed.
    @discardableResult
    fileprivate static func makeDirectories(_ path: String) throws -> [String] {
        let result = sh_mkdir(AT_FDCWD, path, 0o700)
        if result == 0 { return [parent(of: path)] }
        if result == -EEXIST { return [] }
        guard result == -ENOENT, path.contains("/") else { throw Failure.storage(-result, "creating", path) }
        let above = try makeDirectories(parent(of: path))
        let again = sh_mkdir(AT_FDCWD, path, 0o700)
        guard again == 0 || again == -EEXIST else { throw Failure.storage(-again, "creating", path) }
        return above + [parent(of: path)]
    }

    fileprivate static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// A temporary file with an exclusive lock, so that others see that somebody is at work on it.
private final class StagedFile: StagedObject {
    private let store: DirectoryStore
    private let path: String
    private var fd: Int32
    private var unflushed = 0
    private var written: Int64 = 0

    init(store: DirectoryStore) throws {
        self.store = store
        let name = SealedObjectID.random().hex
        path = store.root + "/tmp/" + name
        fd = sh_create_exclusive(AT_FDCWD, path, 0o600)
        if fd == -ENOENT, try store.hasFormat() {
            try DirectoryStore.makeDirectories(store.root + "/tmp")
            fd = sh_create_exclusive(AT_FDCWD, path, 0o600)
        }
        guard fd >= 0 else { throw Failure.storage(-fd, "creating", path) }
        let locked = sh_try_lock(fd)
        guard locked == 0 else { throw Failure.storage(-locked, "locking", path) }
    }

    deinit { abandon() }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = write(fd, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure.storage(errno, "writing", path)
            }
            done += count
        }
        written += Int64(bytes.count)
        unflushed += bytes.count
        if unflushed >= 8 << 20 {
            // Lets the disk work while the next chunks are made, so that the sync at the end has little left to do.
            sh_start_writeback(fd)
            unflushed = 0
        }
    }

    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        if durability == .immediate {
            let synced = sh_fdatasync(fd)
            guard synced == 0 else { throw Failure.storage(-synced, "syncing", path) }
        }
        let target = store.path(of: name)
        let directory = DirectoryStore.parent(of: target)
        var touched = [directory]
        var result = sh_link(AT_FDCWD, path, AT_FDCWD, target)
        if result == -ENOENT {
            touched += try DirectoryStore.makeDirectories(directory)
            result = sh_link(AT_FDCWD, path, AT_FDCWD, target)
        }
        if result == -EPERM || result == -EOPNOTSUPP || result == -ENOSYS {
            // A file system without hard links: a rename that refuses a taken name does the same.
            result = sh_rename_noreplace(AT_FDCWD, path, AT_FDCWD, target)
        }
        if result == -EEXIST {
            abandon()
            return .exists
        }
        guard result == 0 else { throw Failure.storage(-result, "naming", target) }
        abandon()
        try store.settle(target, touched, durability)
        return .created
    }

    func abandon() {
        guard fd >= 0 else { return }
        _ = sh_unlink(AT_FDCWD, path, 0)
        close(fd)
        fd = -1
    }
}

extension DirectoryStore {
    /// A store whose root has vanished (an unmounted disk) must not be made anew on the disk below it.
    fileprivate func hasFormat() throws -> Bool { try size(of: ObjectName("FORMAT")) != nil }
}
