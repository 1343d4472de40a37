import Foundation
import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct PreviousListingTests {
    private let bench: ListingBench
    private let records: [ListingRecord]
    private let written: ListingBench.Written

    init() throws {
        bench = try ListingBench()
        var random = SeededGenerator(seed: 17)
        records = RandomRecords.list(3_000, using: &random)
        written = try bench.write(records)
    }

    private func readAll(_ listing: PreviousListing) -> [ListingRecord] {
        var found: [ListingRecord] = []
        while !listing.isAtEnd {
            found.append(listing.record)
            listing.advance()
        }
        return found
    }

    @Test func whatWasKeptIsReadBack() throws {
        let listing = try #require(bench.previous(written))
        #expect(
            listing.head.root == written.root.id && listing.head.rootTwin == written.root.twin
                && listing.head.records == 3_000)
        #expect(listing.head.nodes.contains(written.root.id))
        #expect(readAll(listing) == records)
        #expect(listing.isLastBlock && listing.blockNumber == written.newBlocks - 1)
    }

    @Test func aPathIsFoundBySteppingForward() throws {
        let listing = try #require(bench.previous(written))
        for index in stride(from: 0, to: records.count, by: 37) {
            #expect(records[index].path.withUnsafeBytes { listing.advance(to: $0) })
            #expect(listing.record == records[index])
        }
        // Between two records, the next one is the answer; behind the last one, there is none.
        let again = try #require(bench.previous(written))
        _ = (records[100].path + [0]).withUnsafeBytes { again.advance(to: $0) }
        #expect(PathOrder.compare(again.record.path, records[100].path) > 0)
        _ = [UInt8](repeating: 0xFF, count: 300).withUnsafeBytes { again.advance(to: $0) }
        #expect(again.isAtEnd)
    }

    @Test func anotherKeyOrFileIsNone() throws {
        #expect(PreviousListing(path: written.path, cacheKey: SecretBytes.random(count: 32)) == nil)
        #expect(PreviousListing(path: bench.folder.path + "/nothing", cacheKey: SecretBytes.random(count: 32)) == nil)
    }

    @Test func aTornFileIsNone() throws {
        let bytes = try Data(contentsOf: URL(filePath: written.path))
        for count in [0, 10, 24, 40, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: URL(filePath: written.path))
            #expect(bench.previous(written) == nil, "\(count) bytes")
        }
    }

    /// A block that was altered ends the listing: what comes after it is read again from the tree, and nothing is invented.
    @Test func anAlteredBlockEndsTheListing() throws {
        var bytes = try Data(contentsOf: URL(filePath: written.path))
        let middle = bytes.count / 2
        bytes[middle] ^= 1
        try bytes.write(to: URL(filePath: written.path))
        let found = readAll(try #require(bench.previous(written)))
        #expect(found.count < records.count && found == Array(records[..<found.count]))
    }

    @Test func headsAreReadBack() throws {
        let head = PreviousListing.Head(
            sequence: .max, snapshot: Digest32(a: 1, b: 2, c: 3, d: 4), root: .zero, rootTwin: .zero, records: .max,
            nodes: [.zero, Digest32(a: 9, b: 9, c: 9, d: 9)])
        #expect(try PreviousListing.Head(decoding: head.encoded()) == head)
        for count in 0..<head.encoded().count {
            #expect(throws: EncodingError.self) {
                _ = try PreviousListing.Head(decoding: Array(head.encoded()[..<count]))
            }
        }
    }

    @Test func blocksAreReadBack() throws {
        var random = SeededGenerator(seed: 1)
        for plaintext in [[], random.bytes(10_000), [UInt8](repeating: 1, count: 100_000)] {
            let block = PreviousListing.Block(reference: written.root, plaintext: plaintext)
            let bytes = block.encoded(with: Compressor(level: .standard))
            let again = try PreviousListing.Block(decoding: bytes, with: Decompressor())
            #expect(again.reference == block.reference && again.plaintext == plaintext)
            #expect(throws: EncodingError.self) {
                _ = try PreviousListing.Block(decoding: bytes.dropLast(), with: Decompressor())
            }
            #expect(throws: EncodingError.self) {
                _ = try PreviousListing.Block(decoding: bytes + [0], with: Decompressor())
            }
        }
    }
}
