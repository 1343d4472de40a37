import Primitives
import Sealing

/// A reference to a listing block or node, with what a reader needs to pass over it.
package struct ListingReference: Sendable, Equatable {
    package var id: ChunkID
    /// The reference block or node with the chunks that this one leads to.
    package var twin: ChunkID
    package var firstPath: [UInt8]
    package var lastPath: [UInt8]
    package var records: UInt64
    package var files: UInt64
    package var bytes: UInt64
    package var newestMtime: Int64

    package init(
        id: ChunkID, twin: ChunkID, firstPath: [UInt8], lastPath: [UInt8], records: UInt64, files: UInt64,
        bytes: UInt64, newestMtime: Int64
    ) {
        self.id = id
        self.twin = twin
        self.firstPath = firstPath
        self.lastPath = lastPath
        self.records = records
        self.files = files
        self.bytes = bytes
        self.newestMtime = newestMtime
    }
}

/// An inner node of a listing's tree.
package struct ListingNode: Sendable, Equatable {
    /// 0: the children are blocks.
    package var level: UInt8
    package var children: [ListingReference]

    package init(level: UInt8, children: [ListingReference]) { (self.level, self.children) = (level, children) }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: children.count * 200)
        writer.raw("LN".utf8)
        writer.u8(1)
        writer.u8(level)
        writer.varint(children.count)
        for child in children {
            writer.digest(child.id)
            writer.digest(child.twin)
            writer.counted(child.firstPath)
            writer.counted(child.lastPath)
            writer.varint(child.records)
            writer.varint(child.files)
            writer.varint(child.bytes)
            writer.signed(child.newestMtime)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard try reader.u8() == 0x4C, try reader.u8() == 0x4E, try reader.u8() == 1 else {
                throw EncodingError("is not a listing node")
            }
            let level = try reader.u8()
            guard level <= 16 else { throw EncodingError("is a listing node too far up") }
            let count = try reader.count(ofAtLeast: 70)
            var children: [ListingReference] = []
            children.reserveCapacity(count)
            for _ in 0..<count {
                let (id, twin) = (try reader.digest(), try reader.digest())
                let (first, last) = (Array(try reader.counted()), Array(try reader.counted()))
                let (records, files, size) = (try reader.varint(), try reader.varint(), try reader.varint())
                children.append(
                    ListingReference(
                        id: id, twin: twin, firstPath: first, lastPath: last, records: records, files: files,
                        bytes: size,
                        newestMtime: try reader.signed()))
            }
            guard reader.isAtEnd else { throw EncodingError("goes on after its last child") }
            return ListingNode(level: level, children: children)
        }
    }
}

/// The twins that a blind maintainer reads: ids, and nothing of names or content.
package enum ReferenceEncoding {
    package static func block(_ chunks: [(type: ChunkType, id: ChunkID)]) -> [UInt8] {
        var writer = ByteWriter(capacity: chunks.count * 33 + 8)
        writer.raw("RB".utf8)
        writer.u8(1)
        writer.varint(chunks.count)
        for chunk in chunks {
            writer.u8(chunk.type.rawValue)
            writer.digest(chunk.id)
        }
        return writer.bytes
    }

    package static func node(_ node: ListingNode) -> [UInt8] {
        var writer = ByteWriter(capacity: node.children.count * 64 + 8)
        writer.raw("RN".utf8)
        writer.u8(1)
        writer.u8(node.level)
        writer.varint(node.children.count)
        for child in node.children {
            writer.digest(child.id)
            writer.digest(child.twin)
        }
        return writer.bytes
    }

    package static func decodeBlock(_ bytes: [UInt8]) throws(EncodingError) -> [(type: ChunkType, id: ChunkID)] {
        try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard try reader.u8() == 0x52, try reader.u8() == 0x42, try reader.u8() == 1 else {
                throw EncodingError("is not a reference block")
            }
            let count = try reader.count(ofAtLeast: 33)
            var chunks: [(type: ChunkType, id: ChunkID)] = []
            for _ in 0..<count {
                guard let type = ChunkType(rawValue: try reader.u8()) else {
                    throw EncodingError("refers to a chunk of an unknown type")
                }
                chunks.append((type, try reader.digest()))
            }
            guard reader.isAtEnd else { throw EncodingError("goes on after its last chunk") }
            return chunks
        }
    }

    package static func decodeNode(_ bytes: [UInt8]) throws(EncodingError) -> (
        level: UInt8, children: [(id: ChunkID, twin: ChunkID)]
    ) {
        try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard try reader.u8() == 0x52, try reader.u8() == 0x4E, try reader.u8() == 1 else {
                throw EncodingError("is not a reference node")
            }
            let level = try reader.u8()
            guard level <= 16 else { throw EncodingError("is a reference node too far up") }
            let count = try reader.count(ofAtLeast: 64)
            var children: [(id: ChunkID, twin: ChunkID)] = []
            for _ in 0..<count { children.append((try reader.digest(), try reader.digest())) }
            guard reader.isAtEnd else { throw EncodingError("goes on after its last child") }
            return (level, children)
        }
    }
}
