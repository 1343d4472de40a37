import Primitives
import Sealing

/// The newest listing of a component, as the host keeps it: what a backup walks beside the tree.
///
/// Records of the sealed file, one a block: `counted listing node with the one reference, u8 depth, varint n, n × id of a base, blob
/// frame`; its tail: `"PL" u8 3, varint settled sweep, sequence u64, snapshot digest, root id, root twin, varint records, varint n, n × node or twin id`
/// (version 2: without the sweep).
package final class PreviousListing {
    package struct Head: Sendable, Equatable {
        package var sequence: UInt64
        package var snapshot: Digest32
        package var root: ChunkID
        package var rootTwin: ChunkID
        package var records: UInt64
        package var nodes: [ChunkID]
        /// All that the listing needs was there after this generation of collection, and those before it, were over.
        package var settledSweep: UInt64

        package init(
            sequence: UInt64, snapshot: Digest32, root: ChunkID, rootTwin: ChunkID, records: UInt64, nodes: [ChunkID],
            settledSweep: UInt64 = 0
        ) {
            self.settledSweep = settledSweep
            self.sequence = sequence
            self.snapshot = snapshot
            self.root = root
            self.rootTwin = rootTwin
            self.records = records
            self.nodes = nodes
        }

        package func encoded() -> [UInt8] {
            var writer = ByteWriter()
            writer.raw("PL".utf8)
            writer.u8(3)
            writer.varint(settledSweep)
            writer.u64(sequence)
            writer.digest(snapshot)
            writer.digest(root)
            writer.digest(rootTwin)
            writer.varint(records)
            writer.varint(nodes.count)
            for node in nodes { writer.digest(node) }
            return writer.bytes
        }

        package init(decoding bytes: [UInt8]) throws(EncodingError) {
            self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                guard try reader.u8() == 0x50, try reader.u8() == 0x4C else {
                    throw EncodingError("is not a kept listing")
                }
                let version = try reader.u8()
                guard version == 2 || version == 3 else { throw EncodingError("is kept in an unknown way") }
                let settledSweep = version == 3 ? try reader.varint() : 0
                var head = Head(
                    sequence: try reader.u64(), snapshot: try reader.digest(), root: try reader.digest(),
                    rootTwin: try reader.digest(),
                    records: try reader.varint(), nodes: [], settledSweep: settledSweep)
                for _ in 0..<(try reader.count(ofAtLeast: 32)) { head.nodes.append(try reader.digest()) }
                return head
            }
        }
    }

    /// A block with its reference and its plaintext.
    package struct Block: Sendable {
        package var reference: ListingReference
        package var plaintext: [UInt8]
        /// How it is stored: 0 as it is, else as a difference to blocks of which the deepest is one less.
        package var depth: UInt8
        /// All blocks that reading it needs, those that its bases need included.
        package var bases: [ChunkID]
        /// The bytes that this was decoded from.
        private var encodedAlready: [UInt8]?

        package init(reference: ListingReference, plaintext: [UInt8], depth: UInt8 = 0, bases: [ChunkID] = []) {
            self.reference = reference
            self.plaintext = plaintext
            self.depth = depth
            self.bases = bases
        }

        package func encoded(with compressor: borrowing Compressor) -> [UInt8] {
            if let encodedAlready { return encodedAlready }
            var writer = ByteWriter(capacity: plaintext.count / 2 + 256)
            writer.raw(ListingNode(level: 0, children: [reference]).encoded())
            let head = writer.bytes
            var out = ByteWriter(capacity: plaintext.count / 2 + head.count + 16)
            out.counted(head)
            out.u8(depth)
            out.varint(bases.count)
            for base in bases { out.digest(base) }
            let frame = [UInt8](unsafeUninitializedCapacity: BlobFrame.bound(plaintext.count)) { buffer, count in
                count = plaintext.withUnsafeBytes {
                    BlobFrame.encode($0, with: compressor, into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
            out.raw(frame)
            return out.bytes
        }

        package init(decoding bytes: [UInt8], with decompressor: borrowing Decompressor) throws(EncodingError) {
            var (depth, bases): (UInt8, [ChunkID]) = (0, [])
            let (head, codec, count, payloadOffset) = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                let head = Array(try reader.counted())
                depth = try reader.u8()
                for _ in 0..<(try reader.count(ofAtLeast: 32)) { bases.append(try reader.digest()) }
                return (head, try reader.u8(), Int(try reader.u32()), reader.offset)
            }
            (self.depth, self.bases) = (depth, bases)
            guard let reference = try ListingNode(decoding: head).children.first else {
                throw EncodingError("lacks its reference")
            }
            guard count <= BlobFrame.maximumPlaintext else { throw EncodingError("claims too many bytes") }
            self.reference = reference
            encodedAlready = bytes
            if codec == BlobFrame.Codec.raw.rawValue {
                guard bytes.count - payloadOffset == count else {
                    throw EncodingError("has a payload of the wrong length")
                }
                plaintext = Array(bytes[payloadOffset...])
                return
            }
            var failure: EncodingError?
            plaintext = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                bytes.withUnsafeBytes { raw in
                    do throws(EncodingError) {
                        try decompressor.decompress(
                            UnsafeRawBufferPointer(rebasing: raw[payloadOffset...]),
                            into: UnsafeMutableRawBufferPointer(
                                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
                        filled = count
                    } catch {
                        failure = error
                    }
                }
            }
            if let failure { throw failure }
        }
    }

    package let head: Head
    private let reader: SealedFile.Reader
    private let decompressor = Decompressor()

    private(set) package var block: Block?
    private var decoder: ListingBlockDecoder?
    /// Position of `record` in its block, and the block's position in the listing.
    private(set) package var ordinal = -1
    private(set) package var blockNumber = -1
    /// The current record; meaningless when `isAtEnd`.
    package var record = ListingRecord()
    private(set) package var isAtEnd = false
    private(set) package var isLastBlock = false
    /// Told of each record that is passed over without anybody having asked for its path.
    package var passedOver: ((ListingRecord) -> Void)?
    private var isAskedFor = false
    private var ahead: Block?
    /// Blocks that the walk has come to, and that what is written now may still lie in.
    private var recent: [Block] = []
    private var recentBytes = 0
    private static let mostRecentBytes = 2 << 20

    /// Nil when there is none, or it cannot be read: then every file is read again.
    package init?(path: String, cacheKey: borrowing SecretBytes) {
        guard let reader = SealedFile.Reader(path: path, cacheKey: cacheKey), let bytes = reader.tail(),
            let head = try? Head(decoding: bytes)
        else { return nil }
        self.reader = reader
        self.head = head
        ahead = readBlock()
        advance()
    }

    private func readBlock() -> Block? {
        guard let bytes = reader.next() else { return nil }
        return try? Block(decoding: bytes, with: decompressor)
    }

    /// Goes on to the next record.
    package func advance() {
        isAskedFor = false
        while true {
            do {
                if var current = decoder {
                    decoder = nil
                    let more = try current.next(&record)
                    decoder = current
                    if more {
                        ordinal += 1
                        return
                    }
                }
            } catch {
                isAtEnd = true
                return
            }
            guard let next = ahead else {
                isAtEnd = true
                return
            }
            block = next
            remember(next)
            blockNumber += 1
            ahead = readBlock()
            isLastBlock = ahead == nil
            ordinal = -1
            record = ListingRecord()
            decoder = try? ListingBlockDecoder(next.plaintext)
            if decoder == nil {
                isAtEnd = true
                return
            }
        }
    }

    /// Goes on to the first record at or after `path`, and says whether it is the one of `path`.
    @discardableResult
    package func advance(to path: UnsafeRawBufferPointer) -> Bool {
        while !isAtEnd {
            let order = record.path.withUnsafeBytes { PathOrder.compare($0, path) }
            if order >= 0 {
                if order == 0 { isAskedFor = true }
                return order == 0
            }
            leave()
        }
        return false
    }

    private func leave() {
        if !isAskedFor { passedOver?(record) }
        advance()
    }

    /// Goes to the end.
    package func passRest() { while !isAtEnd { leave() } }
}

extension PreviousListing {
    /// Blocks of the walk so far that hold records from `first` to `last`; not all of them where much was passed over meanwhile.
    package func blocks(from first: [UInt8], through last: [UInt8]) -> [Block] {
        recent.filter { block in
            PathOrder.compare(block.reference.lastPath, first) >= 0
                && PathOrder.compare(block.reference.firstPath, last) <= 0
        }
    }

    /// What lies before `path` is written.
    package func forget(before path: [UInt8]) {
        while let oldest = recent.first, PathOrder.compare(oldest.reference.lastPath, path) < 0 { forgetOldest() }
    }

    private func remember(_ block: Block) {
        recent.append(block)
        recentBytes += block.plaintext.count
        while recentBytes > Self.mostRecentBytes, recent.count > 1 { forgetOldest() }
    }

    private func forgetOldest() { recentBytes -= recent.removeFirst().plaintext.count }
}
