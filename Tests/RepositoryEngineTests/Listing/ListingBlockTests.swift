import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct ListingBlockTests {
    private func encode(_ records: [ListingRecord], owner: (Bool, UInt32) -> String? = { _, _ in nil }) -> [UInt8] {
        var encoder = ListingBlockEncoder()
        for record in records { encoder.append(record, owner: owner) }
        return encoder.finish()
    }

    private func decode(_ bytes: [UInt8]) throws -> [ListingRecord] {
        var decoder = try ListingBlockDecoder(bytes)
        var record = ListingRecord()
        var records: [ListingRecord] = []
        while try decoder.next(&record) { records.append(record) }
        return records
    }

    @Test func randomRecordsAreReadBack() throws {
        var random = SeededGenerator(seed: 1)
        for round in 0..<Soak.count(60, full: 5_000) {
            let records = RandomRecords.list(1 + Int(random.next() % 80), using: &random)
            let bytes = encode(records)
            #expect(try decode(bytes) == records, "round \(round)")
            #expect(encode(records) == bytes, "round \(round): encoded twice, two results")
        }
    }

    @Test func ownersComeOnceAndSorted() throws {
        var records = (0..<50).map { number in
            var record = ListingRecord()
            record.path = Array("p\(100 + number)".utf8)
            (record.uid, record.gid) = (UInt32(number % 3), UInt32(number % 2))
            return record
        }
        records[7].uid = 77
        var asked: [String] = []
        let bytes = encode(records) { isGroup, id in
            asked.append("\(isGroup)\(id)")
            return id == 77 ? nil : (isGroup ? "group\(id)" : "user\(id)")
        }
        let owners = try ListingBlockDecoder(bytes).owners
        #expect(owners.map(\.name) == ["user0", "user1", "user2", "group0", "group1"])
        #expect(asked.count == 6, "a name is asked for once a block")
    }

    @Test func aBlockKnowsItsChunksAndSums() throws {
        var random = SeededGenerator(seed: 2)
        let records = RandomRecords.list(200, using: &random)
        var encoder = ListingBlockEncoder()
        for record in records { encoder.append(record, owner: { _, _ in nil }) }
        let wanted = Set(records.flatMap { $0.slices.map(\.id) + $0.listTwins })
        #expect(Set(encoder.references.map(\.id)) == wanted && encoder.references.count == wanted.count)
        #expect(encoder.recordCount == 200 && encoder.fileCount == records.count { $0.kind == .file })
        #expect(encoder.contentBytes == records.reduce(0) { $0 &+ $1.size })
        #expect(encoder.newestMtime == records.map(\.mtime.seconds).max())
        #expect(encoder.firstPath == records[0].path && encoder.lastPath == records[199].path)
        let references = encoder.references
        let bytes = encoder.finish()
        #expect(try ListingBlockDecoder(bytes).references.elementsEqual(references) { $0 == $1 })
        #expect(encoder.recordCount == 0 && encoder.byteCount == 0, "the encoder is not ready for the next block")
    }

    @Test func aBlockThatIsCutOffOrGoesOnIsRefused() throws {
        var random = SeededGenerator(seed: 3)
        let bytes = encode(RandomRecords.list(30, using: &random))
        for count in 0..<bytes.count {
            #expect(throws: EncodingError.self, "\(count) bytes") { _ = try decode(Array(bytes[..<count])) }
        }
        #expect(throws: EncodingError.self) { _ = try decode(bytes + [0]) }
    }

    /// One record by hand, with one thing changed.
    private func block(
        chunks: Int = 1, shared: UInt64 = 0, kind: UInt8 = 2, flags: UInt64 = 0, nanoseconds: UInt64 = 0,
        ordinal: UInt64 = 0,
        offset: UInt64 = 0, extent: (UInt64, UInt64)? = nil
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw("LB".utf8)
        writer.u8(1)
        writer.varint(chunks)
        for _ in 0..<chunks {
            writer.u8(1)
            writer.digest(.zero)
        }
        writer.varint(0)
        writer.varint(1)
        writer.varint(shared)
        writer.counted("path")
        writer.u8(kind)
        writer.varint(flags)
        for _ in 0..<3 { writer.varint(0) }
        writer.varint(0)
        writer.varint(nanoseconds)
        for _ in 0..<4 { writer.varint(0) }
        writer.varint(100)
        writer.digest(.zero)
        writer.varint(1)
        writer.varint(ordinal)
        writer.varint(offset)
        writer.varint(100)
        if let extent {
            writer.varint(1)
            writer.varint(extent.0)
            writer.varint(extent.1)
        }
        return writer.bytes
    }

    @Test func whatCannotBeIsRefused() throws {
        #expect(try decode(block()).count == 1)
        #expect(try decode(block(flags: 4, extent: (50, 50))).first?.extents == [Extent(offset: 50, count: 50)])
        let wrong = [
            block(chunks: 0), block(shared: 1), block(shared: .max), block(kind: 0), block(kind: 8), block(flags: 256),
            block(flags: 1 << 63),
            block(nanoseconds: 1_000_000_000), block(ordinal: 1), block(ordinal: .max), block(offset: (16 << 20) + 1),
            block(offset: .max),
            block(flags: 4, extent: (50, 51)), block(flags: 4, extent: (.max, 1)), block(flags: 4, extent: (1, .max)),
            block(flags: 8),
        ]
        for (index, bytes) in wrong.enumerated() {
            #expect(throws: EncodingError.self, "block \(index)") { _ = try decode(bytes) }
        }
    }
}

@Suite struct ListingNodeTests {
    private func node(_ count: Int, level: UInt8 = 0) -> ListingNode {
        var random = SeededGenerator(seed: UInt64(count))
        return ListingNode(
            level: level,
            children: (0..<count).map { number in
                ListingReference(
                    id: RandomRecords.digest(&random), twin: RandomRecords.digest(&random),
                    firstPath: random.bytes(number % 300),
                    lastPath: random.bytes(number % 7), records: .max, files: UInt64(number), bytes: random.next(),
                    newestMtime: number.isMultiple(of: 2) ? .min : .max)
            })
    }

    @Test(arguments: [(0, 0), (1, 1), (300, 16)]) func whatIsWrittenIsReadBack(_ count: Int, _ level: Int) throws {
        let node = node(count, level: UInt8(level))
        #expect(try ListingNode(decoding: node.encoded()) == node)
        let twin = try ReferenceEncoding.decodeNode(ReferenceEncoding.node(node))
        #expect(
            twin.level == node.level
                && twin.children.elementsEqual(node.children) { $0.id == $1.id && $0.twin == $1.twin })
    }

    @Test func nodesThatCannotBeAreRefused() {
        #expect(throws: EncodingError.self) { _ = try ListingNode(decoding: node(1, level: 17).encoded()) }
        #expect(throws: EncodingError.self) { _ = try ListingNode(decoding: node(3).encoded() + [0]) }
        let bytes = node(3).encoded()
        for count in 0..<bytes.count {
            #expect(throws: EncodingError.self) { _ = try ListingNode(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: EncodingError.self) { _ = try ListingNode(decoding: ReferenceEncoding.node(node(3))) }
        #expect(throws: EncodingError.self) { _ = try ReferenceEncoding.decodeNode(bytes) }
    }

    @Test func referenceBlocksAreReadBack() throws {
        var random = SeededGenerator(seed: 9)
        let chunks = ChunkType.allCases.map { (type: $0, id: RandomRecords.digest(&random)) }
        let bytes = ReferenceEncoding.block(chunks)
        #expect(try ReferenceEncoding.decodeBlock(bytes).elementsEqual(chunks) { $0 == $1 })
        for count in 0..<bytes.count {
            #expect(throws: EncodingError.self) { _ = try ReferenceEncoding.decodeBlock(Array(bytes[..<count])) }
        }
        #expect(throws: EncodingError.self) { _ = try ReferenceEncoding.decodeBlock(bytes + [0]) }
        #expect(throws: EncodingError.self) {
            _ = try ReferenceEncoding.decodeNode(ReferenceEncoding.node(node(2)) + [0])
        }
    }

    @Test func contentListsAreReadBack() throws {
        var random = SeededGenerator(seed: 10)
        let slices = (0..<100).map { number in
            Slice(
                type: ChunkType.allCases[number % 7], id: RandomRecords.digest(&random), offset: .max,
                count: UInt32(number))
        }
        let bytes = ContentList.encode(slices)
        #expect(bytes.count == 100 * ContentList.entryCount)
        #expect(try bytes.withUnsafeBytes { try ContentList.decode($0) } == slices)
        #expect(throws: EncodingError.self) { _ = try bytes.dropLast().withUnsafeBytes { try ContentList.decode($0) } }
        #expect(throws: EncodingError.self) {
            _ = try ([0] + bytes.dropFirst()).withUnsafeBytes { try ContentList.decode($0) }
        }
        #expect(try [UInt8]().withUnsafeBytes { try ContentList.decode($0) } == [])
    }
}
