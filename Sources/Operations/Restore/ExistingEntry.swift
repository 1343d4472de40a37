import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// What to do about an entry, given what stands at its place.
enum Disposition {
    case make(replaces: Bool)
    /// It is there already, as the snapshot has it.
    case keep
    case skip
    case refuse(String)
}

/// Compares entries of the snapshot with what is in the target.
struct ExistingEntries {
    let options: RestoreOptions
    let metadata: MetadataWriter

    func disposition(of record: ListingRecord, _ name: [UInt8], in directory: DirectoryHandle) -> Disposition {
        guard directory.existed else { return .make(replaces: false) }
        var status = sh_stat()
        let result = name.withPath { sh_statx(directory.descriptor, $0, &status) }
        if result == -ENOENT { return .make(replaces: false) }
        if result < 0 { return .refuse(SystemError(result, "looking at what is there").reason) }
        let same = options.overwrite != .always && isSame(record, status, name, directory)
        if same {
            if !options.dryRun, options.overwrite != .never { amend(record, status, name, directory) }
            return .keep
        }
        if options.overwrite == .never { return .skip }
        return status.mode & S_IFMT == S_IFDIR
            ? .refuse("a directory stands where this entry belongs") : .make(replaces: true)
    }

    private func isSame(_ record: ListingRecord, _ status: sh_stat, _ name: [UInt8], _ directory: DirectoryHandle)
        -> Bool
    {
        guard status.mode & S_IFMT == record.kind.modeBits else { return false }
        switch record.kind {
        case .file:
            guard status.size == record.size else { return false }
            if status.mtime_s == record.mtime.seconds, status.mtime_ns == record.mtime.nanoseconds { return true }
            return Self.digest(of: name, in: directory) == record.digest
        case .symbolicLink:
            var target = [CChar](repeating: 0, count: record.target.count + 1)
            let count = name.withPath { sh_readlink(directory.descriptor, $0, &target, target.count) }
            return count == record.target.count
                && target.prefix(count).elementsEqual(record.target.map { CChar(bitPattern: $0) })
        case .characterDevice, .blockDevice:
            return status.rdev_major == record.deviceMajor && status.rdev_minor == record.deviceMinor
        case .fifo, .socket, .directory:
            return true
        }
    }

    /// Content is the same; owner, mode, time, attributes and flags are made so.
    private func amend(_ record: ListingRecord, _ status: sh_stat, _ name: [UInt8], _ directory: DirectoryHandle) {
        let wanted = Metadata(record)
        let ownerHolds = !metadata.tree.isSuperuser || (status.uid == wanted.uid && status.gid == wanted.gid)
        let timeHolds = wanted.mtime.map { status.mtime_s == $0.seconds && status.mtime_ns == $0.nanoseconds } ?? true
        let modeHolds = record.kind == .symbolicLink || status.mode & 0o7777 == wanted.mode
        let isDone = ownerHolds && timeHolds && modeHolds
        let flagsHold = MetadataWriter.holdsFlags(wanted, status.inode_flags)
        if isDone, record.attributes.isEmpty, flagsHold { return }
        if record.kind == .file {
            let descriptor = name.withPath { sh_open_read(directory.descriptor, $0) }
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            if !isDone || !record.attributes.allSatisfy({ Self.has(descriptor, $0) }) {
                if record.inodeFlags & UInt64(Protection.flags) != 0 { _ = Protection.lift(descriptor) }
                metadata.apply(wanted, to: descriptor, madeWith: nil, in: nil) { record.path }
            }
            metadata.applyFlags(wanted, to: descriptor) { record.path }
        } else {
            metadata.apply(wanted, to: name, record.kind, in: directory) { record.path }
        }
    }

    private static func has(_ descriptor: Int32, _ attribute: ExtendedAttribute) -> Bool {
        var value = [UInt8](repeating: 0, count: attribute.value.count + 1)
        let count = attribute.name.withPath { sh_fgetxattr(descriptor, $0, &value, value.count) }
        return count == attribute.value.count && value.dropLast() == attribute.value[...]
    }

    /// SHA-256 of a file's content; nil when it cannot be read.
    static func digest(of name: [UInt8], in directory: DirectoryHandle) -> Digest32? {
        let descriptor = name.withPath { sh_open_read(directory.descriptor, $0) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var hasher = RunningSHA256()
        return LocalFile.forEachPiece(of: descriptor) { hasher.update($0) } == 0 ? hasher.value() : nil
    }
}

extension EntryKind {
    /// As in `st_mode`.
    var modeBits: UInt32 {
        switch self {
        case .directory: S_IFDIR
        case .file: S_IFREG
        case .symbolicLink: S_IFLNK
        case .fifo: S_IFIFO
        case .characterDevice: S_IFCHR
        case .blockDevice: S_IFBLK
        case .socket: S_IFSOCK
        }
    }
}
