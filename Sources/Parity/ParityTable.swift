import Primitives
import Sealing
import Storage

/// What a sidecar says beside its blocks of parity: which objects it protects, in which order, and digests that tell a damaged block
/// from a whole one (docs/media.md).
package struct ParityTable: Sendable, Equatable {
    package struct Object: Sendable, Equatable {
        package var name: ObjectName
        package var size: UInt64
        /// Of the whole object, which need not be its name.
        package var digest: Digest32

        package init(name: ObjectName, size: UInt64, digest: Digest32) {
            (self.name, self.size, self.digest) = (name, size, digest)
        }
    }

    package static let sizeLimit = 256 << 20
    private static let magic = Array("SHPARIT1".utf8)

    package var medium: MediumID
    package var repository: RepositoryID
    package var time: Timestamp
    package var shape: ParityShape
    package var objects: [Object]
    /// The first halves of the SHA-256 of each block of data and of parity.
    package var dataDigests: [Prefix16]
    package var parityDigests: [Prefix16]

    package init(
        medium: MediumID, repository: RepositoryID, time: Timestamp, shape: ParityShape, objects: [Object],
        dataDigests: [Prefix16], parityDigests: [Prefix16]
    ) {
        self.medium = medium
        self.repository = repository
        self.time = time
        self.shape = shape
        self.objects = objects
        self.dataDigests = dataDigests
        self.parityDigests = parityDigests
    }

    package static func digest(_ block: UnsafeRawBufferPointer) -> Prefix16 { SHA256Digest.of(block).prefix }

    package func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 16 * (dataDigests.count + parityDigests.count) + 120 * objects.count)
        body.raw(medium.bytes)
        body.raw(repository.bytes)
        body.u64(UInt64(bitPattern: time.nanoseconds))
        body.u64(shape.byteCount)
        for value in [shape.blockSize, shape.groups, shape.dataPerGroup, shape.parityPerGroup] {
            body.u32(UInt32(value))
        }
        body.varint(objects.count)
        for object in objects {
            body.counted(object.name.path)
            body.varint(object.size)
            body.digest(object.digest)
        }
        for digest in dataDigests + parityDigests { body.raw(Identifier<ObjectTag>(digest).bytes) }
        var writer = ByteWriter(capacity: body.count + 48)
        writer.raw(Self.magic)
        writer.u32(UInt32(body.count))
        writer.raw(body.bytes)
        writer.digest(SHA256Digest.of(writer.bytes))
        return writer.bytes
    }

    /// Bytes of a table from its first twelve; nil where they are none of a table.
    package static func length(_ beginning: UnsafeRawBufferPointer) -> Int? {
        guard beginning.count >= 12, beginning.prefix(8).elementsEqual(magic) else { return nil }
        let length = Int(UInt32(littleEndian: beginning.loadUnaligned(fromByteOffset: 8, as: UInt32.self))) + 44
        return length <= sizeLimit ? length : nil
    }

    /// The table that `bytes` are, and nothing after it.
    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        guard bytes.count >= 44, bytes.withUnsafeBytes(Self.length) == bytes.count else {
            throw EncodingError("is no parity table, or cut off")
        }
        let (content, digest) = (bytes.dropLast(32), bytes.suffix(32))
        guard SHA256Digest.of(Array(content)) == Digest32(bytes: Array(digest)) else {
            throw EncodingError("has other bytes than its checksum says")
        }
        self = try ByteReader.reading(Array(content.dropFirst(12))) { (reader) throws(EncodingError) in
            try ParityTable(&reader)
        }
    }

    private init(_ reader: inout ByteReader) throws(EncodingError) {
        medium = try reader.identifier()
        repository = try reader.identifier()
        time = Timestamp(nanoseconds: Int64(bitPattern: try reader.u64()))
        let byteCount = try reader.u64()
        let (blockSize, groups) = (Int(try reader.u32()), Int(try reader.u32()))
        let (data, parity) = (Int(try reader.u32()), Int(try reader.u32()))
        guard
            let shape = ParityShape(
                byteCount: byteCount, blockSize: blockSize, groups: groups, dataPerGroup: data, parityPerGroup: parity)
        else { throw EncodingError("has a shape that makes no sense") }
        self.shape = shape
        objects = try Self.objects(&reader, byteCount: byteCount)
        let count = shape.blockCount + shape.parityBlockCount
        guard reader.remaining == 16 * count else { throw EncodingError("has not a digest for every block") }
        var digests: [Prefix16] = []
        digests.reserveCapacity(count)
        for _ in 0..<count { digests.append(Prefix16(loading: try reader.take(16))) }
        dataDigests = Array(digests[..<shape.blockCount])
        parityDigests = Array(digests[shape.blockCount...])
    }

    private static func objects(_ reader: inout ByteReader, byteCount: UInt64) throws(EncodingError) -> [Object] {
        var (objects, sum): ([Object], UInt64) = ([], 0)
        for _ in 0..<(try reader.count(ofAtLeast: 34)) {
            let name = ObjectName(try reader.countedString())
            let object = Object(name: name, size: try reader.varint(), digest: try reader.digest())
            guard name.isValid, object.size <= byteCount - sum else {
                throw EncodingError("names an object that cannot be")
            }
            sum += object.size
            objects.append(object)
        }
        guard sum == byteCount else { throw EncodingError("has objects of \(sum) bytes in all, not \(byteCount)") }
        return objects
    }
}
