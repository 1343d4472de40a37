import Testing
import WriteAheadLog

@Suite struct SegmentHeaderTests {
    /// As versions write it: number, flags, timeline, address, remaining length, padding, system, sizes.
    static func bytes(_ magic: UInt16, size: UInt32 = 16 << 20, flags: UInt16 = 2, block: UInt32 = 8192) -> [UInt8] {
        func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        return little(magic) + little(flags) + little(UInt32(3)) + little(UInt64(0x1_0500_0000)) + little(UInt32(0))
            + little(UInt32(0)) + little(UInt64(7_300_000_000_000_000_001)) + little(size) + little(block)
    }

    @Test(arguments: [(13, 0xD106), (14, 0xD10D), (15, 0xD110), (16, 0xD113), (17, 0xD116), (18, 0xD118)])
    func isReadOfEveryVersion(version: Int, magic: Int) throws {
        let header = try #require(SegmentHeader(Self.bytes(UInt16(magic))))
        #expect(header.version == version)
        #expect(header.timeline == 3)
        #expect(header.address == LogSequenceNumber("1/5000000"))
        #expect(header.systemIdentifier == 7_300_000_000_000_000_001)
        #expect(header.segmentSize == .usual)
    }

    @Test func whatALaterVersionWritesIsReadAsWell() {
        #expect(SegmentHeader(Self.bytes(0xD1F0)) != nil)
        #expect(SegmentHeader(Self.bytes(0xD1F0))?.version == nil)
    }

    @Test func otherBytesAreNone() {
        #expect(SegmentHeader([UInt8](repeating: 0, count: 40)) == nil)
        #expect(SegmentHeader(Array(Self.bytes(0xD110).dropLast())) == nil)
        #expect(SegmentHeader(Self.bytes(0x1234)) == nil)
        #expect(SegmentHeader(Self.bytes(0xD110, flags: 0)) == nil)
        #expect(SegmentHeader(Self.bytes(0xD110, size: 1000)) == nil)
        #expect(SegmentHeader(Self.bytes(0xD110, block: 0)) == nil)
    }
}
