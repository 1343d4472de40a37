import Primitives
import RepositoryEngine

/// How an entry differs between two snapshots.
package struct Difference: Sendable {
    package enum Change: String, Sendable {
        case added, removed, content, metadata, kind
    }

    /// Absolute, with the leading slash.
    package var path: [UInt8]
    package var change: Change
    /// What it is now; of something that was removed, what it was.
    package var kind: ListedEntry.Kind
    package var sizeBefore: UInt64?
    package var sizeAfter: UInt64?
    /// When the file system says that it became what it is now: no program chooses that. Where the backup did not trust it, when it was
    /// modified, by its own word. Nil of what was removed.
    package var changed: Timestamp?
    /// Of a changed entry: mode, owner, mtime, xattr, acl, links, target, flags.
    package var attributes: [String] = []

    /// Calls `body` with what is different at or below `path`, in path order; it returns false to stop. Blocks of the listings that
    /// both snapshots share are not read.
    package static func between(
        _ before: OpenedSnapshot, _ after: OpenedSnapshot, below path: [UInt8]? = nil,
        _ body: (Difference) throws -> Bool
    ) throws {
        let wanted = path.map(ListingPath.of) ?? []
        var oldReader = before.listing()
        var newReader = after.listing()
        let oldBlocks = try oldReader.blocks(below: before.root) { $0.mayHold(wanted) }
        let newBlocks = try newReader.blocks(below: after.root) { $0.mayHold(wanted) }
        let shared = Set(oldBlocks.map(\.id)).intersection(newBlocks.map(\.id))
        var old = try RecordCursor(reader: oldReader, blocks: oldBlocks.filter { !shared.contains($0.id) })
        var new = try RecordCursor(reader: newReader, blocks: newBlocks.filter { !shared.contains($0.id) })
        while !old.isAtEnd || !new.isAtEnd {
            let order = old.isAtEnd ? 1 : new.isAtEnd ? -1 : PathOrder.compare(old.record.path, new.record.path)
            let current = order < 0 ? old.record.path : new.record.path
            if PathOrder.isInside(current, wanted),
                let difference = Difference(order <= 0 ? old.record : nil, order >= 0 ? new.record : nil)
            {
                guard try body(difference) else { return }
            }
            if order <= 0 { try old.advance() }
            if order >= 0 { try new.advance() }
        }
    }

    /// Nil where both are the same. Ancestors of what was backed up do not count: they are only on the way to it.
    init?(_ old: ListingRecord?, _ new: ListingRecord?) {
        let (old, new) = (
            old.flatMap { $0.flags.contains(.ancestor) ? nil : $0 },
            new.flatMap { $0.flags.contains(.ancestor) ? nil : $0 }
        )
        guard let present = new ?? old else { return nil }
        path = [0x2F] + present.path
        kind = ListedEntry.Kind(present.kind)
        sizeBefore = old.flatMap { $0.kind == .file ? $0.size : nil }
        changed = new.flatMap { Self.time($0.ctime) ?? Self.time($0.mtime) }
        sizeAfter = new.flatMap { $0.kind == .file ? $0.size : nil }
        guard let old else {
            change = .added
            return
        }
        guard let new else {
            change = .removed
            return
        }
        attributes = Self.attributes(old, new)
        if old.kind != new.kind {
            change = .kind
        } else if old.digest != new.digest || old.size != new.size
            || old.flags.contains(.unreadable) != new.flags.contains(.unreadable)
        {
            change = .content
        } else if !attributes.isEmpty {
            change = .metadata
        } else {
            return nil
        }
    }

    private static func time(_ file: FileTime) -> Timestamp? {
        let (whole, isBeyond) = file.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isBeyond || file == .zero ? nil : Timestamp(nanoseconds: whole &+ Int64(file.nanoseconds))
    }

    private static func attributes(_ old: ListingRecord, _ new: ListingRecord) -> [String] {
        var changed: [String] = []
        if old.mode != new.mode { changed.append("mode") }
        if (old.uid, old.gid) != (new.uid, new.gid) { changed.append("owner") }
        // A directory's time changes with its entries, which are reported themselves.
        if old.mtime != new.mtime, new.kind != .directory { changed.append("mtime") }
        if extended(old, acl: false) != extended(new, acl: false) { changed.append("xattr") }
        if extended(old, acl: true) != extended(new, acl: true) { changed.append("acl") }
        if old.linkCount != new.linkCount, new.kind == .file { changed.append("links") }
        if old.target != new.target || (old.deviceMajor, old.deviceMinor) != (new.deviceMajor, new.deviceMinor) {
            changed.append("target")
        }
        if old.inodeFlags != new.inodeFlags { changed.append("flags") }
        return changed
    }

    private static func extended(_ record: ListingRecord, acl: Bool) -> [ExtendedAttribute] {
        guard record.flags.contains(.extendedAttributes) else { return [] }
        return record.attributes.filter { $0.name.starts(with: Array("system.posix_acl_".utf8)) == acl }
    }
}
