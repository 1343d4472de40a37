import Chunking
import Operations
import RepositoryEngine
import TestSupport
import Testing

@Suite("A file of so many chunks that they are listed in chunks of their own")
struct ContentListTests {
    /// Small chunks, so that twelve megabytes are more than a record holds.
    private static let chunker = ChunkerParameters(minimum: 4096, average: 8192, maximum: 16_384)

    private static func content() -> [UInt8] {
        var generator = SeededGenerator(seed: 11)
        var words: [UInt64] = []
        words.reserveCapacity(1_500_000)
        for _ in 0..<1_500_000 { words.append(generator.next()) }
        return words.withUnsafeBytes { Array($0) }
    }

    @Test("is stored once, and after a change in one place only that place is stored")
    func changesAreSmall() throws {
        let trip = try RoundTrip(chunker: Self.chunker)
        var content = Self.content()
        trip.write("large", content)
        let first = try trip.backup().record.description(opener: trip.opener)
        #expect(first.storedBytes > UInt64(content.count))

        content.replaceSubrange(6_000_000..<6_000_010, with: repeatElement(7, count: 10))
        trip.write("large", content)
        let snapshot = try trip.backup()
        let second = try snapshot.record.description(opener: trip.opener)
        #expect(second.storedBytes < 400_000, "\(second.storedBytes) bytes for a change of ten")

        #expect(try trip.restore(snapshot).problems.isEmpty)
        #expect(trip.content("large") == content)
        #expect(try trip.verify().findings.isEmpty)
    }
}
