import Primitives
import Sealing

/// A pack's own table of contents (docs/format.md, section 5).
package struct Footer: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var id: ChunkID
        package var type: ChunkType
        package var offset: UInt32
        package var storedCount: UInt32
        package var plaintextCount: UInt32
        /// Whether other chunks are needed to read it: of several copies one that stands alone is worth more.
        package var isDelta: Bool
        /// Zero for a chunk sealed in this object, else an ordinal of `origins`, counted from 1, and where the chunk was in it.
        package var origin: UInt16
        package var originOffset: UInt64

        package init(
            id: ChunkID, type: ChunkType, offset: UInt32, storedCount: UInt32, plaintextCount: UInt32,
            isDelta: Bool = false, origin: UInt16 = 0, originOffset: UInt64 = 0
        ) {
            self.id = id
            self.type = type
            self.offset = offset
            self.storedCount = storedCount
            self.plaintextCount = plaintextCount
            self.isDelta = isDelta
            self.origin = origin
            self.originOffset = originOffset
        }
    }

    package var origins: [SealHeader] = []
    package var entries: [Entry] = []

    package init() {}

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: entries.count * 48 + 1024)
        writer.u32(UInt32(origins.count))
        for origin in origins { writer.counted(origin.encoded()) }
        writer.u32(UInt32(entries.count))
        for entry in entries {
            writer.digest(entry.id)
            writer.u8(entry.type.rawValue)
            writer.u8(entry.isDelta ? 1 : 0)
            writer.u16(entry.origin)
            writer.u32(entry.offset)
            writer.u32(entry.storedCount)
            writer.u32(entry.plaintextCount)
            if entry.origin > 0 { writer.u64(entry.originOffset) }
        }
        writer.zeros((1024 - writer.count % 1024) % 1024)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            var footer = Footer()
            let originCount = try reader.u32()
            guard originCount <= UInt32(UInt16.max), Int(originCount) <= reader.remaining else {
                throw EncodingError("counts too many origins")
            }
            for _ in 0..<originCount { footer.origins.append(try SealHeader(decoding: Array(try reader.counted()))) }
            let count = Int(try reader.u32())
            guard count <= reader.remaining / 48 else {
                throw EncodingError("counts \(count) chunks, more than it has room for")
            }
            footer.entries.reserveCapacity(count)
            for _ in 0..<count { footer.entries.append(try Entry(&reader, originCount: originCount)) }
            return footer
        }
    }
}

extension Footer.Entry {
    fileprivate init(_ reader: inout ByteReader, originCount: UInt32) throws(EncodingError) {
        id = try reader.digest()
        guard let type = ChunkType(rawValue: try reader.u8()) else {
            throw EncodingError("lists a chunk of an unknown type")
        }
        self.type = type
        isDelta = try reader.u8() & 1 != 0
        origin = try reader.u16()
        guard UInt32(origin) <= originCount else { throw EncodingError("lists a chunk of an unknown origin") }
        offset = try reader.u32()
        storedCount = try reader.u32()
        plaintextCount = try reader.u32()
        originOffset = origin > 0 ? try reader.u64() : 0
    }
}

/// The last 64 bytes of a tail.
package struct PackTrailer: Sendable, Equatable {
    package static let count = 64
    package static let alignment = 4096
    private static let magic = Array("SHTAIL01".utf8)

    package var tailCount: UInt32
    package var headerCount: UInt32
    package var footerCount: UInt32
    package var bodyEnd: UInt64
    package var digest: Digest32

    package init(tailCount: UInt32, headerCount: UInt32, footerCount: UInt32, bodyEnd: UInt64, digest: Digest32) {
        self.tailCount = tailCount
        self.headerCount = headerCount
        self.footerCount = footerCount
        self.bodyEnd = bodyEnd
        self.digest = digest
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.count)
        writer.raw(Self.magic)
        writer.u32(tailCount)
        writer.u32(headerCount)
        writer.u32(footerCount)
        writer.u32(0)
        writer.u64(bodyEnd)
        writer.digest(digest)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard bytes.count == Self.count, Array(try reader.take(8)) == Self.magic else {
                throw EncodingError("has no trailer where one must be")
            }
            let (tail, header, footer) = (try reader.u32(), try reader.u32(), try reader.u32())
            _ = try reader.u32()
            let trailer = PackTrailer(
                tailCount: tail, headerCount: header, footerCount: footer, bodyEnd: try reader.u64(),
                digest: try reader.digest())
            guard UInt64(header) + UInt64(footer) + UInt64(Self.count) <= UInt64(tail),
                Int(header) <= SealHeader.maximumCount,
                tail % UInt32(Self.alignment) == 0, tail <= 64 << 20
            else { throw EncodingError("has a trailer whose lengths do not fit") }
            return trailer
        }
    }

    /// How large a sealed object of `minimum` bytes becomes, so that its size says little about what it holds.
    package static func paddedCount(_ minimum: Int) -> Int {
        let exponent = Int.bitWidth - 1 - minimum.leadingZeroBitCount
        let granule = max(alignment, 1 << max(0, exponent - 8))
        return (minimum + granule - 1) / granule * granule
    }
}
