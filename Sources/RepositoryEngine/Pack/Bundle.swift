import Primitives
import Sealing

/// The plaintext of a bundle: `u32 n, n × u32 length, segments` (docs/format.md, section 4).
package enum Bundle {
    package static let maximumFile = 128 << 10
    package static let maximumBytes = 1 << 20
    package static let maximumFiles = 2048

    package static func headerCount(files: Int) -> Int { 4 + 4 * files }

    /// The digest that a bundle's id is made from: over the lengths and digests of its segments.
    package static func digest(_ segments: some Sequence<(count: Int, digest: Digest32)>, count: Int) -> Digest32 {
        var writer = ByteWriter(capacity: 4 + 36 * count)
        writer.u32(UInt32(count))
        for segment in segments {
            writer.u32(UInt32(segment.count))
            writer.digest(segment.digest)
        }
        return SHA256Digest.of(writer.bytes)
    }

    /// Offsets of the segments in the plaintext. Throws when the table does not fit the bytes.
    package static func segments(of plaintext: UnsafeRawBufferPointer) throws(EncodingError) -> [Range<Int>] {
        var reader = ByteReader(plaintext)
        let count = Int(try reader.u32())
        guard count <= reader.remaining / 4 else { throw EncodingError("is a bundle that counts \(count) files") }
        var start = headerCount(files: count)
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(count)
        for _ in 0..<count {
            let end = start + Int(try reader.u32())
            guard end <= plaintext.count else { throw EncodingError("is a bundle whose files reach beyond its end") }
            ranges.append(start..<end)
            start = end
        }
        guard start == plaintext.count else { throw EncodingError("is a bundle that goes on after its last file") }
        return ranges
    }
}

extension ChunkIdentity {
    /// Whether `plaintext` is the chunk that `id` names.
    package func verify(_ plaintext: UnsafeRawBufferPointer, is id: ChunkID, _ type: ChunkType) throws(EncodingError) {
        var unused = SHA256Lane()
        let digest = try ChunkDigest.of(plaintext, type, beside: &unused, UnsafeRawBufferPointer(start: nil, count: 0))
        try verify(digest, is: id, type)
    }

    /// The same for the chunk that `digest` was made of.
    package func verify(_ digest: Digest32, is id: ChunkID, _ type: ChunkType) throws(EncodingError) {
        guard self.id(of: type, digest: digest) == id else {
            throw EncodingError("holds other bytes than its id names")
        }
    }
}

/// What a chunk's id is made from (docs/format.md, section 4).
package enum ChunkDigest {
    /// Hashes `plaintext` while `stream` goes on by `bytes`. When a bundle's table does not fit its bytes, neither was hashed.
    package static func of(
        _ plaintext: UnsafeRawBufferPointer, _ type: ChunkType, beside stream: inout SHA256Lane,
        _ bytes: UnsafeRawBufferPointer
    ) throws(EncodingError) -> Digest32 {
        guard type == .bundle else {
            return SHA256Lane.digests(of: CollectionOfOne(plaintext), beside: &stream, bytes)[0]
        }
        let segments = try Bundle.segments(of: plaintext)
        let digests = SHA256Lane.digests(
            of: segments.lazy.map { UnsafeRawBufferPointer(rebasing: plaintext[$0]) }, beside: &stream, bytes)
        return Bundle.digest(zip(segments, digests).lazy.map { ($0.count, $1) }, count: segments.count)
    }
}
