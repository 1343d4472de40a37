import Primitives
import Testing

@testable import CapturePostgres

/// Members of archives as servers write them.
@Suite struct TarHeaderTests {
    /// As PostgreSQL's own tar.c makes one.
    static func block(
        _ name: String, kind: Character = "0", size: UInt64 = 0, mode: UInt32 = 0o600, target: String = ""
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(UInt64(mode), 7), at: 100)
        put(octal(26, 7), at: 108)
        put(octal(27, 7), at: 116)
        if size < 1 << 33 {
            put(octal(size, 11), at: 124)
        } else {
            block[124] = 0x80
            for index in 0..<8 { block[128 + index] = UInt8(size >> (56 - 8 * UInt64(index)) & 0xFF) }
        }
        put(octal(1_700_000_000, 11), at: 136)
        block[156] = kind.asciiValue ?? 0
        put(target, at: 157)
        put("ustar\0" + "00", at: 257)
        put("postgres", at: 265)
        let sum = block.reduce(0) { $0 + Int($1) } + 8 * 0x20
        put(octal(UInt64(sum), 6), at: 148)
        block[155] = 0x20
        return block
    }

    @Test func filesDirectoriesAndLinks() throws {
        let file = try #require(try TarHeader(Self.block("base/1/1259", size: 8193)))
        #expect(file.path == Array("base/1/1259".utf8) && file.kind == .file && file.size == 8193)
        #expect((file.mode, file.uid, file.gid, file.modified) == (0o600, 26, 27, 1_700_000_000))
        #expect(file.padding == 511)
        let directory = try #require(try TarHeader(Self.block("pg_wal/", kind: "5", mode: 0o700)))
        #expect(directory.path == Array("pg_wal".utf8) && directory.kind == .directory)
        let link = try #require(try TarHeader(Self.block("pg_tblspc/16400/", kind: "2", target: "/srv/space")))
        #expect(link.kind == .link(target: Array("/srv/space".utf8)))
        #expect(link.path == Array("pg_tblspc/16400".utf8))
    }

    @Test(arguments: [0, 1, (1 << 33) - 1, 1 << 33, 1 << 40]) func sizesOfAnyKind(_ size: UInt64) throws {
        #expect(try TarHeader(Self.block("f", size: size))?.size == size)
    }

    @Test func zerosAreTheEnd() throws { #expect(try TarHeader([UInt8](repeating: 0, count: 512)) == nil) }

    @Test(arguments: ["/etc/passwd", "../x", "base/../../x", "a//b", ""]) func pathsThatLeaveAreRefused(_ path: String)
    {
        #expect(throws: EncodingError.self) { try TarHeader(Self.block(path)) }
    }

    @Test func anyBitThatFlipsIsFound() {
        let block = Self.block("base/1/1259", size: 8192)
        for place in [0, 5, 101, 125, 140, 150, 156, 300, 511] {
            var broken = block
            broken[place] ^= 4
            #expect(throws: EncodingError.self, "\(place)") { try TarHeader(broken) }
        }
    }
}
