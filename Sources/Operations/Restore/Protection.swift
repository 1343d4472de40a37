import CLinux
import Glibc

/// The inode flags by which a file or directory refuses to be changed, renamed, replaced or given another name.
enum Protection {
    /// Immutable and append-only.
    static let flags: UInt32 = 0x30

    /// Takes them off an open entry. Nil when there are none, or they cannot be taken off; otherwise all flags as they were.
    static func lift(_ descriptor: Int32) -> UInt32? {
        let current = sh_file_flags(descriptor)
        guard current >= 0 else { return nil }
        let before = UInt32(truncatingIfNeeded: current)
        guard before & flags != 0, sh_set_file_flags(descriptor, before & ~flags) == 0 else { return nil }
        return before
    }

    /// What `body` returns; when protection of `name` refuses it, what it returns without that, which is put back afterwards.
    static func lifted(from name: UnsafePointer<CChar>, in directory: DirectoryHandle, _ body: () -> Int32) -> Int32 {
        let refused = body()
        guard refused == -EPERM else { return refused }
        let descriptor = sh_open_read(directory.descriptor, name)
        guard descriptor >= 0 else { return refused }
        defer { close(descriptor) }
        guard let before = lift(descriptor) else { return refused }
        let result = body()
        let putBack = sh_set_file_flags(descriptor, before)
        return result == 0 ? putBack : result
    }

    /// Gives `temporary` its name, also over a protected file, which is to be replaced.
    static func rename(
        _ temporary: UnsafePointer<CChar>, over name: UnsafePointer<CChar>, in directory: DirectoryHandle
    ) -> Int32 {
        let renamed = sh_rename(directory.descriptor, temporary, directory.descriptor, name)
        guard renamed == -EPERM else { return renamed }
        let descriptor = sh_open_read(directory.descriptor, name)
        guard descriptor >= 0 else { return renamed }
        defer { close(descriptor) }
        guard lift(descriptor) != nil else { return renamed }
        return sh_rename(directory.descriptor, temporary, directory.descriptor, name)
    }
}
