import CPostgresPage
import Primitives
import Testing
import WriteAheadLog

@testable import CapturePostgres

/// Checksums of pages, against pages that a server of version 15 wrote.
@Suite struct PageCheckTests {
    /// Pieces at their places, on a ground of zeros.
    private static func page(_ pieces: [(Int, String)], fill: [(Range<Int>, UInt8)]) throws -> [UInt8] {
        var page = [UInt8](repeating: 0, count: 8192)
        for (range, byte) in fill { page.replaceSubrange(range, with: repeatElement(byte, count: range.count)) }
        for (offset, text) in pieces {
            let bytes = try #require(Hex.decode(text))
            page.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        return page
    }

    /// Of a heap: block 0 with checksum 44442, and block 3 with checksum 33282.
    private static func first() throws -> [UInt8] {
        try page(
            [
                (0, "00000000703c77019aad0000240058000020042000000000d89f44001890801f5880801f"),
                (88, "d5020000000000000600000000000000030002000208180008000000903e0000"),
                (4120, "d5020000000000000600000000000000020002000208180008000000903e0000"),
                (8152, "d50200000000000005000000000000000100020002081800070000000d736576656e000000000000"),
            ], fill: [(120..<4120, 121), (4152..<8152, 121)])
    }

    private static func fourth() throws -> [UInt8] {
        try page(
            [
                (0, "0000000048bc7701028200002000800000200420000000004090801f8080801f"),
                (128, "d5020000000000000600000000000300020002000208180008000000903e0000"),
                (4160, "d5020000000000000600000000000300010002000208180008000000903e0000"),
            ], fill: [(160..<4160, 121), (4192..<8192, 121)])
    }

    @Test func checksumsAreTheServers() throws {
        #expect(try Self.first().withUnsafeBytes { sh_page_checksum($0.baseAddress, 8192, 0) } == 44442)
        #expect(try Self.fourth().withUnsafeBytes { sh_page_checksum($0.baseAddress, 8192, 3) } == 33282)
        #expect(try Self.fourth().withUnsafeBytes { sh_page_checksum($0.baseAddress, 8192, 2) } != 33282)
    }

    /// Pieces of `step` bytes.
    private func check(_ content: [UInt8], start: UInt64 = .max, step: Int = 5000, path: String = "base/5/16389") throws
        -> PageCheck
    {
        let relation = try #require(RelationFile(path.utf8, tablespace: nil))
        var check = PageCheck(relation, PageCheck.Format(start: LogSequenceNumber(start)))
        content.withUnsafeBytes { bytes in
            for at in stride(from: 0, to: bytes.count, by: step) {
                check.take(UnsafeRawBufferPointer(rebasing: bytes[at..<min(bytes.count, at + step)]))
            }
        }
        return check
    }

    private static func table() throws -> [UInt8] {
        let unused = [UInt8](repeating: 0, count: 8192)
        return try first() + unused + unused + fourth()
    }

    @Test(arguments: [1, 100, 8191, 8192, 8193, 40_000]) func aWholeTableHasNothingToSay(_ step: Int) throws {
        #expect(try check(try Self.table(), step: step).damagedCount == 0)
    }

    @Test(arguments: [20, 200, 8191]) func oneByteIsFoundWhereverItIs(_ place: Int) throws {
        var table = try Self.table()
        table[3 * 8192 + place] ^= 1
        let found = try check(table)
        #expect(found.damaged == [3] && found.damagedCount == 1)
        #expect(
            found.words("public.visits of the database 'iqhis'").hasPrefix("block 3 of public.visits of the database"))
        #expect(found.words(nil).hasPrefix("block 3 of relation file 16389 does not have its checksum"))
    }

    @Test func aPageInTheWrongPlaceIsFound() throws {
        let unused = [UInt8](repeating: 0, count: 8192)
        #expect(try check(unused + Self.first()).damaged == [1])
    }

    @Test func whatWasWrittenSinceTheBackupBeganIsTheLogs() throws {
        var table = try Self.table()
        table[200] ^= 1
        // The page's own position is 0/1773C70.
        #expect(try check(table, start: 0x177_3C70).damagedCount == 0)
        #expect(try check(table, start: 0x177_3C71).damaged == [0])
    }

    /// The first look at block 3 sees a torn page; then comes what `later` gives, one by one, the last of them for ever.
    private func checkAgain(_ later: [[UInt8]?]) throws -> PageCheck {
        var table = try Self.table()
        table[3 * 8192 + 5000] ^= 1
        let relation = try #require(RelationFile("base/5/16389".utf8, tablespace: nil))
        var turn = 0
        var check = PageCheck(relation, PageCheck.Format(start: LogSequenceNumber(.max))) { offset in
            #expect(offset == 3 * 8192)
            defer { turn += 1 }
            return later[min(turn, later.count - 1)]
        }
        table.withUnsafeBytes { check.take($0) }
        return check
    }

    @Test func aPageThatIsWholeWhenItIsReadAgainWasTorn() throws {
        var torn = try Self.fourth()
        torn[5000] ^= 1
        #expect(try checkAgain([torn, torn, Self.fourth()]).damagedCount == 0)
        #expect(try checkAgain([nil]).damagedCount == 0, "its relation was dropped or truncated")
        #expect(try checkAgain([torn]).damaged == [3])
        torn[6000] ^= 1
        #expect(try checkAgain([torn]).damaged == [3])
    }

    @Test func segmentsCountOn() throws {
        var page = try Self.first()
        page[200] ^= 1
        #expect(try check(page, path: "base/5/16389.2").damaged == [262_144])
        #expect(try check(page, path: "base/5/16389_fsm").words(nil).contains("(fork fsm)"))
    }

    @Test func filesOfRelationsAreRecognised() {
        func found(_ path: String, _ tablespace: UInt32? = nil) -> RelationFile? {
            RelationFile(path.utf8, tablespace: tablespace)
        }
        #expect(found("base/5/16389.12")?.segment == 12)
        #expect(found("base/5/2619_vm")?.fork == "vm")
        #expect(found("global/1262")?.tablespace == 1664 && found("global/1262")?.database == 0)
        #expect(found("PG_15_202209061/5/24576", 16_400) == RelationFile("PG_18_1/5/24576".utf8, tablespace: 16_400))
        for path in [
            "PG_VERSION", "base/5/PG_VERSION", "base/5/pg_filenode.map", "base/5/t3_16389", "global/pg_control",
            "pg_wal/000000010000000000000001", "base/5/16389_x", "base/5/16389.x", "pg_xact/0000", "base/5",
        ] {
            #expect(found(path) == nil, "\(path)")
        }
    }
}
