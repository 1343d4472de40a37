import Archive
import Foundation
import TestSupport
import Testing

/// Tar files of ours, as GNU tar and Python read them.
@Suite struct PaxHeaderTests {
    private static func archive(_ entries: [(ArchiveEntry, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (entry, content) in entries {
            let header = PaxHeader(entry)
            bytes += header.bytes + content
            bytes += [UInt8](repeating: 0, count: PaxHeader.padding(after: header.contentCount))
        }
        return bytes + PaxHeader.end
    }

    private static func file(_ path: String, _ content: String = "") -> (ArchiveEntry, content: [UInt8]) {
        file(Array(path.utf8), Array(content.utf8))
    }

    private static func file(_ path: [UInt8], _ content: [UInt8]) -> (ArchiveEntry, content: [UInt8]) {
        var entry = ArchiveEntry(path: path, kind: .file)
        entry.size = UInt64(content.count)
        return (entry, content)
    }

    /// What Python says of each entry, one value a line.
    private static func python(_ expression: String, _ bytes: [UInt8], _ folder: TemporaryFolder) throws -> [String] {
        let script = """
            import sys, tarfile, io
            for e in tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())): print(\(expression))
            """
        let ended = try PlainTool.run(["python3", "-c", script], in: folder.path, input: bytes)
        try #require(ended.status == 0, "\(ended.errors)")
        return ended.text.split(separator: "\n").map(String.init)
    }

    private static func extract(_ bytes: [UInt8], _ options: String...) throws -> (TemporaryFolder, said: String) {
        let folder = try TemporaryFolder()
        let ended = try PlainTool.run(["tar", "-xf", "-"] + options, in: folder.path, input: bytes)
        try #require(ended.status == 0, "\(ended.errors)")
        return (folder, ended.errors)
    }

    private static func look(_ folder: TemporaryFolder, _ script: String) throws -> String {
        let ended = try PlainTool.run(["sh", "-c", script], in: folder.path)
        try #require(ended.status == 0, "\(ended.errors)")
        return ended.text
    }

    @Test("Paths of every length around the borders of the header's fields") func lengths() throws {
        let names = [1, 99, 100, 101, 154, 155, 156, 255].map { String(repeating: "n", count: $0) }
        let folders = [1, 54, 99, 100, 153, 154, 155, 156, 255, 600].map { count in
            stride(from: 0, to: count, by: 200).map { String(repeating: "d", count: min(200, count - $0)) }.joined(
                separator: "/")
        }
        let paths = names + folders.flatMap { folder in names.map { folder + "/" + $0 } }
        let bytes = Self.archive(paths.map { Self.file($0, $0) })
        let folder = try TemporaryFolder()
        #expect(try Self.python("e.name", bytes, folder) == paths)
        let listed = try PlainTool.run(["tar", "-tf", "-"], in: folder.path, input: bytes)
        #expect(listed.text.split(separator: "\n").map(String.init) == paths)
        #expect(listed.errors == "")
    }

    @Test("Names of any bytes, short and long") func bytes() throws {
        let short: [UInt8] = [0x66, 0xFF, 0x0A, 0x5C, 0x22, 0xC3]
        let long = Array("x/".utf8) + [UInt8](repeating: 0xE9, count: 180)
        let (folder, _) = try Self.extract(Self.archive([Self.file(short, [1]), Self.file(long, [2])]))
        let found = try PlainTool.run(["find", ".", "-type", "f", "-print0"], in: folder.path).output
        #expect(Set(found.split(separator: 0).map { Array($0.dropFirst(2)) }) == [short, long])
        let python = try Self.python(
            "e.name.encode('utf-8', 'surrogateescape').hex()",
            Self.archive([Self.file(short, []), Self.file(long, [])]),
            folder)
        #expect(python == [short, long].map { $0.map { String(format: "%02x", $0) }.joined() })
    }

    @Test("Numbers beyond the header's fields") func numbers() throws {
        var large = ArchiveEntry(path: Array("large".utf8), kind: .file)
        (large.size, large.uid, large.gid) = (9 << 30, 4_294_967_294, 3_000_000)
        (large.seconds, large.nanoseconds) = (-2, 500_000_000)
        let header = PaxHeader(large).bytes
        let folder = try TemporaryFolder()
        // Of the content nobody asks who only looks at the first header.
        let script = """
            import sys, tarfile, io
            e = tarfile.TarInfo.fromtarfile(tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))) if 0 else \
            tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), mode='r:').firstmember
            print(e.size, e.uid, e.gid, e.mtime)
            """
        let ended = try PlainTool.run(["python3", "-c", script], in: folder.path, input: header)
        #expect(ended.text == "\(9 << 30) 4294967294 3000000 -1.5\n", "\(ended.errors)")
        let listed = try PlainTool.run(
            ["tar", "--numeric-owner", "--full-time", "-tvf", "-"], in: folder.path, input: header)
        #expect(listed.text.contains("4294967294/3000000 9663676416 1969-12-31"), "\(listed.text)")
    }

    @Test(
        "Times to the nanosecond, before 1970 and far ahead",
        arguments: [
            (0, 1), (-1, 999_999_999), (-2_000_000_000, 1), (1_795_564_800, 0), (4_000_000_000, 120_000_000),
        ])
    func times(seconds: Int64, nanoseconds: UInt32) throws {
        var (entry, _) = Self.file("f")
        (entry.seconds, entry.nanoseconds) = (seconds, nanoseconds)
        let (folder, _) = try Self.extract(Self.archive([(entry, [])]))
        var status = stat()
        #expect(stat(folder.path + "/f", &status) == 0)
        #expect(Int64(status.st_mtim.tv_sec) == seconds && status.st_mtim.tv_nsec == Int(nanoseconds))
    }

    @Test("Links, devices, FIFOs and directories, with their modes") func kinds() throws {
        let target = Array(String(repeating: "t/", count: 90).utf8) + Array("end".utf8)
        var entries: [(ArchiveEntry, content: [UInt8])] = [Self.file("d/first", "content")]
        let kinds: [(String, ArchiveEntry.Kind)] = [
            ("d/second", .hardLink(to: Array("d/first".utf8))), ("link", .symbolicLink(to: target)), ("fifo", .fifo),
            ("character", .characterDevice(major: 4000, minor: 1_000_000)), ("block", .blockDevice(major: 8, minor: 1)),
            ("d", .directory),
        ]
        for (name, kind) in kinds {
            var entry = ArchiveEntry(path: Array(name.utf8), kind: kind)
            entry.mode = 0o2751
            entries.append((entry, []))
        }
        let bytes = Self.archive(entries)
        let folder = try TemporaryFolder()
        let seen = try Self.python(
            "e.name, e.type.decode(), oct(e.mode), e.devmajor, e.devminor, len(e.linkname)", bytes, folder)
        #expect(
            seen == [
                "d/first 0 0o644 0 0 0", "d/second 1 0o2751 0 0 7", "link 2 0o2751 0 0 183", "fifo 6 0o2751 0 0 0",
                "character 3 0o2751 4000 1000000 0", "block 4 0o2751 8 1 0", "d 5 0o2751 0 0 0",
            ])
        let (made, _) = try Self.extract(bytes, "--exclude=character", "--exclude=block", "-p")
        #expect(
            try Self.look(made, "stat -c '%F %h' d/first fifo d link; stat -c %a d; readlink link | wc -c")
                == "regular file 2\nfifo 1\ndirectory 2\nsymbolic link 1\n2751\n184\n")
    }

    @Test("Holes come back as holes", arguments: [[], [(0, 1000)], [(5000, 512), (1_000_000, 3)], [(2_999_999, 1)]])
    func holes(extents: [(Int, Int)]) throws {
        var random = SeededGenerator(seed: 9)
        var entry = ArchiveEntry(path: Array(repeating: 0x6E, count: 120), kind: .file)
        entry.size = 3_000_000
        entry.extents = extents.map { .init(offset: UInt64($0.0), count: UInt64($0.1)) }
        var whole = [UInt8](repeating: 0, count: 3_000_000)
        var data: [UInt8] = []
        for (offset, count) in extents {
            let piece = random.bytes(count)
            whole.replaceSubrange(offset..<offset + count, with: piece)
            data += piece
        }
        let bytes = Self.archive([(entry, data), Self.file("behind", "x")])
        let (folder, said) = try Self.extract(bytes)
        let path = folder.path + "/" + String(repeating: "n", count: 120)
        #expect(Array(try Data(contentsOf: URL(filePath: path))) == whole)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_blocks * 512 < 100_000, "it was filled: \(said)")
        #expect(try Self.python("e.name, e.size", bytes, folder).last == "behind 1")
    }

    @Test("Attributes and ACLs", .enabled(if: geteuid() == 0, "some attributes take root")) func attributes() throws {
        var (entry, content) = Self.file("f", "x")
        let list: [UInt8] =
            [2, 0, 0, 0] + [1, 0, 6, 0, 255, 255, 255, 255] + [2, 0, 5, 0, 0xE9, 3, 0, 0] + [
                4, 0, 4, 0, 255, 255, 255, 255,
            ]
            + [16, 0, 7, 0, 255, 255, 255, 255] + [32, 0, 0, 0, 255, 255, 255, 255]
        entry.attributes = [
            .init(name: Array("user.a=b%".utf8), value: [0, 10, 255]), .init(name: Array("user.empty".utf8), value: []),
            .init(name: Array("trusted.t".utf8), value: [1]),
            .init(name: Array("system.posix_acl_access".utf8), value: list),
        ]
        let (folder, _) = try Self.extract(
            Self.archive([(entry, content)]), "--xattrs", "--xattrs-include=*", "--acls")
        let seen = try Self.look(folder, "getfattr -d -m 'user|trusted' -e hex f | grep =; getfacl -cn f | grep :")
        #expect(
            seen.split(separator: "\n") == [
                "trusted.t=0x01", "user.a\\075b%=0x000aff", "user.empty=0x", "user::rw-", "user:1001:r-x", "group::r--",
                "mask::rwx", "other::---",
            ], "\(seen)")
    }
}
