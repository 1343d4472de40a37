/// What a file of the log says of itself in its first page.
///
/// The layout is the same in all versions from 13 to 18 (xlog_internal.h, XLogLongPageHeaderData); numbers are in the
/// order of the server's processor, and little-endian is the only one that is read here.
package struct SegmentHeader: Sendable, Equatable {
    /// The major version that writes such pages; nil for one that came after this program.
    package var version: Int?
    package var timeline: UInt32
    /// Where the first page begins.
    package var address: LogSequenceNumber
    package var systemIdentifier: UInt64
    package var segmentSize: SegmentSize

    /// Bytes that have to be read.
    package static let size = 40

    /// Nil for bytes that no first page begins with.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= Self.size else { return nil }
        let bytes = Array(bytes.prefix(Self.size))
        func number(_ offset: Int, _ size: Int) -> UInt64 {
            bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let magic = number(0, 2)
        let isLong = number(2, 2) & 2 != 0
        let blockSize = number(36, 4)
        // Versions from 9.3 on have numbers that begin so, and their layout has been the same since.
        guard magic >> 8 == 0xD1 || magic >> 8 == 0xD0, isLong, blockSize >= 1 << 10, blockSize <= 1 << 16,
            blockSize & (blockSize - 1) == 0, let segmentSize = SegmentSize(number(32, 4))
        else { return nil }
        version = Self.versions[magic]
        timeline = UInt32(number(4, 4))
        address = LogSequenceNumber(number(8, 8))
        systemIdentifier = number(24, 8)
        self.segmentSize = segmentSize
    }

    /// By the number that each page begins with.
    private static let versions: [UInt64: Int] = [
        0xD106: 13, 0xD10D: 14, 0xD110: 15, 0xD113: 16, 0xD116: 17, 0xD118: 18,
    ]
}
