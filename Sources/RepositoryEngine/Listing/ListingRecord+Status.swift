import CLinux
import Primitives

extension EntryKind {
    /// Nil for a type that no listing knows.
    package init?(mode: UInt32) {
        switch mode & 0o170000 {
        case 0o040000: self = .directory
        case 0o100000: self = .file
        case 0o120000: self = .symbolicLink
        case 0o010000: self = .fifo
        case 0o020000: self = .characterDevice
        case 0o060000: self = .blockDevice
        case 0o140000: self = .socket
        default: return nil
        }
    }
}

extension ListingRecord {
    /// Whether the file system says that nothing changed since this record was made.
    package func isUnchanged(_ status: sh_stat) -> Bool {
        guard EntryKind(mode: status.mode) == kind, status.inode == inode,
            status.mtime_s == mtime.seconds, status.mtime_ns == mtime.nanoseconds,
            status.ctime_s == ctime.seconds, status.ctime_ns == ctime.nanoseconds,
            flags.isDisjoint(with: [.ancestor, .unreadable, .changedWhileRead])
        else { return false }
        if kind == .file, status.size != size { return false }
        // Members of a hard-link group share the device in their records, so it has to be the one of today.
        return !flags.contains(.hardLinked) || device == UInt64(status.dev_major) << 32 | UInt64(status.dev_minor)
    }
}

// The current record is looked at here and not by the caller: across modules every look would copy the whole of it.
extension PreviousListing {
    package func isUnchanged(_ status: sh_stat) -> Bool { record.isUnchanged(status) }
    package var kind: EntryKind { record.kind }
    package var size: UInt64 { record.size }
}
