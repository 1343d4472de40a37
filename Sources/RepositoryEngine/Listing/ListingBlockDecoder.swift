import Primitives
import Sealing

/// Reads the records of one listing block in order. `next` fills the same record again and again, so that a pass over a listing
/// allocates next to nothing.
package struct ListingBlockDecoder: Sendable {
    private let bytes: [UInt8]
    private var offset: Int
    package let references: [(type: ChunkType, id: ChunkID)]
    package let owners: [OwnerName]
    package let recordCount: Int
    package private(set) var recordsLeft: Int
    private var inode: UInt64 = 0
    private var mtime: Int64 = 0
    private var ctime: Int64 = 0
    private var lastPathCount = 0

    package init(_ bytes: [UInt8]) throws(EncodingError) {
        self.bytes = bytes
        (references, owners, recordCount, offset) = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard try reader.u8() == 0x4C, try reader.u8() == 0x42, try reader.u8() == 1 else {
                throw EncodingError("is not a listing block")
            }
            let chunkCount = try reader.count(ofAtLeast: 33)
            var references: [(type: ChunkType, id: ChunkID)] = []
            references.reserveCapacity(chunkCount)
            for _ in 0..<chunkCount {
                guard let type = ChunkType(rawValue: try reader.u8()) else {
                    throw EncodingError("refers to a chunk of an unknown type")
                }
                references.append((type, try reader.digest()))
            }
            let ownerCount = try reader.count(ofAtLeast: 3)
            var owners: [OwnerName] = []
            for _ in 0..<ownerCount {
                let isGroup = try reader.u8() == 1
                let id = UInt32(truncatingIfNeeded: try reader.varint())
                owners.append(OwnerName(isGroup: isGroup, id: id, name: try reader.countedString()))
            }
            return (references, owners, try reader.count(ofAtLeast: 10), reader.offset)
        }
        recordsLeft = recordCount
    }

    /// Fills `record` with the next one; false at the end. `record` must be the one that the previous call filled.
    package mutating func next(_ record: inout ListingRecord) throws(EncodingError) -> Bool {
        guard recordsLeft > 0 else {
            guard offset == bytes.count else { throw EncodingError("goes on after its last record") }
            return false
        }
        var failure: EncodingError?
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[offset...]))
            do throws(EncodingError) {
                try decode(&reader, into: &record)
                offset += reader.offset
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        recordsLeft -= 1
        return true
    }

    private mutating func decode(_ reader: inout ByteReader, into record: inout ListingRecord) throws(EncodingError) {
        try decodePath(&reader, into: &record)
        guard let kind = EntryKind(rawValue: try reader.u8()) else {
            throw EncodingError("has an entry of an unknown type")
        }
        record.kind = kind
        record.flags = EntryFlags(rawValue: try reader.varint())
        guard record.flags.isSubset(of: .known) else { throw EncodingError("has an entry with unknown flags") }
        record.mode = UInt32(truncatingIfNeeded: try reader.varint()) & 0o7777
        record.uid = UInt32(truncatingIfNeeded: try reader.varint())
        record.gid = UInt32(truncatingIfNeeded: try reader.varint())
        mtime &+= try reader.signed()
        record.mtime = FileTime(seconds: mtime, nanoseconds: try Self.nanoseconds(&reader))
        ctime &+= try reader.signed()
        record.ctime = FileTime(seconds: ctime, nanoseconds: try Self.nanoseconds(&reader))
        inode &+= UInt64(bitPattern: try reader.signed())
        record.inode = inode
        record.device = try reader.varint()
        record.linkCount = record.flags.contains(.hardLinked) ? try reader.varint() : 1
        record.inodeFlags = record.flags.contains(.inodeFlags) ? try reader.varint() : 0
        try decodeAttributes(&reader, into: &record)
        try decodeBody(&reader, into: &record)
    }

    private static func nanoseconds(_ reader: inout ByteReader) throws(EncodingError) -> UInt32 {
        let value = try reader.varint()
        guard value < 1_000_000_000 else { throw EncodingError("has a time of \(value) nanoseconds") }
        return UInt32(value)
    }

    private mutating func decodePath(_ reader: inout ByteReader, into record: inout ListingRecord) throws(EncodingError)
    {
        let shared = try reader.varint()
        guard shared <= UInt64(lastPathCount), record.path.count == lastPathCount || lastPathCount == 0 else {
            throw EncodingError("has a path that goes on from nothing")
        }
        let rest = try reader.counted()
        record.path.removeLast(record.path.count - Int(shared))
        record.path.append(contentsOf: rest)
        lastPathCount = record.path.count
    }

    private func decodeAttributes(_ reader: inout ByteReader, into record: inout ListingRecord) throws(EncodingError) {
        if !record.attributes.isEmpty { record.attributes.removeAll() }
        guard record.flags.contains(.extendedAttributes) else { return }
        let count = try reader.count(ofAtLeast: 2)
        for _ in 0..<count {
            record.attributes.append(
                ExtendedAttribute(name: Array(try reader.counted()), value: Array(try reader.counted())))
        }
    }

    private func decodeBody(_ reader: inout ByteReader, into record: inout ListingRecord) throws(EncodingError) {
        record.slices.removeAll(keepingCapacity: true)
        if !record.listTwins.isEmpty { record.listTwins.removeAll() }
        if !record.extents.isEmpty { record.extents.removeAll() }
        if !record.target.isEmpty { record.target.removeAll() }
        record.size = 0
        record.digest = .zero
        (record.deviceMajor, record.deviceMinor) = (0, 0)
        switch record.kind {
        case .file:
            record.size = try reader.varint()
            record.digest = try reader.digest()
            try decodeSlices(&reader, into: &record)
        case .symbolicLink:
            record.target = Array(try reader.counted())
        case .characterDevice, .blockDevice:
            record.deviceMajor = UInt32(truncatingIfNeeded: try reader.varint())
            record.deviceMinor = UInt32(truncatingIfNeeded: try reader.varint())
        case .directory, .fifo, .socket:
            break
        }
    }

    private func decodeSlices(_ reader: inout ByteReader, into record: inout ListingRecord) throws(EncodingError) {
        let count = try reader.count(ofAtLeast: 3)
        for _ in 0..<count {
            let ordinal = try reader.varint()
            guard ordinal < UInt64(references.count) else {
                throw EncodingError("has a slice of a chunk that it does not list")
            }
            let (offset, length) = (try reader.varint(), try reader.varint())
            guard offset <= UInt64(BlobFrame.maximumPlaintext), length <= UInt64(BlobFrame.maximumPlaintext) else {
                throw EncodingError("has a slice beyond the end of any chunk")
            }
            let chunk = references[Int(ordinal)]
            record.slices.append(Slice(type: chunk.type, id: chunk.id, offset: UInt32(offset), count: UInt32(length)))
        }
        if record.flags.contains(.contentList) {
            for _ in 0..<(try reader.count(ofAtLeast: 1)) {
                let ordinal = try reader.varint()
                guard ordinal < UInt64(references.count), references[Int(ordinal)].type == .referenceBlock else {
                    throw EncodingError("names a content list's twin that it does not list")
                }
                record.listTwins.append(references[Int(ordinal)].id)
            }
        }
        guard record.flags.contains(.holes) else { return }
        let extentCount = try reader.count(ofAtLeast: 2)
        var end: UInt64 = 0
        for _ in 0..<extentCount {
            let (gap, length) = (try reader.varint(), try reader.varint())
            let (start, overflow) = end.addingReportingOverflow(gap)
            let (stop, overflow2) = start.addingReportingOverflow(length)
            guard !overflow, !overflow2, stop <= record.size else {
                throw EncodingError("has an extent beyond the end of its file")
            }
            record.extents.append(Extent(offset: start, count: length))
            end = stop
        }
    }
}
