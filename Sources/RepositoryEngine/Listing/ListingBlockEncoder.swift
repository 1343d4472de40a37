import Primitives
import Sealing

/// A user's or group's name, as it was known on the host.
package struct OwnerName: Sendable, Hashable, Comparable {
    package var isGroup: Bool
    package var id: UInt32
    package var name: String
    package init(isGroup: Bool, id: UInt32, name: String) { (self.isGroup, self.id, self.name) = (isGroup, id, name) }
    package static func < (x: OwnerName, y: OwnerName) -> Bool {
        (x.isGroup ? 1 : 0, x.id) < (y.isGroup ? 1 : 0, y.id)
    }
}

/// Encodes records, in order, into one listing block.
package struct ListingBlockEncoder {
    private var records = ByteWriter(capacity: 64 << 10)
    private var chunks: [(type: ChunkType, id: ChunkID)] = []
    private var ordinals: [ChunkID: Int] = [:]
    private var owners: [UInt64: OwnerName] = [:]
    private var previousPath: [UInt8] = []
    private var previousInode: UInt64 = 0
    private var previousMtime: Int64 = 0
    private var previousCtime: Int64 = 0

    package private(set) var recordCount = 0
    package private(set) var fileCount = 0
    package private(set) var contentBytes: UInt64 = 0
    package private(set) var newestMtime = Int64.min
    package private(set) var firstPath: [UInt8] = []

    package init() {}

    package var lastPath: [UInt8] { previousPath }
    package var byteCount: Int { records.count + chunks.count * 33 }
    /// The chunks that the records refer to, in order of first appearance.
    package var references: [(type: ChunkType, id: ChunkID)] { chunks }

    package mutating func append(_ record: ListingRecord, owner: (Bool, UInt32) -> String?) {
        if recordCount == 0 { firstPath = record.path }
        recordCount += 1
        newestMtime = max(newestMtime, record.mtime.seconds)
        noteOwner(isGroup: false, record.uid, owner)
        noteOwner(isGroup: true, record.gid, owner)
        encodeCommon(record)
        switch record.kind {
        case .file:
            fileCount += 1
            contentBytes &+= record.size
            encodeContent(record)
        case .symbolicLink:
            records.counted(record.target)
        case .characterDevice, .blockDevice:
            records.varint(UInt64(record.deviceMajor))
            records.varint(UInt64(record.deviceMinor))
        case .directory, .fifo, .socket:
            break
        }
    }

    private mutating func noteOwner(isGroup: Bool, _ id: UInt32, _ owner: (Bool, UInt32) -> String?) {
        let key = UInt64(id) | (isGroup ? 1 << 32 : 0)
        if owners[key] == nil { owners[key] = OwnerName(isGroup: isGroup, id: id, name: owner(isGroup, id) ?? "") }
    }

    private mutating func encodeCommon(_ record: ListingRecord) {
        let shared = Self.sharedCount(previousPath, record.path)
        records.varint(shared)
        records.counted(record.path[shared...])
        previousPath = record.path
        records.u8(record.kind.rawValue)
        records.varint(record.flags.rawValue)
        records.varint(UInt64(record.mode))
        records.varint(UInt64(record.uid))
        records.varint(UInt64(record.gid))
        records.signed(record.mtime.seconds &- previousMtime)
        records.varint(UInt64(record.mtime.nanoseconds))
        previousMtime = record.mtime.seconds
        records.signed(record.ctime.seconds &- previousCtime)
        records.varint(UInt64(record.ctime.nanoseconds))
        previousCtime = record.ctime.seconds
        records.signed(Int64(bitPattern: record.inode &- previousInode))
        previousInode = record.inode
        records.varint(record.device)
        if record.flags.contains(.hardLinked) { records.varint(record.linkCount) }
        if record.flags.contains(.inodeFlags) { records.varint(record.inodeFlags) }
        if record.flags.contains(.extendedAttributes) {
            records.varint(record.attributes.count)
            for attribute in record.attributes {
                records.counted(attribute.name)
                records.counted(attribute.value)
            }
        }
    }

    private mutating func encodeContent(_ record: ListingRecord) {
        records.varint(record.size)
        records.digest(record.digest)
        records.varint(record.slices.count)
        for slice in record.slices {
            records.varint(ordinal(slice.type, slice.id))
            records.varint(UInt64(slice.offset))
            records.varint(UInt64(slice.count))
        }
        if record.flags.contains(.contentList) {
            records.varint(record.listTwins.count)
            for twin in record.listTwins { records.varint(ordinal(.referenceBlock, twin)) }
        }
        guard record.flags.contains(.holes) else { return }
        records.varint(record.extents.count)
        var end: UInt64 = 0
        for extent in record.extents {
            records.varint(extent.offset - end)
            records.varint(extent.count)
            end = extent.offset + extent.count
        }
    }

    private mutating func ordinal(_ type: ChunkType, _ id: ChunkID) -> Int {
        if let last = chunks.last, last.id == id { return chunks.count - 1 }
        if let ordinal = ordinals[id] { return ordinal }
        ordinals[id] = chunks.count
        chunks.append((type, id))
        return chunks.count - 1
    }

    private static func sharedCount(_ x: [UInt8], _ y: [UInt8]) -> Int {
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                let limit = min(x.count, y.count)
                var i = 0
                while i < limit, x[i] == y[i] { i &+= 1 }
                return i
            }
        }
    }

    /// The block's plaintext; the encoder is ready for the next block.
    package mutating func finish() -> [UInt8] {
        var block = ByteWriter(capacity: byteCount + 64)
        block.raw("LB".utf8)
        block.u8(1)
        block.varint(chunks.count)
        for chunk in chunks {
            block.u8(chunk.type.rawValue)
            block.digest(chunk.id)
        }
        let named = owners.values.filter { !$0.name.isEmpty }.sorted()
        block.varint(named.count)
        for owner in named {
            block.u8(owner.isGroup ? 1 : 0)
            block.varint(UInt64(owner.id))
            block.counted(owner.name)
        }
        block.varint(recordCount)
        block.raw(records.bytes)
        self = ListingBlockEncoder()
        return block.bytes
    }
}
