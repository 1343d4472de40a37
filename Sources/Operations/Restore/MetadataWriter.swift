import CLinux
import Glibc
import Primitives
import RepositoryEngine

/// Gives entries their owner, attributes, mode and times, in the one order in which none undoes another: changing the owner clears
/// set-id bits and capabilities, the mode decides whether attributes may still be written, an access control list goes over the mode.
struct MetadataWriter: Sendable {
    /// Flags that a restore sets; of the others, compression is only wished for, and the rest say how a file system keeps a file.
    private static let compressed: UInt64 = 0x4
    private static let settableFlags: UInt64 = 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x10000

    let tree: TargetTree
    let ledger: RestoreLedger

    /// All but the inode flags, on an open file or directory that was made with `mode` in `directory`.
    func apply(
        _ metadata: Metadata, to descriptor: Int32, madeWith mode: UInt32?, in directory: DirectoryHandle?,
        path: () -> [UInt8]
    ) {
        let inherited = directory?.hasDefaultACL ?? false
        let owned = setOwner(metadata, isNew: mode != nil && !(directory?.existed ?? true), path: path) {
            sh_fchown(descriptor, $0, $1)
        }
        if inherited {
            _ = sh_fremovexattr(descriptor, "system.posix_acl_access")
            if mode == nil { _ = sh_fremovexattr(descriptor, "system.posix_acl_default") }
        }
        setAttributes(metadata, acl: false, path) { sh_fsetxattr(descriptor, $0, $1, $2) }
        if mode != metadata.mode || inherited || (owned && metadata.mode & 0o7000 != 0) {
            check(sh_fchmod(descriptor, metadata.mode), "setting its mode", path)
        }
        setAttributes(metadata, acl: true, path) { sh_fsetxattr(descriptor, $0, $1, $2) }
        if let mtime = metadata.mtime {
            check(sh_futimes(descriptor, mtime.seconds, mtime.nanoseconds), "setting its time", path)
        }
    }

    /// The same for a name: symbolic links, FIFOs and devices are not opened.
    func apply(
        _ metadata: Metadata, to name: [UInt8], _ kind: EntryKind, in directory: DirectoryHandle, path: () -> [UInt8]
    ) {
        name.withPath { name in
            _ = setOwner(metadata, isNew: !directory.existed, path: path) {
                sh_chown(directory.descriptor, name, $0, $1)
            }
            if metadata.rare?.attributes.isEmpty == false || (directory.hasDefaultACL && kind != .symbolicLink) {
                let proxy = "/proc/self/fd/\(directory.descriptor)/"
                let full =
                    Array(proxy.utf8)
                    + UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) }
                full.withPath { full in
                    setAttributes(metadata, acl: false, path) { sh_lsetxattr(full, $0, $1, $2) }
                    if kind != .symbolicLink {
                        check(sh_chmod(directory.descriptor, name, metadata.mode), "setting its mode", path)
                    }
                    setAttributes(metadata, acl: true, path) { sh_lsetxattr(full, $0, $1, $2) }
                }
            } else if kind != .symbolicLink {
                check(sh_chmod(directory.descriptor, name, metadata.mode), "setting its mode", path)
            }
            if let mtime = metadata.mtime {
                check(sh_utimes(directory.descriptor, name, mtime.seconds, mtime.nanoseconds), "setting its time", path)
            }
        }
    }

    /// Last of all: an immutable file cannot even be renamed.
    func applyFlags(_ metadata: Metadata, to descriptor: Int32, path: () -> [UInt8]) {
        guard let rare = metadata.rare, rare.inodeFlags & Self.settableFlags != 0 else { return }
        let current = sh_file_flags(descriptor)
        let wanted = UInt32(truncatingIfNeeded: rare.inodeFlags & Self.settableFlags)
        guard current < 0 || UInt32(truncatingIfNeeded: current) & wanted != wanted else { return }
        check(
            sh_set_file_flags(descriptor, UInt32(truncatingIfNeeded: max(0, current)) | wanted),
            "setting its inode flags", path)
    }

    /// Whether the flags that `metadata` asks for are among those that statx(2) told.
    static func holdsFlags(_ metadata: Metadata, _ flags: UInt32) -> Bool {
        let wanted = UInt32(truncatingIfNeeded: (metadata.rare?.inodeFlags ?? 0) & settableFlags)
        return flags & wanted == wanted
    }

    /// Compression has to be asked for while a file is empty. It is a wish: where the file system does not know it, the content
    /// is the same.
    static func wishCompression(_ metadata: Metadata, of descriptor: Int32) {
        guard let rare = metadata.rare, rare.inodeFlags & Self.compressed != 0 else { return }
        let current = sh_file_flags(descriptor)
        guard current >= 0, UInt64(current) & Self.compressed == 0 else { return }
        _ = sh_set_file_flags(descriptor, UInt32(truncatingIfNeeded: UInt64(current) | Self.compressed))
    }

    /// Takes off a directory what the snapshot protects it with and an earlier restore has set. It is set again when nothing more
    /// comes into the directory.
    static func openUp(_ directory: DirectoryHandle, _ metadata: Metadata?) {
        guard directory.existed, let flags = metadata?.rare?.inodeFlags, flags & UInt64(Protection.flags) != 0 else {
            return
        }
        _ = Protection.lift(directory.descriptor)
    }

    private func setOwner(_ metadata: Metadata, isNew: Bool, path: () -> [UInt8], _ chown: (UInt32, UInt32) -> Int32)
        -> Bool
    {
        if tree.isSuperuser {
            if isNew, metadata.uid == tree.user, metadata.gid == tree.group { return false }
            check(chown(metadata.uid, metadata.gid), "setting its owner", path)
            return true
        }
        var refused = metadata.uid != tree.user
        var changed = false
        if metadata.gid != tree.group || !isNew {
            changed = chown(.max, metadata.gid) == 0
            refused = refused || !changed
        }
        if refused { ledger.ownerRefused() }
        return changed
    }

    private func setAttributes(
        _ metadata: Metadata, acl: Bool, _ path: () -> [UInt8],
        _ set: (UnsafePointer<CChar>, UnsafeRawPointer?, Int) -> Int32
    ) {
        guard let rare = metadata.rare else { return }
        for attribute in rare.attributes where attribute.name.starts(with: "system.posix_acl_".utf8) == acl {
            let result = attribute.name.withPath { name in
                attribute.value.withUnsafeBytes { set(name, $0.baseAddress, $0.count) }
            }
            if result < 0 {
                check(result, "setting its attribute \(String(decoding: attribute.name, as: UTF8.self))", path)
            }
        }
    }

    private func check(_ result: Int32, _ doing: String, _ path: () -> [UInt8]) {
        if result < 0 { ledger.problem(path(), .metadata, SystemError(result, doing).reason) }
    }
}
