import Primitives
import Sealing

/// Opens, decompresses and checks blobs; one per thread, its buffers reused.
package struct BlobDecoder: ~Copyable {
    private let decompressor = Decompressor()
    private var plaintext = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

    package init() {}

    deinit { plaintext.deallocate() }

    /// Where a blob was sealed: its object's keys and the offset that its nonce counts from.
    package struct Seal {
        package var keys: ObjectKeys
        package var offset: UInt64
        package init(keys: ObjectKeys, offset: UInt64) { (self.keys, self.offset) = (keys, offset) }
    }

    /// Hands the plaintext of a sealed blob to `body`; its id is checked by the caller (see `ChunkIdentity.verify`).
    /// `base` gives the plaintext of a delta's base slices. Throws `EncodingError` for anything but the bytes that were sealed.
    package mutating func open<R>(
        _ sealed: UnsafeRawBufferPointer, seal: Seal, type: ChunkType, id: ChunkID,
        base: (DeltaBase) throws -> [UInt8] = { _ in throw EncodingError("is a delta where none can be") },
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let key = try seal.keys.key(for: type)
        return try withUnsafeTemporaryAllocation(byteCount: BlobFrame.associatedDataCount, alignment: 8) { aad in
            BlobFrame.associatedData(object: seal.keys.object, offset: seal.offset, type: type, id: id, into: aad)
            return try key.open(
                sealed, nonce: SealNonce(domain: NonceDomain.blob, number: seal.offset),
                authenticating: UnsafeRawBufferPointer(aad)
            ) { frame in
                try unwrap(frame, base: base, body)
            }
        }
    }

    private mutating func unwrap<R>(
        _ frame: UnsafeRawBufferPointer, base: (DeltaBase) throws -> [UInt8],
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        var reader = ByteReader(frame)
        guard let codec = BlobFrame.Codec(rawValue: try reader.u8()) else {
            throw EncodingError("uses a codec that this version does not know")
        }
        let count = Int(try reader.u32())
        guard count <= BlobFrame.maximumPlaintext else { throw EncodingError("claims a plaintext of \(count) bytes") }
        switch codec {
        case .raw:
            guard reader.remaining == count else { throw EncodingError("has a payload of the wrong length") }
            return try body(try reader.take(count))
        case .zstd:
            return try decompress(try reader.take(reader.remaining), count: count, prefix: [], body)
        case .delta:
            let bases = try reader.count(ofAtLeast: 35)
            guard bases <= DeltaBase.mostBases else { throw EncodingError("names \(bases) bases") }
            var slices: [DeltaBase] = []
            for _ in 0..<bases { slices.append(try DeltaBase(&reader)) }
            let total = slices.reduce(0) { $0 + $1.count }
            guard total <= BlobFrame.maximumPlaintext else { throw EncodingError("has bases of more than 16 MiB") }
            var prefix: [UInt8] = []
            prefix.reserveCapacity(total)
            for slice in slices { prefix += try base(slice) }
            return try decompress(try reader.take(reader.remaining), count: count, prefix: prefix, body)
        }
    }

    private mutating func decompress<R>(
        _ payload: UnsafeRawBufferPointer, count: Int, prefix: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        if plaintext.count < count {
            plaintext.deallocate()
            plaintext = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        }
        let output = UnsafeMutableRawBufferPointer(rebasing: plaintext[..<count])
        try prefix.withUnsafeBytes { try decompressor.decompress(payload, prefix: $0, into: output) }
        return try body(UnsafeRawBufferPointer(output))
    }
}

/// A slice of another chunk that a delta was made against.
package struct DeltaBase: Sendable, Equatable {
    package static let maximumDepth = 8
    package static let mostBases = 64
    package var type: ChunkType
    package var id: ChunkID
    package var offset: Int
    package var count: Int

    package init(type: ChunkType, id: ChunkID, offset: Int = 0, count: Int) {
        (self.type, self.id, self.offset, self.count) = (type, id, offset, count)
    }

    func write(to writer: inout ByteWriter) {
        writer.u8(type.rawValue)
        writer.digest(id)
        writer.varint(offset)
        writer.varint(count)
    }

    package init(_ reader: inout ByteReader) throws(EncodingError) {
        guard let type = ChunkType(rawValue: try reader.u8()) else {
            throw EncodingError("names a base of an unknown type")
        }
        self.type = type
        id = try reader.digest()
        let (offset, count) = (try reader.varint(), try reader.varint())
        guard offset <= UInt64(BlobFrame.maximumPlaintext), count <= UInt64(BlobFrame.maximumPlaintext) else {
            throw EncodingError("names a base slice that is too large")
        }
        (self.offset, self.count) = (Int(offset), Int(count))
    }
}
