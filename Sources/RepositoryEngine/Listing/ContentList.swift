import Primitives
import Sealing

/// The slices of a file that has too many to stand in its record: 41 bytes each (docs/format.md, section 7).
package enum ContentList {
    /// Files with more slices than this keep them in chunks of their own.
    package static let inlineLimit = 1024
    package static let entryCount = 41
    /// Entries in one chunk of a content list.
    package static let entriesPerChunk = 16_384

    package static func encode(_ slices: some Sequence<Slice>) -> [UInt8] {
        var writer = ByteWriter()
        for slice in slices {
            writer.u8(slice.type.rawValue)
            writer.digest(slice.id)
            writer.u32(slice.offset)
            writer.u32(slice.count)
        }
        return writer.bytes
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(EncodingError) -> [Slice] {
        guard bytes.count.isMultiple(of: entryCount) else {
            throw EncodingError("is a content list cut off in an entry")
        }
        var reader = ByteReader(bytes)
        var slices: [Slice] = []
        slices.reserveCapacity(bytes.count / entryCount)
        while !reader.isAtEnd {
            guard let type = ChunkType(rawValue: try reader.u8()) else {
                throw EncodingError("refers to a chunk of an unknown type")
            }
            let id = try reader.digest()
            slices.append(Slice(type: type, id: id, offset: try reader.u32(), count: try reader.u32()))
        }
        return slices
    }
}
