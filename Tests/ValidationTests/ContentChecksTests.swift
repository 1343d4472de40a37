import CDeflate
import Foundation
import TestSupport
import Testing

@testable import Validation

/// What tells a damaged file from a whole one, by its type (EMG-3).
@Suite struct ContentChecksTests {
    private static func verdict(_ name: String, _ bytes: [UInt8], pieces: Int = 7) -> Validity? {
        guard var check = ContentChecks.check(of: name.utf8) else { return nil }
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { check.take($0) }
        }
        return check.verdict()
    }

    private static func isDamaged(_ name: String, _ bytes: [UInt8]) -> Bool {
        if case .damaged? = verdict(name, bytes) { true } else { false }
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static let png: [UInt8] = {
        func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
            let content = Array(type.utf8) + body
            let crc = content.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
            return bigEndian(UInt32(body.count)) + content + bigEndian(crc)
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", bigEndian(3) + bigEndian(2) + [8, 2, 0, 0, 0])
            + chunk("IDAT", (0..<60).map { UInt8($0 * 3) }) + chunk("IEND", [])
    }()

    @Test("A picture is valid whole, and neither with any bit turned over nor cut off anywhere") func pictures() {
        #expect(Self.verdict("a/Photo.PNG", Self.png) == .valid)
        for index in Self.png.indices {
            for bit in 0..<8 {
                var bytes = Self.png
                bytes[index] ^= 1 << bit
                #expect(Self.isDamaged("x.png", bytes), "bit \(bit) of byte \(index)")
            }
            #expect(Self.isDamaged("x.png", Array(Self.png[..<index])), "cut off at \(index)")
        }
        #expect(Self.isDamaged("x.png", Self.png + [0]))
    }

    @Test(
        "Text that is JSON is told from text that is none",
        arguments: [
            ("{}", true), ("[]", true), ("[1, -2.5e+3, true, null, \"a\\u00e9\\n\"]", true),
            ("{\"a\": {\"b\": [[]]}}", true),
            ("12", true), ("{\"line\": 1}\n{\"line\": 2}\n", true), ("\"\"", true), ("-0.1E9", true),
            ("", false), ("{", false), ("[1,]", false), ("{\"a\" 1}", false), ("{\"a\": 1,}", false), ("{a: 1}", false),
            ("[01]", false), ("[1.]", false), ("[tru]", false), ("\"\\x\"", false), ("\"\\u00g0\"", false),
            ("]", false),
            ("[1}", false), ("{\"a\": 1]", false), ("\"a\nb\"", false), ("[1] x", false), ("tru", false),
            ("[1 2]", false),
        ]) func json(_ text: String, _ isValid: Bool)
    {
        for pieces in [1, 3, 1000] {
            #expect((Self.verdict("x.json", Array(text.utf8), pieces: pieces) == .valid) == isValid, "\(text)")
        }
    }

    @Test(
        "Text that is XML or YAML is told from text that is none",
        arguments: [
            ("a.xml", "<?xml version='1.0'?><a b='1'>x<!-- c --><d/></a>\n", true), ("a.svg", "<svg/>", true),
            ("a.xml", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a>&e;</a>", true),
            ("a.xml", "<a xmlns:p='u'><p:b>\u{e9}</p:b></a>", true),
            ("a.xml", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", true),
            ("a.xml", "", false), ("a.xml", "<a><b></a></b>", false), ("a.xml", "<a>", false),
            ("a.xml", "<a/><b/>", false), ("a.xml", "<a>&e;</a>", false), ("a.xml", "<a>\u{1}</a>", false),
            ("a.xsd", "<a b=1/>", false), ("a.xml", "text", false),
            ("a.yaml", "a: 1\nb: [x, y]\n", true), ("a.yml", "---\na: 1\n---\n- 2\n...\n", true), ("a.yaml", "", true),
            ("a.yaml", "a: 1\na: 2\n", true), ("a.yaml", "a: &x 1\nb: *x\n", true), ("a.yaml", "# nothing\n", true),
            ("a.yaml", "a: [1\n", false), ("a.yaml", "a: 1\n\tb: 2\n", false), ("a.yaml", "a: 'x\n", false),
            ("a.yaml", "a: 1\n}\n", false), ("a.yaml", "a: \u{0}\n", false),
        ]) func markup(_ name: String, _ text: String, _ isValid: Bool)
    {
        for pieces in [1, 3, 1000] {
            let verdict = Self.verdict(name, Array(text.utf8), pieces: pieces)
            #expect(
                (verdict == .valid) == isValid && verdict != nil && verdict != .unknown, "\(text): \(verdict as Any)")
        }
    }

    /// Each of ten entities is ten of the one before: a billion in the end.
    @Test("Text that is made to take for ever ends soon, and is not taken for whole") func bombs() {
        let levels = (1...9).map { level in
            "<!ENTITY e\(level) '\(String(repeating: "&e\(level - 1);", count: 10))'>"
        }
        let xml = "<!DOCTYPE a [<!ENTITY e0 'lol'>\(levels.joined())]><a>&e9;</a>"
        #expect(Self.isDamaged("a.xml", Array(xml.utf8)))
        let yaml = (1...9).map {
            "e\($0): &e\($0) [\(Array(repeating: "*e\($0 - 1)", count: 10).joined(separator: ", "))]"
        }
        #expect(Self.verdict("a.yaml", Array((["e0: &e0 lol"] + yaml).joined(separator: "\n").utf8)) == .valid)
        let deep = String(repeating: "[", count: 200_000)
        #expect(Self.isDamaged("a.yaml", Array(deep.utf8)))
    }

    @Test("What other programs wrote is valid, and cut off or overwritten it is not", arguments: ["zip", "tar", "db"])
    func others(_ kind: String) throws {
        let scratch = try TemporaryFolder()
        let script = """
            import sqlite3, sys, tarfile, zipfile, io
            kind, path = sys.argv[1:]
            if kind == 'zip':
                with zipfile.ZipFile(path, 'w') as z:
                    for i in range(5): z.writestr(f'{i}.txt', 'x' * 1000 * i)
            elif kind == 'tar':
                with tarfile.open(path, 'w') as t:
                    for i in range(5):
                        member = tarfile.TarInfo(f'{i}.txt'); member.size = 7000 * i
                        t.addfile(member, io.BytesIO(b'y' * 7000 * i))
            else:
                base = sqlite3.connect(path)
                base.execute('create table t(a)')
                base.executemany('insert into t values (?)', [(n,) for n in range(5000)])
                base.commit()
            """
        let path = scratch.path + "/x." + kind
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, kind, path]
        try process.run()
        process.waitUntilExit()
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        #expect(Self.verdict(path, bytes, pieces: 4096) == .valid)
        #expect(Self.isDamaged(path, Array(bytes.dropLast(bytes.count / 3 + 1))))
        var noise = bytes
        for index in noise.indices.prefix(2000) { noise[index] = UInt8(truncatingIfNeeded: index &* 167 &+ 13) }
        #expect(Self.isDamaged(path, noise))
    }

    @Test("A document has a beginning and an end, and text no bytes that no text has") func documents() {
        let pdf = Array("%PDF-1.7\n1 0 obj <<>> endobj\nxref\n0 1\ntrailer <<>>\nstartxref\n30\n%%EOF\n".utf8)
        #expect(Self.verdict("a.pdf", pdf) == .valid)
        #expect(Self.isDamaged("a.pdf", Array(pdf.dropLast(12))) && Self.isDamaged("a.pdf", Array(pdf.dropFirst(3))))
        #expect(
            Self.isDamaged(
                "a.pdf", Array(String(decoding: pdf, as: UTF8.self).replacing("\n30\n", with: "\n3000\n").utf8)))
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 300) + [0xFF, 0xD9]
        #expect(Self.verdict("a.jpeg", jpeg) == .valid && Self.isDamaged("a.jpg", Array(jpeg.dropLast(2))))
        #expect(
            Self.verdict("a.csv", Array("a;ä\r\n1;2\n".utf8)) == .valid && Self.isDamaged("a.csv", [0x61, 0x00, 0x62]))
        #expect(Self.verdict("README", [1, 2, 3]) == nil && Self.verdict("a.unknown", []) == nil)
    }
}
