import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

/// Blocks that changed are stored as the difference to those that they take the place of.
@Suite struct ListingDifferenceTests {
    private let bench: ListingBench
    private var random = SeededGenerator(seed: 7)

    init() throws { bench = try ListingBench() }

    private mutating func files(_ count: Int) -> [ListingRecord] {
        (0..<count).map { number in
            var record = ListingRecord()
            record.path = Array("file-\(10_000 + number)".utf8)
            record.kind = .file
            record.inode = UInt64(number)
            record.digest = SHA256Digest.of(random.bytes(8))
            return record
        }
    }

    private mutating func changed(_ records: [ListingRecord], every step: Int) -> [ListingRecord] {
        records.enumerated().map { number, record in
            var record = record
            if number % step == 0 { record.digest = SHA256Digest.of(random.bytes(8)) }
            return record
        }
    }

    @Test("Changed blocks are stored as what differs, at most three deep, and read back")
    mutating func differences() throws {
        var records = files(3_000)
        var written = try bench.write(records)
        let first = written.blockBytes
        #expect(written.depths.allSatisfy { $0 == 0 } && !written.pack.entries.contains { $0.isDelta })
        for depth in [1, 2, 3, 0, 1] as [UInt8] {
            records = changed(records, every: 60)
            written = try bench.write(records, after: written)
            #expect(try bench.records(written.root) == records)
            #expect(written.depths.allSatisfy { $0 == depth }, "\(written.depths)")
            #expect(depth == 0 || written.blockBytes * 8 < first, "\(written.blockBytes) of \(first) bytes")
            #expect(written.pack.entries.allSatisfy { $0.type != .listingBlock || $0.isDelta == (depth > 0) })
        }
    }

    @Test("The twin of a difference names every block that reading it needs") mutating func twinsNameBases() throws {
        var records = files(1_000)
        var written = try bench.write(records)
        for depth in 1...3 {
            records = changed(records, every: 60)
            written = try bench.write(records, after: written)
            let previous = try #require(bench.previous(written))
            var deltas = 0
            while !previous.isAtEnd {
                let block = try #require(previous.block)
                if previous.ordinal == 0, block.depth > 0 {
                    deltas += 1
                    #expect(block.bases.count >= depth)
                    let named = try ReferenceEncoding.decodeBlock(
                        try bench.chunk(block.reference.twin, .referenceBlock))
                    #expect(Set(named.filter { $0.type == .listingBlock }.map(\.id)) == Set(block.bases))
                    // The bases and nothing else are enough.
                    #expect(try bench.block(block.reference.id, with: block.bases) == block.plaintext)
                }
                previous.advance()
            }
            #expect(deltas > 0)
        }
    }

    @Test("A listing that comes again whole stores nothing, also when every record is made anew")
    mutating func nothingNew() throws {
        let records = RandomRecords.list(2_000, using: &random)
        let written = try bench.write(records)
        let previous = try #require(bench.previous(written))
        let again = try bench.write(beside: previous) { writer in
            for record in records {
                _ = record.path.withUnsafeBytes { previous.advance(to: $0) }
                try writer.append(record)
            }
        }
        #expect(again.root == written.root && again.chunksStored == 0 && again.newBlocks == 0)
    }

    @Test("A check misses a base that a twin does not name, and takes a block that stands alone in another place")
    mutating func checkOfTwins() throws {
        let records = files(400)
        let first = try bench.write(records)
        let second = try bench.write(changed(records, every: 60), after: first)
        #expect(try bench.findings(second.root).isEmpty)

        // The twins of whole blocks name no bases, and node and blocks are otherwise the same.
        let whole = try bench.write(try bench.records(second.root))
        #expect(try bench.findings(whole.root).isEmpty, "the copy that stands alone is good enough")
        let problems = try bench.findings(whole.root, without: whole.pack)
        #expect(!problems.isEmpty && problems.allSatisfy { $0.contains("does not name all") }, "\(problems)")
    }
}
