import Anomaly
import CLinux
import Capture
import Primitives
import RepositoryEngine
import Sealing
import Synchronization

/// A record on its way into the listing: its place is fixed, its content may still be read.
final class PendingEntry: @unchecked Sendable {
    // SAFETY: `record`, `status`, `isDropped`, `look` and `isKnownContent` belong to the thread that reads the file until `isResolved` is set
    // (releasing), and to the consumer once it has seen that (acquiring). `before` is set before anybody reads, `isCounted` and `renaming` are
    // the consumer's.
    var record: ListingRecord
    var status: sh_stat
    /// The file vanished before it could be read: no record is written.
    var isDropped = false
    /// What the listing before has under this name.
    enum Before {
        /// There is none to compare with.
        case unknown
        case absent
        case content(Digest32)
    }
    var before = Before.unknown
    /// Where there is something to compare with.
    var look: ContentLook?
    /// Nothing of it had to be stored.
    var isKnownContent = false
    var isCounted = false
    var renaming: ChangeTally.Renaming?
    let root: SourceRoot?
    private let resolved = Atomic<Bool>(false)

    init(record: ListingRecord, status: sh_stat, root: SourceRoot?) {
        self.record = record
        self.root = root
        self.status = status
    }

    /// Whether anybody wants to know how its content looks.
    var isCompared: Bool { if case .unknown = before { false } else { true } }

    /// A piece of a large file. One that begins with a hole has no header to look for.
    func lookAt(_ piece: UnsafeRawBufferPointer, isFirst: Bool) {
        if isFirst {
            var look = ContentLook()
            look.begin(piece)
            self.look = look
        } else {
            look?.look(at: piece)
        }
    }

    var isResolved: Bool { resolved.load(ordering: .acquiring) }
    func markResolved() { resolved.store(true, ordering: .releasing) }

    /// Takes a file's metadata over, as it was when its content was read.
    func apply(_ status: sh_stat, began: Timestamp) {
        self.status = status
        record.apply(status, began: began)
    }
}

extension ListingRecord {
    /// A record of `path` with what `status` says. A file that changed since (or just before) the backup began gets no ctime, so that the
    /// next run reads it again: within one tick of the clock a second change would look like none.
    init(path: UnsafeRawBufferPointer, status: sh_stat, began: Timestamp) {
        self.init()
        self.path = Array(path)
        apply(status, began: began)
    }

    mutating func apply(_ status: sh_stat, began: Timestamp) {
        kind = EntryKind(mode: status.mode) ?? .file
        mode = status.mode & 0o7777
        (uid, gid) = (status.uid, status.gid)
        mtime = FileTime(seconds: status.mtime_s, nanoseconds: status.mtime_ns)
        ctime = FileTime(seconds: status.ctime_s, nanoseconds: status.ctime_ns)
        let changed = status.ctime_s.multipliedReportingOverflow(by: 1_000_000_000)
        if changed.overflow || changed.partialValue + Int64(status.ctime_ns) > began.nanoseconds - 50_000_000 {
            ctime = .zero
        }
        inode = status.inode
        inodeFlags = UInt64(status.inode_flags)
        if inodeFlags == 0 { flags.remove(.inodeFlags) } else { flags.insert(.inodeFlags) }
        device = UInt64(status.dev_major) << 32 | UInt64(status.dev_minor)
        if kind != .directory, status.nlink > 1 {
            flags.insert(.hardLinked)
            linkCount = UInt64(status.nlink)
        } else {
            flags.remove(.hardLinked)
            linkCount = 1
        }
        if kind == .characterDevice || kind == .blockDevice {
            (deviceMajor, deviceMinor) = (status.rdev_major, status.rdev_minor)
        }
        if kind == .file { size = status.size }
    }
}
