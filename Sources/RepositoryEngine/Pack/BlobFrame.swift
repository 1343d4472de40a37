import Primitives
import Sealing

/// The plaintext of a blob: how it is coded, how long it becomes, and its payload (docs/format.md, section 4).
package enum BlobFrame {
    package static let headerCount = 5
    package static let maximumPlaintext = 16 << 20

    package enum Codec: UInt8, Sendable {
        case raw = 0, zstd = 1, delta = 2
    }

    /// Bytes that a frame of `count` plaintext bytes may need, with room for the compressor.
    package static func bound(_ count: Int) -> Int { headerCount + max(count, Compressor.bound(count)) }

    /// Writes the frame of `plaintext` into `output`, compressed where that pays, and returns its length.
    package static func encode(
        _ plaintext: UnsafeRawBufferPointer, with compressor: borrowing Compressor,
        into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        let payload = UnsafeMutableRawBufferPointer(rebasing: output[headerCount...])
        output.storeBytes(of: UInt32(plaintext.count).littleEndian, toByteOffset: 1, as: UInt32.self)
        if let written = compressor.compress(plaintext, into: payload) {
            output[0] = Codec.zstd.rawValue
            return headerCount + written
        }
        output[0] = Codec.raw.rawValue
        payload.copyMemory(from: plaintext)
        return headerCount + plaintext.count
    }

    /// The frame of `plaintext` as the difference to slices of chunks, one after the other in `prefix`. Nil when it is not shorter than `limit`.
    package static func encode(
        _ plaintext: UnsafeRawBufferPointer, asDifferenceTo bases: [DeltaBase], prefix: [UInt8],
        with compressor: borrowing Compressor, below limit: Int
    ) -> [UInt8]? {
        guard bases.count <= DeltaBase.mostBases, prefix.count <= maximumPlaintext else { return nil }
        var head = ByteWriter(capacity: 16 + 48 * bases.count)
        head.u8(Codec.delta.rawValue)
        head.u32(UInt32(plaintext.count))
        head.varint(bases.count)
        for base in bases { base.write(to: &head) }
        let headBytes = head.bytes
        guard headBytes.count < limit else { return nil }
        var written: Int?
        let frame = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let output = UnsafeMutableRawBufferPointer(buffer)
            output.copyBytes(from: headBytes)
            written = prefix.withUnsafeBytes {
                compressor.compress(
                    plaintext, prefix: $0, into: UnsafeMutableRawBufferPointer(rebasing: output[headBytes.count...]))
            }
            count = headBytes.count + (written ?? 0)
        }
        return written == nil ? nil : frame
    }

    /// The plaintext of a frame that needs no other.
    static func decode(_ frame: [UInt8], with decompressor: borrowing Decompressor) throws(EncodingError) -> [UInt8] {
        let (codec, count) = try ByteReader.reading(frame) { (reader) throws(EncodingError) in
            (Codec(rawValue: try reader.u8()), Int(try reader.u32()))
        }
        guard count <= maximumPlaintext else { throw EncodingError("claims too many bytes") }
        switch codec {
        case .raw where frame.count - headerCount == count: return Array(frame[headerCount...])
        case .zstd:
            var failure: EncodingError?
            let plaintext = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                frame.withUnsafeBytes { raw in
                    let output = UnsafeMutableRawBufferPointer(buffer)
                    do throws(EncodingError) {
                        try decompressor.decompress(
                            UnsafeRawBufferPointer(rebasing: raw[headerCount...]),
                            into: UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
                        filled = count
                    } catch { failure = error }
                }
            }
            if let failure { throw failure }
            return plaintext
        default: throw EncodingError("has no payload of its own")
        }
    }

    /// Whether the frame needs other chunks to be read.
    package static func isDelta(_ frame: UnsafeRawBufferPointer) -> Bool { frame.first == Codec.delta.rawValue }

    package static func associatedData(
        object: SealedObjectID, offset: UInt64, type: ChunkType, id: ChunkID, into aad: UnsafeMutableRawBufferPointer
    ) {
        aad.copyBytes(from: "SHBLOB01".utf8)
        object.value.store(into: UnsafeMutableRawBufferPointer(rebasing: aad[8...]))
        aad.storeBytes(of: offset.littleEndian, toByteOffset: 24, as: UInt64.self)
        aad[32] = type.rawValue
        id.store(into: UnsafeMutableRawBufferPointer(rebasing: aad[33...]))
    }

    package static let associatedDataCount = 65
}
