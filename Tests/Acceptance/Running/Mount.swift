import Glibc
import Testing

/// A small file system of a test's own; it goes with this value.
final class Mount: Sendable {
    /// Whether it may be mounted here: containers often forbid it, even to root.
    static let isPossible: Bool = {
        guard isRoot, let scratch = try? Scratch() else { return false }
        return (try? Mount(at: scratch.path, size: "1m")) != nil
    }()
    static let reason: Comment = "mounting is not permitted here; it takes root, and in containers often more"

    let path: String

    /// In memory.
    init(at path: String, size: String) throws {
        self.path = path
        try #require(
            mount("tmpfs", path, "tmpfs", 0, "size=\(size),mode=0777") == 0,
            "\(path): \(String(cString: strerror(errno)))")
    }

    /// An ext4 in the file `image`, which is made; nil where that cannot be mounted.
    init?(ext4 path: String, image: String) throws {
        self.path = path
        let made = try ChildProcess.run([
            "sh", "-c", "truncate -s 32M \"$1\" && mkfs.ext4 -q \"$1\" && mount -o loop \"$1\" \"$2\"", "sh", image,
            path,
        ])
        guard made.status == 0 else { return nil }
    }

    /// An exFAT, as large sticks have it: no hard links, no owners, no modes. Nil where that cannot be made or mounted.
    init?(exfat path: String, image: String) throws {
        self.path = path
        guard ChildProcess.has("mkfs.exfat"), ChildProcess.has("mount.exfat-fuse") else { return nil }
        // The loop device goes with the mount. The server of the file system stays when this script ends: it must not hold the descriptor
        // by which the end is seen.
        let made = try ChildProcess.run([
            "bash", "-c",
            "truncate -s 32M \"$1\" && mkfs.exfat \"$1\" && l=$(losetup -f --show \"$1\") && { mount.exfat-fuse \"$l\" \"$2\" 63>&-; s=$?; losetup -d \"$l\"; exit $s; }",
            "bash", image, path,
        ])
        guard made.status == 0 else { return nil }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Takes it away although files in it are open.
    func vanish() { umount2(path, Int32(MNT_DETACH)) }

    func makeReadOnly() -> Bool { mount("none", path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 }
}
