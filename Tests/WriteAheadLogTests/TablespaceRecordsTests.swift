import Testing

@testable import WriteAheadLog

/// Records that make tablespaces, in segments put together as servers do; a real server's are in the acceptance tests.
@Suite struct TablespaceRecordsTests {
    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private static func record(_ manager: UInt8, info: UInt8, _ rest: [UInt8]) -> [UInt8] {
        little(UInt32(24 + rest.count)) + little(UInt32(700)) + little(UInt64(0)) + [info, manager, 0, 0]
            + little(UInt32(0)) + rest
    }

    private static func made(_ oid: UInt32, _ location: String, info: UInt8 = 0, before: [UInt8] = []) -> [UInt8] {
        let data = little(oid) + Array(location.utf8) + [0]
        let head = data.count < 256 ? [255, UInt8(data.count)] : [254] + little(UInt32(data.count))
        return record(5, info: info, before + head + data)
    }

    private static func other(_ count: Int) -> [UInt8] {
        record(10, info: 0, (0..<count).map { UInt8(truncatingIfNeeded: $0) })
    }

    /// Segments of 1 MiB that hold the records one behind the other; what is left of the last one is zeros.
    private static func segments(_ records: [[UInt8]], skipping first: Int = 0) -> [[UInt8]] {
        var (segments, page): ([[UInt8]], [UInt8]) = ([[]], [])
        var number: UInt64 = 3
        func head(_ left: Int) -> [UInt8] {
            let isFirst = segments[segments.count - 1].isEmpty
            let address = number << 20 + UInt64(segments[segments.count - 1].count)
            let info = UInt16(isFirst ? 2 : 0) | UInt16(left > 0 ? 1 : 0)
            let short =
                little(UInt16(0xD110)) + little(info) + little(UInt32(1)) + little(address) + little(UInt32(left)) + [
                    0, 0, 0, 0,
                ]
            return isFirst ? short + little(UInt64(77)) + little(UInt32(1 << 20)) + little(UInt32(8192)) : short
        }
        func turn() {
            segments[segments.count - 1] += page
            page = []
            if segments[segments.count - 1].count == 1 << 20 {
                segments.append([])
                number += 1
            }
        }
        for record in records {
            var rest = record[...]
            while !rest.isEmpty {
                if page.isEmpty { page = head(rest.count == record.count ? 0 : rest.count) }
                let part = rest.prefix(8192 - page.count)
                page += part
                rest = rest.dropFirst(part.count)
                if rest.isEmpty { while page.count % 8 != 0 { page.append(0) } }
                if page.count == 8192 { turn() }
            }
        }
        page += [UInt8](repeating: 0, count: page.isEmpty ? 0 : 8192 - page.count)
        if !page.isEmpty { turn() }
        return segments.filter { !$0.isEmpty }.map { $0 + [UInt8](repeating: 0, count: (1 << 20) - $0.count) }
    }

    private func found(_ segments: [[UInt8]]) -> [TablespaceRecords.Made] {
        var (made, unfinished): ([TablespaceRecords.Made], [UInt8]) = ([], [])
        for segment in segments {
            let records = segment.withUnsafeBytes { TablespaceRecords(of: $0, after: unfinished) }
            made += records.made
            unfinished = records.unfinished
            // Who wants only that reads the last page.
            #expect(segment.withUnsafeBytes { TablespaceRecords.unfinished(of: $0) } == unfinished)
        }
        return made
    }

    @Test func theyAreFoundAmongOthers() {
        let long = "/srv/" + String(repeating: "x", count: 300)
        let records = [
            Self.other(100), Self.made(16400, "/srv/fast"), Self.other(20_000),
            Self.made(16401, "", before: [252, 1, 2, 3, 4]),
            Self.made(16402, "/gone", info: 0x10), Self.made(16403, long, before: [253, 1, 0]), Self.other(7),
        ]
        #expect(
            found(Self.segments(records)) == [
                .init(oid: 16400, location: "/srv/fast"), .init(oid: 16401, location: ""),
                .init(oid: 16403, location: long),
            ])
    }

    /// Wherever the borders of pages and segments fall in it.
    @Test func noBorderHidesOne() {
        for filler in stride(from: 8192 - 200, through: 8192 + 8, by: 8) {
            let records = [Self.other(filler), Self.made(5, "/srv/\(filler)"), Self.other(1)]
            #expect(found(Self.segments(records)) == [.init(oid: 5, location: "/srv/\(filler)")])
        }
        for filler in stride(from: 8, through: 240, by: 8) {
            // 127 pages and a bit: it ends in the next segment.
            let room = (1 << 20) - 40 - 127 * 24 - 24 - filler
            let segments = Self.segments([
                Self.other(room), Self.made(6, "/srv/a/longer/path/\(filler)"), Self.other(1),
            ])
            #expect(found(segments) == [.init(oid: 6, location: "/srv/a/longer/path/\(filler)")], "\(filler)")
        }
    }

    @Test func whatIsNoLogHasNone() {
        #expect(found([[UInt8](repeating: 0, count: 1 << 20)]) == [])
        #expect(found([[1, 2, 3]]) == [])
        var segment = Self.segments([Self.other(9000), Self.made(7, "/srv/x")])[0]
        // A page that stayed from the segment's former use.
        segment[8192 + 8] ^= 1
        #expect(found([segment]) == [])
    }
}
