import Primitives
import Testing
import WriteAheadLog

@testable import CapturePostgres

/// Manifests that we write, read by what reads those of servers. pg_verifybackup has its say in the acceptance tests.
@Suite struct ManifestWriterTests {
    private static let files: [[UInt8]] =
        ["PG_VERSION", "base/5/16389", "pg_tblspc/16400/PG_15_202209061/5/1", "odd \"name\"\\\u{1}ü"].map {
            Array($0.utf8)
        } + [[0x63, 0x61, 0x66, 0xE9]]

    private func written(major: Int, checksum: UInt32 = 0x0102_0304) -> [UInt8] {
        var writer = ManifestWriter(major: major, systemIdentifier: 7_320_280_665_284_567_118)
        for file in Self.files { writer.add(file, size: 8192, modified: 1_700_000_000, checksum) }
        return writer.text(timeline: 2, from: LogSequenceNumber(0x200_0028), to: LogSequenceNumber(0x200_0100))
    }

    private func verdict(_ text: [UInt8], checksum: UInt32 = 0x0102_0304) -> String? {
        var manifest = BackupManifest()
        for file in Self.files { manifest.arrived(file, size: 8192, checksum) }
        text.withUnsafeBytes { manifest.read($0) }
        return manifest.verdict()
    }

    @Test(arguments: [13, 15, 17, 18]) func isWhatAServerWouldSay(_ major: Int) throws {
        #expect(verdict(written(major: major)) == nil)
        let parsed = try JSON(parsing: written(major: major))
        #expect(parsed["PostgreSQL-Backup-Manifest-Version"]?.count == (major < 17 ? 1 : 2))
        #expect((parsed["System-Identifier"] != nil) == (major >= 17))
        let range = try #require(parsed["WAL-Ranges"]?.list?.first)
        #expect(range["Start-LSN"]?.text == "0/2000028" && range["End-LSN"]?.text == "0/2000100")
        let last = try #require(parsed["Files"]?.list?.last)
        #expect(last["Encoded-Path"]?.text == "636166e9" && last["Path"] == nil)
        let file = try #require(parsed["Files"]?.list?.first)
        #expect(file["Last-Modified"]?.text == "2023-11-14 22:13:20 GMT" && file["Checksum"]?.text == "04030201")
    }

    @Test func anythingElseIsNoticed() throws {
        #expect(verdict(written(major: 15), checksum: 1)?.contains("another checksum") == true)
        var text = written(major: 15)
        let place = try #require(text.firstIndex(of: UInt8(ascii: "8")))
        text[place] = UInt8(ascii: "9")
        #expect(verdict(text) != nil)
    }
}
