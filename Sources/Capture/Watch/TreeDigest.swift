import CLinux
import Glibc

/// One number for all that the file system says of a tree: names, inodes, sizes, times of change, modes, owners. When any of it changes,
/// so does the number; nothing else of the tree is kept. Access times are not in it, or reading would count as a change; of directories no
/// times are, so that their attributes alone are not noticed.
struct TreeDigest: Equatable {
    /// Sums of the entries' hashes do not depend on the order in which they are read.
    private var sum: UInt64 = 0
    private(set) var count = 0

    /// What lies at `path` now, which is the root's or below it. A root that is not there has a digest of its own.
    /// It ends early, with a useless result, once `isStopped` says so.
    init(of root: WatchedRoot, at path: [UInt8], skipping: [[UInt8]], isStopped: () -> Bool) {
        var status = sh_stat()
        guard PathBytes.withPointer(path, { sh_statx(AT_FDCWD, $0, &status) }) == 0 else { return }
        add([], status)
        guard status.mode & S_IFMT == S_IFDIR else { return }
        let base = PathBytes.withPointer(path) { sh_open_place($0) }
        guard base >= 0 else { return }
        defer { close(base) }
        let prefix = PathBytes.relative(path, to: root.path) ?? []
        var stack: [[UInt8]] = [[]]
        while let directory = stack.popLast(), !isStopped() {
            addEntries(of: directory, base) { name, status in
                let inside = PathBytes.join(directory, name)
                let isDirectory = status.mode & S_IFMT == S_IFDIR
                if root.leavesOut(PathBytes.join(prefix, inside), isDirectory: isDirectory) { return false }
                if isDirectory, skipping.isEmpty || !skipping.contains(PathBytes.join(path, inside)) {
                    stack.append(inside)
                }
                return true
            }
        }
    }

    /// `counts` says of each entry whether it does.
    private mutating func addEntries(of directory: [UInt8], _ base: Int32, counts: ([UInt8], sh_stat) -> Bool) {
        let opened = (directory.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { sh_open_source(base, $0, 1) } ?? -EINVAL
        }
        guard opened >= 0 else { return add(directory, errno: opened) }
        defer { close(opened) }
        var contents = DirectoryContents()
        let errno = contents.read(opened)
        if errno != 0 { add(directory, errno: errno) }
        for index in contents.names.indices {
            var status = sh_stat()
            let (result, name) = contents.withName(index) { name, bytes in
                (sh_statx(opened, name, &status), Array(bytes))
            }
            if result == 0 {
                if counts(name, status) { add(PathBytes.join(directory, name), status) }
            } else if result != -ENOENT {
                add(PathBytes.join(directory, name), errno: result)
            }
        }
    }

    private mutating func add(_ path: [UInt8], _ status: sh_stat) {
        var hasher = Hasher()
        path.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(status.inode)
        for value in [status.mode, status.uid, status.gid, status.inode_flags, status.dev_major, status.dev_minor] {
            hasher.combine(value)
        }
        // A directory's times and size change with entries that are left out, too; the others are in the digest themselves.
        if status.mode & S_IFMT != S_IFDIR {
            hasher.combine(status.size)
            for value in [status.mtime_s, status.ctime_s] { hasher.combine(value) }
            for value in [status.mtime_ns, status.ctime_ns] { hasher.combine(value) }
        }
        add(hasher.finalize())
    }

    private mutating func add(_ path: [UInt8], errno: Int32) {
        var hasher = Hasher()
        path.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(errno)
        add(hasher.finalize())
    }

    private mutating func add(_ hash: Int) {
        sum &+= UInt64(truncatingIfNeeded: hash)
        count += 1
    }
}
