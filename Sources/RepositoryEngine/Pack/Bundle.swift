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
        let digest: Digest32
        if type == .bundle {
            let segments = try Bundle.segments(of: plaintext)
            digest = Bundle.digest(
                segments.lazy.map { ($0.count, SHA256Digest.of(UnsafeRawBufferPointer(rebasing: plaintext[$0]))) },
                count: segments.count)
        } else {
            digest = SHA256Digest.of(plaintext)
        }
        guard self.id(of: type, digest: digest) == id else {
            throw EncodingError("holds other bytes than its id names")
        }
    }
}
