import Primitives
import RepositoryEngine

/// An entry of a snapshot, for a person to see.
package struct ListedEntry: Sendable {
    package enum Kind: String, Sendable {
        case directory, file, symbolicLink = "link", fifo, characterDevice = "character-device", blockDevice =
            "block-device", socket
    }

    /// Absolute, with the leading slash.
    package var path: [UInt8]
    package var kind: Kind
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    package var user: String?
    package var group: String?
    package var size: UInt64
    package var modified: Timestamp
    /// Nil where the backup did not trust it: the file changed in the moment it was looked at.
    package var changed: Timestamp?
    /// Names of the extended attributes.
    package var attributes: [[UInt8]]
    package var isSparse: Bool
    package var inode: UInt64
    package var linkCount: UInt64
    package var target: [UInt8]
    package var device: (major: UInt32, minor: UInt32)
    /// SHA-256 of a file's content.
    package var digest: Digest32
    package var changedWhileRead: Bool
    package var isUnreadable: Bool

    init(_ record: ListingRecord, owners: [OwnerName]) {
        path = [0x2F] + record.path
        kind = Kind(record.kind)
        mode = record.mode
        uid = record.uid
        gid = record.gid
        user = owners.first { !$0.isGroup && $0.id == record.uid }?.name
        group = owners.first { $0.isGroup && $0.id == record.gid }?.name
        size = record.size
        modified = Timestamp(record.mtime)
        changed = record.ctime == .zero ? nil : Timestamp(record.ctime)
        attributes = record.flags.contains(.extendedAttributes) ? record.attributes.map(\.name) : []
        isSparse = record.flags.contains(.holes)
        inode = record.inode
        linkCount = record.linkCount
        target = record.target
        device = (record.deviceMajor, record.deviceMinor)
        digest = record.digest
        changedWhileRead = record.flags.contains(.changedWhileRead)
        isUnreadable = record.flags.contains(.unreadable)
    }
}

extension ListedEntry.Kind {
    init(_ kind: EntryKind) {
        self =
            switch kind {
            case .directory: .directory
            case .file: .file
            case .symbolicLink: .symbolicLink
            case .fifo: .fifo
            case .characterDevice: .characterDevice
            case .blockDevice: .blockDevice
            case .socket: .socket
            }
    }
}

extension Timestamp {
    /// File systems know times that nanoseconds in 64 bits do not reach; those become the nearest.
    init(_ time: FileTime) {
        let (scaled, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let limit: Int64 = time.seconds < 0 ? .min : .max
        let (sum, beyond) = scaled.addingReportingOverflow(Int64(time.nanoseconds))
        self.init(nanoseconds: overflow || beyond ? limit : sum)
    }
}
