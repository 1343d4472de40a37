import Crypto
import Primitives
import Testing
import WriteAheadLog

@testable import CapturePostgres

/// What arrived beside what the server says that it sent.
@Suite struct BackupManifestTests {
    private static func digest(_ text: String) -> Digest32 {
        SHA256.hash(data: Array(text.utf8)).withUnsafeBytes { Digest32(loading: $0) }
    }

    private static func crc(_ text: String) -> UInt32 {
        var crc = CRC32C()
        Array(text.utf8).withUnsafeBytes { crc.update($0) }
        return crc.value
    }

    private static func checksum(_ text: String) -> String {
        withUnsafeBytes(of: crc(text).littleEndian) { Hex.encode(Array($0)) }
    }

    /// RFC 3720, B.4, and the usual check value of the algorithm.
    @Test func checksumsAreCastagnolis() {
        #expect(Self.crc("123456789") == 0xE306_9283)
        #expect(Self.crc(String(repeating: "\0", count: 32)) == 0x8A91_36AA)
        #expect(Self.crc("") == 0)
    }

    private static func line(_ path: String, _ content: String) -> String {
        #"{ "Path": "\#(path)", "Size": \#(content.utf8.count), "Last-Modified": "2026-11-27 02:00:00 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "\#(checksum(content))" }"#
    }

    /// As version 17 writes it; before, the version is 1 and the identifier is not there.
    private static func manifest(_ lines: [String]) -> String {
        let body = """
            { "PostgreSQL-Backup-Manifest-Version": 2,
            "System-Identifier": 7446203121332226000,
            "Files": [
            \(lines.joined(separator: ",\n"))
            ],
            "WAL-Ranges": [
            { "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" }
            ],

            """
        return body + "\"Manifest-Checksum\": \"\(digest(body).hex)\"}\n"
    }

    private static let files = [("PG_VERSION", "15\n"), ("base/5/16389", "pages"), ("pg_tblspc/16400/PG_15/5/1", "")]

    private func verdict(_ text: String, _ arrived: [(String, String)] = files, step: Int = 37) -> String? {
        var manifest = BackupManifest()
        for (path, content) in arrived {
            manifest.arrived(Array(path.utf8), size: UInt64(content.utf8.count), Self.crc(content))
        }
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { bytes in
            for at in stride(from: 0, to: bytes.count, by: step) {
                manifest.read(UnsafeRawBufferPointer(rebasing: bytes[at..<min(bytes.count, at + step)]))
            }
        }
        return manifest.verdict()
    }

    @Test(arguments: [1, 37, 1000, 100_000]) func whatFitsFits(_ step: Int) {
        #expect(verdict(Self.manifest(Self.files.map(Self.line)), step: step) == nil)
    }

    @Test func theLogIsNotCompared() {
        let log = [
            ("pg_wal/000000010000000000000002", "log"), ("pg_wal/archive_status/000000010000000000000002.done", ""),
        ]
        #expect(verdict(Self.manifest(Self.files.map(Self.line)), Self.files + log) == nil)
        #expect(verdict(Self.manifest((Self.files + log).map(Self.line))) == nil)
    }

    @Test func namesOfAnyKind() {
        let odd = ("odd \"name\"\\", "x")
        let lines = [
            Self.line(#"odd \"name\"\\"#, "x"),
            Self.line("?", "y").replacing(#""Path": "?""#, with: #""Encoded-Path": "2f""#),
        ]
        #expect(verdict(Self.manifest(lines), [odd, ("/", "y")]) == nil)
    }

    @Test func whatDiffersIsNamed() throws {
        let whole = Self.manifest(Self.files.map(Self.line))
        var others = Self.files
        others[1].1 = "pagez"
        #expect(try #require(verdict(whole, others)).contains("gives 'base/5/16389' another checksum"))
        others[1].1 = "page"
        #expect(try #require(verdict(whole, others)) == "gives 'base/5/16389' 5 bytes, and 4 came")
        others.remove(at: 1)
        #expect(try #require(verdict(whole, others)) == "names 'base/5/16389', which did not come")
        #expect(try #require(verdict(whole, Self.files + [("more", "")])) == "does not name 1 files that came")
    }

    @Test func oneThatIsNotWholeIsRefused() throws {
        let whole = Self.manifest(Self.files.map(Self.line))
        #expect(try #require(verdict(String(whole.dropLast(100)))) == "did not come to its end")
        #expect(try #require(verdict("")) == "did not come to its end")
        #expect(try #require(verdict(whole + "more\n")) == "goes on behind its end")
        let endless = whole.replacing("\"Files\"", with: String(repeating: " ", count: 100_000) + "\"Files\"")
        #expect(try #require(verdict(endless)).hasPrefix("has a line of more than"))
        let changed = whole.replacing("0/2000100", with: "0/2000101")
        #expect(try #require(verdict(changed)) == "does not have the checksum that it states")
        #expect(try #require(verdict(whole.replacing("CRC32C", with: "SHA256"))).hasPrefix("has a line that is none"))
    }
}
