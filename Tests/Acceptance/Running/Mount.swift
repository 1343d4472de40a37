import Glibc

/// A small file system in memory; it goes with this value. Nil where mounting is not permitted, as in many containers.
final class Mount: Sendable {
    let path: String

    init?(at path: String, size: String) {
        self.path = path
        guard isRoot, mount("tmpfs", path, "tmpfs", 0, "size=\(size),mode=0777") == 0 else { return nil }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Takes it away although files in it are open.
    func vanish() { umount2(path, Int32(MNT_DETACH)) }

    func makeReadOnly() -> Bool { mount("none", path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 }
}
