import Primitives
import Sealing

/// What an entry of a tree is.
package enum EntryKind: UInt8, Sendable {
    case directory = 1, file, symbolicLink, fifo, characterDevice, blockDevice, socket
}

package struct EntryFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let hardLinked = EntryFlags(rawValue: 1)
    package static let extendedAttributes = EntryFlags(rawValue: 2)
    package static let holes = EntryFlags(rawValue: 4)
    package static let contentList = EntryFlags(rawValue: 8)
    package static let changedWhileRead = EntryFlags(rawValue: 16)
    package static let ancestor = EntryFlags(rawValue: 32)
    package static let unreadable = EntryFlags(rawValue: 64)
    package static let inodeFlags = EntryFlags(rawValue: 128)
    package static let known = EntryFlags(rawValue: 255)
}

/// Seconds and nanoseconds, as a file system has them.
package struct FileTime: Sendable, Hashable {
    package var seconds: Int64
    package var nanoseconds: UInt32
    package init(seconds: Int64, nanoseconds: UInt32) { (self.seconds, self.nanoseconds) = (seconds, nanoseconds) }
    package static let zero = FileTime(seconds: 0, nanoseconds: 0)
}

/// Part of a chunk's plaintext. In a bundle, offsets count from its first segment.
package struct Slice: Sendable, Hashable {
    package var type: ChunkType
    package var id: ChunkID
    package var offset: UInt32
    package var count: UInt32

    package init(type: ChunkType, id: ChunkID, offset: UInt32, count: UInt32) {
        (self.type, self.id, self.offset, self.count) = (type, id, offset, count)
    }
}

/// A stretch of a file that holds data.
package struct Extent: Sendable, Hashable {
    package var offset: UInt64
    package var count: UInt64
    package init(offset: UInt64, count: UInt64) { (self.offset, self.count) = (offset, count) }
}

package struct ExtendedAttribute: Sendable, Hashable {
    package var name: [UInt8]
    package var value: [UInt8]
    package init(name: [UInt8], value: [UInt8]) { (self.name, self.value) = (name, value) }
}

/// One entry of a listing (docs/format.md, section 7).
package struct ListingRecord: Sendable, Equatable {
    /// Absolute, without the leading slash; any bytes but NUL.
    package var path: [UInt8] = []
    package var kind: EntryKind = .file
    package var flags: EntryFlags = []
    package var mode: UInt32 = 0
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var mtime: FileTime = .zero
    package var ctime: FileTime = .zero
    package var inode: UInt64 = 0
    /// Major in the upper half, minor in the lower.
    package var device: UInt64 = 0
    package var linkCount: UInt64 = 1
    package var inodeFlags: UInt64 = 0
    package var attributes: [ExtendedAttribute] = []
    package var size: UInt64 = 0
    package var digest: Digest32 = .zero
    package var slices: [Slice] = []
    /// With a content list: the reference blocks that name its chunks, one for each slice.
    package var listTwins: [ChunkID] = []
    package var extents: [Extent] = []
    package var target: [UInt8] = []
    package var deviceMajor: UInt32 = 0
    package var deviceMinor: UInt32 = 0

    package init() {}
}

/// Orders paths as a listing does: as bytes, but '/' below all others, so that what is in a directory follows it at once.
package enum PathOrder {
    package static func compare(_ x: UnsafeRawBufferPointer, _ y: UnsafeRawBufferPointer) -> Int {
        let common = min(x.count, y.count)
        var i = 0
        while i &+ 8 <= common,
            x.loadUnaligned(fromByteOffset: i, as: UInt64.self) == y.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        { i &+= 8 }
        while i < common {
            let (a, b) = (x[i], y[i])
            if a != b {
                let (ra, rb) = (a == 0x2F ? 0 : Int(a) + 1, b == 0x2F ? 0 : Int(b) + 1)
                return ra - rb
            }
            i &+= 1
        }
        return x.count - y.count
    }

    package static func compare(_ x: [UInt8], _ y: [UInt8]) -> Int {
        x.withUnsafeBytes { x in y.withUnsafeBytes { y in compare(x, y) } }
    }

    /// Whether `path` is `ancestor` or lies below it. The empty path is above all.
    package static func isInside(_ path: [UInt8], _ ancestor: [UInt8]) -> Bool {
        ancestor.isEmpty
            || (path.starts(with: ancestor) && (path.count == ancestor.count || path[ancestor.count] == 0x2F))
    }
}
