import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

/// A piece that is stored as a delta can be read for as long as its file's reference block names what it leans on.
@Suite struct DeltaCheckTests {
    private let bench: ListingBench
    private let base: [UInt8]
    private let piece: [UInt8]

    init() throws {
        bench = try ListingBench()
        var random = SeededGenerator(seed: 3)
        base = random.bytes(20_000)
        piece = Array(base[..<9_000]) + random.bytes(50) + Array(base[9_000...])
    }

    private func id(_ bytes: [UInt8], _ type: ChunkType) -> ChunkID {
        bytes.withUnsafeBytes { bench.world.identity.id(of: type, plaintext: $0) }
    }

    /// A file of one piece, whose reference block names `named`.
    private func file(naming named: [ChunkID], isDelta: Bool = true) throws -> ListingBench.Written {
        let (baseID, pieceID) = (id(base, .data), id(piece, .data))
        let list = ContentList.encode([Slice(type: .data, id: pieceID, offset: 0, count: UInt32(piece.count))])
        let twin = ReferenceEncoding.block(named.map { (.data, $0) })
        var record = ListingRecord()
        record.path = Array("file".utf8)
        record.kind = .file
        record.flags = .contentList
        record.size = UInt64(piece.count)
        record.slices = [Slice(type: .contentList, id: id(list, .contentList), offset: 0, count: UInt32(list.count))]
        record.listTwins = [id(twin, .referenceBlock)]
        let frame = try #require(
            piece.withUnsafeBytes {
                BlobFrame.encode(
                    $0, asDifferenceTo: [DeltaBase(type: .data, id: baseID, count: base.count)], prefix: base,
                    with: Compressor(level: .standard), below: 2_000)
            })
        return try bench.write(storing: { pack in
            try pack.append(base, .data, id: baseID)
            if isDelta {
                try pack.append(frame: frame, .data, id: pieceID, plaintextCount: piece.count)
            } else {
                try pack.append(piece, .data, id: pieceID)
            }
            try pack.append(list, .contentList, id: id(list, .contentList))
            try pack.append(twin, .referenceBlock, id: id(twin, .referenceBlock))
        }) { try $0.append(record) }
    }

    @Test("A check misses a base that is not named, and nothing where it is") func bases() throws {
        let (baseID, pieceID) = (id(base, .data), id(piece, .data))
        let deltas = [(pieceID, [baseID])]
        let good = try file(naming: [pieceID, baseID])
        #expect(try bench.findings(good.root).isEmpty)
        #expect(try bench.findings(good.root, deltas: deltas).isEmpty)

        let bad = try file(naming: [pieceID])
        #expect(try bench.findings(bad.root, deltas: deltas).count == 1)
        #expect(try bench.findings(bad.root, deltas: deltas)[0].contains("does not name"))
        // As soon as it stands alone in another place, nothing is missing.
        let whole = try file(naming: [pieceID], isDelta: false)
        #expect(try bench.findings(whole.root, deltas: deltas).isEmpty)
    }

    @Test("A base is named by the part of the list that its piece is in, or by another one") func parts() throws {
        let (baseID, pieceID) = (id(base, .data), id(piece, .data))
        let deltas = [(pieceID, [baseID])]
        #expect(try bench.findings(try parts(naming: [[pieceID, baseID], [baseID]]).root, deltas: deltas).isEmpty)
        #expect(try bench.findings(try parts(naming: [[pieceID], [baseID]]).root, deltas: deltas).isEmpty)
        let bad = try parts(naming: [[pieceID], [pieceID]])
        #expect(try bench.findings(bad.root, deltas: deltas).map { $0.contains("does not name") } == [true])
    }

    /// A file of the same piece twice, each in a part of the list of its own.
    private func parts(naming named: [[ChunkID]]) throws -> ListingBench.Written {
        let (baseID, pieceID) = (id(base, .data), id(piece, .data))
        let list = ContentList.encode([Slice(type: .data, id: pieceID, offset: 0, count: UInt32(piece.count))])
        let part = Slice(type: .contentList, id: id(list, .contentList), offset: 0, count: UInt32(list.count))
        let twins = named.map { ReferenceEncoding.block($0.map { (.data, $0) }) }
        var record = ListingRecord()
        record.path = Array("file".utf8)
        record.kind = .file
        record.flags = .contentList
        record.size = UInt64(2 * piece.count)
        record.slices = [part, part]
        record.listTwins = twins.map { id($0, .referenceBlock) }
        let frame = try #require(
            piece.withUnsafeBytes {
                BlobFrame.encode(
                    $0, asDifferenceTo: [DeltaBase(type: .data, id: baseID, count: base.count)], prefix: base,
                    with: Compressor(level: .standard), below: 2_000)
            })
        return try bench.write(storing: { pack in
            try pack.append(base, .data, id: baseID)
            try pack.append(frame: frame, .data, id: pieceID, plaintextCount: piece.count)
            try pack.append(list, .contentList, id: part.id)
            for twin in twins { try pack.append(twin, .referenceBlock, id: id(twin, .referenceBlock)) }
        }) { try $0.append(record) }
    }

    @Test("A check misses a chunk of a content list that is not named") func chunks() throws {
        let bad = try file(naming: [id(base, .data)])
        let problems = try bench.findings(bad.root)
        #expect(problems == ["has chunks that its reference block does not name"])
    }
}
