import CLinux
import Glibc

/// What lies at a root's path at one moment. While it stays equal, the same watches serve.
struct RootStanding: Equatable {
    enum Kind { case directory, other, missing }

    var kind: Kind
    /// Of what lies there.
    var device: UInt64 = 0
    var inode: UInt64 = 0
    /// The root's path without symbolic links above it; its end may not exist.
    var realPath: [UInt8]
    /// The directory on whose file system it is decided how to watch: the root itself, or the nearest above it that exists.
    var anchor: [UInt8]
    var fileSystem: FileSystemKind
    /// File systems that belong to the root as well.
    var below: [MountTable.Mount]

    /// Looks. It waits as long as the file system does.
    init(of root: WatchedRoot, in table: MountTable) {
        var status = sh_stat()
        let found = PathBytes.withPointer(root.path) { sh_statx(AT_FDCWD, $0, &status) } == 0
        kind = !found ? .missing : status.mode & S_IFMT == S_IFDIR ? .directory : .other
        if found { (device, inode) = (UInt64(status.dev_major) << 32 | UInt64(status.dev_minor), status.inode) }
        let place = Self.nearestDirectory(kind == .directory ? root.path : PathBytes.parent(root.path), in: table)
        (anchor, fileSystem) = (place.realPath, place.kind)
        realPath = PathBytes.join(place.realPath, PathBytes.relative(root.path, to: place.path) ?? [])
        below = kind == .directory && !root.staysOnFileSystem ? table.mounts(below: realPath) : []
    }

    private static func nearestDirectory(
        _ path: [UInt8], in table: MountTable
    ) -> (path: [UInt8], realPath: [UInt8], kind: FileSystemKind) {
        let directory = PathBytes.withPointer(path) { sh_open_place($0) }
        guard directory >= 0 else {
            return path == [.slash] ? (path, path, .local) : nearestDirectory(PathBytes.parent(path), in: table)
        }
        defer { close(directory) }
        let kind = table.mount(id: sh_mount_id(directory))?.kind ?? .local
        return (path, OpenedPath.of(directory) ?? path, kind)
    }

    func isSkipped(_ path: [UInt8]) -> Bool { below.contains { $0.point == path && $0.kind != .local } }
}

/// Where something lies that is open.
enum OpenedPath {
    /// Nil where /proc is not mounted, or when it lies nowhere any more.
    static func of(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = sh_readlink(AT_FDCWD, "/proc/self/fd/\(descriptor)", &buffer, 4096)
        guard count > 0, count < 4096, buffer[0] == 0x2F else { return nil }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }
}
