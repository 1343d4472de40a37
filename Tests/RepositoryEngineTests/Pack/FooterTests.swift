import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct FooterTests {
    private func footer(origins: Int, entries: Int) throws -> Footer {
        var random = SeededGenerator(seed: UInt64(origins * 1000 + entries))
        let session = try SealedWorld().session
        var footer = Footer()
        for _ in 0..<origins { footer.origins.append(session.newObject(.data).header) }
        for index in 0..<entries {
            let origin = UInt16(index % (origins + 1))
            footer.entries.append(
                Footer.Entry(
                    id: RandomRecords.digest(&random), type: ChunkType.allCases[index % 7],
                    offset: UInt32(truncatingIfNeeded: random.next()),
                    storedCount: .max, plaintextCount: UInt32(index), origin: origin,
                    originOffset: origin > 0 ? random.next() : 0))
        }
        return footer
    }

    @Test(arguments: [(0, 0), (0, 1), (0, 500), (3, 10), (1, 1)]) func whatIsWrittenIsReadBack(
        _ origins: Int, _ entries: Int
    ) throws {
        let footer = try footer(origins: origins, entries: entries)
        let bytes = footer.encoded()
        #expect(bytes.count.isMultiple(of: 1024))
        #expect(try Footer(decoding: bytes) == footer)
    }

    @Test func countsAreNotTrusted() throws {
        func counts(_ origins: UInt32, _ entries: UInt32) -> [UInt8] {
            var writer = ByteWriter()
            writer.u32(origins)
            writer.u32(entries)
            writer.zeros(1000)
            return writer.bytes
        }
        for (origins, entries) in [(0, UInt32.max), (0, 21), (1, 0), (UInt32.max, 0), (65_536, 0), (1000, 0)] {
            #expect(throws: EncodingError.self) { _ = try Footer(decoding: counts(origins, entries)) }
        }
    }

    @Test func anEntryOfAnUnknownOriginOrTypeIsRefused() throws {
        var footer = try footer(origins: 1, entries: 2)
        footer.entries[1].origin = 2
        #expect(throws: EncodingError.self) { _ = try Footer(decoding: footer.encoded()) }
        var bytes = try self.footer(origins: 0, entries: 1).encoded()
        bytes[8 + 32] = 8
        #expect(throws: EncodingError.self) { _ = try Footer(decoding: bytes) }
    }
}

@Suite struct PackTrailerTests {
    private let trailer = PackTrailer(
        tailCount: 8192, headerCount: 2488, footerCount: 1040, bodyEnd: 1 << 40,
        digest: Digest32(a: 1, b: 2, c: 3, d: 4))

    @Test func whatIsWrittenIsReadBack() throws {
        #expect(trailer.encoded().count == PackTrailer.count)
        #expect(try PackTrailer(decoding: trailer.encoded()) == trailer)
    }

    @Test func lengthsMustFit() {
        var wrong: [PackTrailer] = []
        for (tail, header, footer) in [
            (UInt32(4096), UInt32(2488), UInt32(1600)), (8191, 100, 100), (0, 0, 0), (8192, .max, .max), (.max, 1, 1),
            (65 << 20, 1, 1), (1 << 20, 17 << 10, 1),
        ] {
            var some = trailer
            (some.tailCount, some.headerCount, some.footerCount) = (tail, header, footer)
            wrong.append(some)
        }
        for some in wrong { #expect(throws: EncodingError.self) { _ = try PackTrailer(decoding: some.encoded()) } }
        #expect(throws: EncodingError.self) { _ = try PackTrailer(decoding: Array(trailer.encoded().dropLast())) }
        #expect(throws: EncodingError.self) { _ = try PackTrailer(decoding: trailer.encoded() + [0]) }
        #expect(throws: EncodingError.self) { _ = try PackTrailer(decoding: trailer.encoded().flippingBit(0)) }
    }

    /// docs/format.md, section 5: rounded up to a multiple of max(4096, 2^(floor(log2 size) - 8)).
    @Test func sizesAreRoundedAsTheFormatSays() {
        for minimum in [
            1, 4096, 4097, 12_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (2 << 20) + 5, 64 << 20, (64 << 20) + 1,
            (1 << 30) + 7,
        ] {
            let granule = max(4096, 1 << max(0, Int(Double(minimum).exponent) - 8))
            let padded = PackTrailer.paddedCount(minimum)
            #expect(padded >= minimum && padded - minimum < granule && padded.isMultiple(of: granule))
            #expect(padded.isMultiple(of: 4096))
        }
    }
}
