import Primitives

/// Sizes and small structures of an index run (docs/format.md, section 6).
package enum IndexRunFormat {
    package static let entryCount = 28
    package static let entriesPerPage = 585
    package static let pagePlaintextCount = entryCount * entriesPerPage
    package static let pageCount = pagePlaintextCount + 16
    package static let trailerCount = 64
    package static let trailerMagic = Array("SHINDX01".utf8)
    package static let maximumTables = 512 << 20
}

/// One line of an index: a chunk's id, cut to 16 bytes, and where it lies.
package struct IndexEntry: Sendable, Equatable, Comparable {
    package var id: Prefix16
    package var pack: UInt32
    package var offset: UInt32
    package var storedCount: UInt32

    package init(id: Prefix16, pack: UInt32, offset: UInt32, storedCount: UInt32) {
        self.id = id
        self.pack = pack
        self.offset = offset
        self.storedCount = storedCount
    }

    package static func < (x: IndexEntry, y: IndexEntry) -> Bool { (x.id, x.pack, x.offset) < (y.id, y.pack, y.offset) }

    package init(loading bytes: UnsafeRawBufferPointer) {
        id = Prefix16(loading: bytes)
        pack = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        offset = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
        storedCount = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self))
    }

    package func store(into bytes: UnsafeMutableRawBufferPointer) {
        id.store(into: bytes)
        bytes.storeBytes(of: pack.littleEndian, toByteOffset: 16, as: UInt32.self)
        bytes.storeBytes(of: offset.littleEndian, toByteOffset: 20, as: UInt32.self)
        bytes.storeBytes(of: storedCount.littleEndian, toByteOffset: 24, as: UInt32.self)
    }
}

/// A pack as an index run names it.
package struct IndexedPack: Sendable, Equatable {
    package var name: Digest32
    package var size: UInt64
    package var kind: PackClass
    package var hasMovedBlobs: Bool

    package init(name: Digest32, size: UInt64, kind: PackClass, hasMovedBlobs: Bool = false) {
        self.name = name
        self.size = size
        self.kind = kind
        self.hasMovedBlobs = hasMovedBlobs
    }
}

/// The sealed tables behind the pages.
package struct IndexTables: Sendable {
    package var packs: [IndexedPack]
    /// The first eight bytes of the first id of each page.
    package var firstIDs: [UInt64]

    package init(packs: [IndexedPack], firstIDs: [UInt64]) { (self.packs, self.firstIDs) = (packs, firstIDs) }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: packs.count * 42 + firstIDs.count * 8 + 8)
        writer.u32(UInt32(packs.count))
        for pack in packs {
            writer.digest(pack.name)
            writer.u64(pack.size)
            writer.u8(pack.kind.rawValue)
            writer.u8(pack.hasMovedBlobs ? 1 : 0)
        }
        writer.u32(UInt32(firstIDs.count))
        for id in firstIDs { withUnsafeBytes(of: id.bigEndian) { writer.raw($0) } }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            let packCount = Int(try reader.u32())
            guard packCount <= reader.remaining / 42 else {
                throw EncodingError("counts more packs than it has room for")
            }
            var packs: [IndexedPack] = []
            packs.reserveCapacity(packCount)
            for _ in 0..<packCount {
                let name = try reader.digest()
                let size = try reader.u64()
                guard let kind = PackClass(rawValue: try reader.u8()), kind == .data || kind == .metadata else {
                    throw EncodingError("names a pack of an unknown class")
                }
                packs.append(IndexedPack(name: name, size: size, kind: kind, hasMovedBlobs: try reader.u8() & 1 != 0))
            }
            let pageCount = Int(try reader.u32())
            guard pageCount <= reader.remaining / 8 else {
                throw EncodingError("counts more pages than it has room for")
            }
            var firstIDs: [UInt64] = []
            firstIDs.reserveCapacity(pageCount)
            for _ in 0..<pageCount {
                firstIDs.append(UInt64(bigEndian: try reader.take(8).loadUnaligned(as: UInt64.self)))
            }
            return IndexTables(packs: packs, firstIDs: firstIDs)
        }
    }
}
