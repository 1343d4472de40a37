import Primitives
import Sealing

/// Opens, decompresses and checks blobs; one per thread, its buffers reused.
package struct BlobDecoder: ~Copyable {
    private let decompressor = Decompressor()
    private var plaintext = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// Whether the plaintext always lies in a buffer that can be taken, and never in that of what was opened.
    var givesAway = false
    /// The bases of a delta, one behind the other; made once there is one.
    private var prefix = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    package init() {}

    deinit {
        plaintext.deallocate()
        prefix.deallocate()
    }

    /// Writes the plaintext of a delta's base slice into the room, which is as large.
    package typealias BaseSource = (DeltaBase, UnsafeMutableRawBufferPointer) throws -> Void

    /// Where a blob was sealed: its object's keys and the offset that its nonce counts from.
    package struct Seal {
        package var keys: ObjectKeys
        package var offset: UInt64
        package init(keys: ObjectKeys, offset: UInt64) { (self.keys, self.offset) = (keys, offset) }
    }

    /// Hands the plaintext of a sealed blob to `body`; its id is checked by the caller (see `ChunkIdentity.verify`).
    /// `base` gives what a delta leans on. Throws `EncodingError` for anything but the bytes that were sealed.
    package mutating func open<R>(
        _ sealed: UnsafeRawBufferPointer, seal: Seal, type: ChunkType, id: ChunkID,
        base: BaseSource = { _, _ in throw EncodingError("is a delta where none can be") },
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
        _ frame: UnsafeRawBufferPointer, base: BaseSource, _ body: (UnsafeRawBufferPointer) throws -> R
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
            let content = try reader.take(count)
            guard givesAway else { return try body(content) }
            Self.grow(&plaintext, to: count)
            plaintext.copyMemory(from: content)
            return try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(plaintext)[..<count]))
        case .zstd:
            return try decompress(try reader.take(reader.remaining), count: count, prefixCount: 0, body)
        case .delta:
            let bases = try reader.count(ofAtLeast: 35)
            guard bases <= DeltaBase.mostBases else { throw EncodingError("names \(bases) bases") }
            var slices: [DeltaBase] = []
            for _ in 0..<bases { slices.append(try DeltaBase(&reader)) }
            let total = slices.reduce(0) { $0 + $1.count }
            guard total <= BlobFrame.maximumPlaintext else { throw EncodingError("has bases of more than 16 MiB") }
            Self.grow(&prefix, to: total)
            var start = 0
            for slice in slices {
                try base(slice, UnsafeMutableRawBufferPointer(rebasing: prefix[start..<start + slice.count]))
                start += slice.count
            }
            return try decompress(try reader.take(reader.remaining), count: count, prefixCount: total, body)
        }
    }

    private mutating func decompress<R>(
        _ payload: UnsafeRawBufferPointer, count: Int, prefixCount: Int, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        Self.grow(&plaintext, to: count)
        let output = UnsafeMutableRawBufferPointer(rebasing: plaintext[..<count])
        let prefix = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(prefix)[..<prefixCount])
        try decompressor.decompress(payload, prefix: prefix, into: output)
        return try body(UnsafeRawBufferPointer(output))
    }

    /// The buffer that the last plaintext begins in, which is the caller's to deallocate from now on. For one that gives away.
    mutating func takePlaintext() -> UnsafeMutableRawBufferPointer {
        defer { plaintext = UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return plaintext
    }

    private static func grow(_ buffer: inout UnsafeMutableRawBufferPointer, to count: Int) {
        guard buffer.count < count else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: count, alignment: 64)
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
