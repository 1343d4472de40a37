import Testing
import WriteAheadLog

@Suite struct LogFileNameTests {
    @Test(arguments: [
        "000000010000000000000001", "00000002000000A1000000FF", "000000010000000000000001.partial",
        "000000010000000000000002.00000028.backup", "00000003.history",
    ])
    func namesOfTheServerAreReadAndWritten(text: String) {
        #expect(LogFileName(text)?.description == text)
    }

    @Test(arguments: [
        "", "000000000000000000000001", "00000001000000000000000", "0000000100000000000000011",
        "00000001000000000000000a", "000000010000000000000001.Partial", "000000010000000000000001.backup",
        "00000000.history", "1.history", "000000010000000000000001.00000028.backup.gz", "archive_status",
        "../000000010000000000000001", "000000010000000000000001.", "RECOVERYXLOG",
    ])
    func otherNamesAreNone(text: String) {
        #expect(LogFileName(text) == nil)
    }

    @Test(arguments: [1, 2, 16, 64, 256, 1024] as [UInt64]) func numbersGoOnAcrossLogs(mebibytes: UInt64) throws {
        let size = try #require(SegmentSize(mebibytes << 20))
        let perLog = (1 << 32) / size.bytes
        let last = SegmentName(timeline: 7, log: 4, segment: UInt32(perLog - 1))
        let next = try #require(last.next(size))
        #expect(next == SegmentName(timeline: 7, log: 5, segment: 0))
        #expect(next.start(size) == LogSequenceNumber(5 << 32))
        let number = try #require(last.number(size))
        #expect(SegmentName(timeline: 7, number: number, size: size) == last)
        #expect(SegmentName(timeline: 7, at: LogSequenceNumber(5 << 32), size: size) == next)
        #expect(SegmentName(timeline: 7, at: LogSequenceNumber((5 << 32) - 1), size: size) == last)
        #expect(SegmentName(timeline: 7, log: 4, segment: UInt32(perLog)).number(size) == nil)
    }

    @Test(arguments: [0, 1 << 19, (1 << 24) + 1, 3 << 20, 1 << 31] as [UInt64]) func otherSizesAreNone(bytes: UInt64) {
        #expect(SegmentSize(bytes) == nil)
    }

    @Test func timelinesComeBeforePositions() {
        let names = ["000000020000000000000001", "000000010000000100000000", "0000000100000000000000FF"]
        let sorted = names.compactMap { SegmentName($0) }.sorted().map(\.description)
        #expect(sorted == [names[2], names[1], names[0]])
    }
}
