import Capture
import Primitives
import TestSupport
import Testing

extension ExclusionPatterns {
    func excludes(_ path: [UInt8], isDirectory: Bool) -> Bool {
        path.withUnsafeBytes { excludes(path: $0, isDirectory: isDirectory) }
    }

    /// What the walker makes of it: what lies under an excluded directory is never asked for.
    func leavesOut(_ path: [UInt8], isDirectory: Bool) -> Bool {
        for (i, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
            if excludes(Array(path[..<i]), isDirectory: true) { return true }
        }
        return excludes(path, isDirectory: isDirectory)
    }
}

@Suite struct ExclusionPatternsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var lines: [String]
        var excluded: [String]
        var kept: [String]
        var testDescription: String { lines.joined(separator: " ⏎ ") }

        init(_ lines: String..., excludes excluded: [String], keeps kept: [String]) {
            (self.lines, self.excluded, self.kept) = (lines, excluded, kept)
        }
    }

    /// A path that ends with `/` is a directory.
    static let table: [Row] = [
        Row("", "# *", "   ", excludes: [], keeps: ["a", "# *", "   "]),
        Row("foo", excludes: ["foo", "foo/", "a/foo", "a/b/foo/"], keeps: ["foobar", "barfoo", "foo.c", "Foo"]),
        Row("foo/", excludes: ["foo/", "a/foo/"], keeps: ["foo", "a/foo"]),
        Row("/foo", excludes: ["foo", "foo/"], keeps: ["a/foo", "foo2"]),
        Row("a/foo", excludes: ["a/foo"], keeps: ["b/a/foo", "foo", "a"]),
        Row("/a/foo/", excludes: ["a/foo/"], keeps: ["a/foo", "b/a/foo/"]),
        Row("*.o", excludes: ["x.o", "a/x.o", ".o"], keeps: ["x.oo", "o", "x.o/y"]),
        Row("/*.o", excludes: ["x.o"], keeps: ["a/x.o"]),
        Row("a/*", excludes: ["a/x", "a/y/"], keeps: ["a", "a/", "a/x/y", "b/a/x"]),
        Row("a/*/c", excludes: ["a/b/c"], keeps: ["a/c", "a/b/b/c"]),
        Row("**/foo", excludes: ["foo", "a/foo", "a/b/foo"], keeps: ["xfoo", "a/xfoo", "foo/x"]),
        Row("**/a/b", excludes: ["a/b", "x/a/b", "x/y/a/b"], keeps: ["xa/b", "a/x/b"]),
        Row("a/**", excludes: ["a/x", "a/x/y", "a/x/"], keeps: ["a", "a/", "b/a/x"]),
        Row("a/**/b", excludes: ["a/b", "a/x/b", "a/x/y/b"], keeps: ["a/xb", "ab", "a/b/c", "x/a/b"]),
        Row("a/**/b/**/c", excludes: ["a/b/c", "a/x/b/y/z/c", "a/b/b/c/c"], keeps: ["a/c", "a/b", "a/c/b"]),
        Row("**", excludes: ["a", "a/b", "a/"], keeps: []),
        Row("/**/", excludes: ["a/", "a/b/"], keeps: ["a", "a/b"]),
        Row("a/**/**/b", excludes: ["a/b", "a/x/b"], keeps: ["a", "b"]),
        Row("a/x**b", excludes: ["a/xb", "a/xyb"], keeps: ["a/x/b", "a/xy/b"]),
        Row("a/x**/b", excludes: ["a/x/b", "a/xy/b"], keeps: ["a/xb", "a/b", "a/x/y/b"]),
        Row("**\\/b", excludes: ["a/b", "a/c/b"], keeps: ["b"]),
        Row("fo?", excludes: ["foo", "fo!"], keeps: ["fo", "fooo", "fo/x"]),
        Row("a?b/c", excludes: ["a.b/c"], keeps: ["a/b/c", "ab/c"]),
        Row("[a-c]x", excludes: ["ax", "bx", "cx"], keeps: ["dx", "x", "-x"]),
        Row("[!a-c]x", "[^d]y", excludes: ["dx", "-x", "ay"], keeps: ["ax", "bx", "dy"]),
        Row("[]]", "[!]]b", "[]-a]c", excludes: ["]", "ab", "^c", "_c", "ac"], keeps: ["]b", "[", "bc"]),
        Row("[a-]1", "[--0]2", excludes: ["a1", "-1", "-2", ".2", "02"], keeps: ["b1", "/2", "12"]),
        Row("[\\]x]1", "[\\a-c]2", "[a\\-z]3", excludes: ["]1", "x1", "b2", "-3"], keeps: ["\\1", "m3", "\\2"]),
        Row("[[:digit:][:upper:]_]", excludes: ["7", "Q", "_"], keeps: ["q", ":", "["]),
        Row("[[:x]", "[a[:]1", excludes: ["[", ":", "x", "a1", "[1", ":1"], keeps: ["y"]),
        Row("[z-a]", excludes: ["z"], keeps: ["a", "-", "m"]),
        Row("a[/x]b", excludes: ["axb"], keeps: ["a/b", "d/axb"]),
        Row("a[!x]b", excludes: ["ayb"], keeps: ["axb", "a/b", "ab"]),
        Row("\\#a", "\\!b", "\\*c", excludes: ["#a", "!b", "*c"], keeps: ["a", "b", "xc", "\\#a"]),
        Row("a\\\\b", "\\q", excludes: ["a\\b", "q"], keeps: ["ab", "\\q"]),
        Row(
            "a ", "b\\ ", "c\\  ", "d\\\\ ", "e\t", " f", excludes: ["a", "b ", "c ", "d\\", "e\t", " f"],
            keeps: ["a ", "b", "c", "e", "f"]),
        Row("a\r", "b c", excludes: ["a", "b c"], keeps: ["a\r", "b"]),
        Row("\u{FEFF}a", "\u{FEFF}b", excludes: ["a", "\u{FEFF}b"], keeps: ["b"]),
        Row("*", "!*.c", "x.c", excludes: ["a", "x.c", "d/"], keeps: ["a.c", "d.c/"]),
        Row("!a", excludes: [], keeps: ["a"]),
        Row("/*", "!/keep", "/keep/*", "!/keep/this", excludes: ["a", "keep/b"], keeps: ["keep/", "keep/this"]),
        Row("a/", "!a", excludes: [], keeps: ["a/", "a"]),
        Row("!a", "a/", excludes: ["a/"], keeps: ["a"]),
        Row("é", "?", "[ü]", excludes: ["é", "e", "d/x"], keeps: ["ä", "ü"]),
        Row("??", excludes: ["ü", "ab"], keeps: ["a", "abc"]),
    ]

    @Test(arguments: table)
    func theTable(row: Row) throws {
        let patterns = try ExclusionPatterns(lines: row.lines)
        for (paths, expected) in [(row.excluded, true), (row.kept, false)] {
            for text in paths {
                let isDirectory = text.hasSuffix("/")
                let path = Array((isDirectory ? String(text.dropLast()) : text).utf8)
                #expect(patterns.excludes(path, isDirectory: isDirectory) == expected, "\(text)")
            }
        }
    }

    @Test func pathsNeedNotBeUTF8() throws {
        let patterns = try ExclusionPatterns(lines: ["x?y", "/d/*", "[!a]z"])
        #expect(patterns.excludes([0x78, 0xFF, 0x79], isDirectory: false))
        #expect(patterns.excludes([0x64, 0x2F, 0xC3, 0x28], isDirectory: false))
        #expect(patterns.excludes([0x80, 0x7A], isDirectory: false))
        #expect(!patterns.excludes([0x78, 0xFF, 0xFF, 0x79], isDirectory: false))
    }

    @Test func withoutPatternsNothingIsExcluded() throws {
        let none = try ExclusionPatterns(lines: ["# nothing", ""])
        #expect(none.isEmpty && !none.excludes([0x61], isDirectory: false))
        let all = try ExclusionPatterns(lines: ["*", "**", "/**"])
        #expect(!all.isEmpty && !all.excludes([], isDirectory: true))
    }

    @Test(arguments: [
        ("/", "names nothing"), ("!", "names nothing"), ("!/", "names nothing"), ("a\\", "ends with a backslash"),
        ("a\\/", "ends with a backslash"), ("[", "has a '[' that no ']' closes"),
        ("a[b", "has a '[' that no ']' closes"),
        ("[]", "has a '[' that no ']' closes"), ("[!]", "has a '[' that no ']' closes"),
        ("[a\\]", "has a '[' that no ']' closes"),
        ("[a-", "has a '[' that no ']' closes"), ("[[:alpha:", "has a '[' that no ']' closes"),
        ("[[:alpha:]", "has a '[' that no ']' closes"),
        ("[[:word:]]", "has a class '[:word:]' that does not exist"),
        ("[[::]]", "has a class '[::]' that does not exist"),
        ("a[/]b", "has brackets that hold no character"),
        ("a//b", "has two slashes in a row"), ("//a", "has two slashes in a row"), ("a//", "has two slashes in a row"),
        ("a/**//b", "has two slashes in a row"), ("\\/a", "has two slashes in a row"),
        ("a\\//b", "has two slashes in a row"),
        ("./a", "has '.' or '..' for a name, which no path has"),
        ("..", "has '.' or '..' for a name, which no path has"),
        ("a/../b", "has '.' or '..' for a name, which no path has"), ("a\u{0}b", "holds a NUL, which no path can"),
    ])
    func whatCanNeverMatchIsRefused(line: String, problem: String) throws {
        let failure = #expect(throws: Failure.self) { try ExclusionPatterns(lines: ["fine", line]) }
        #expect(failure?.code == .usage)
        #expect(failure?.message == "The exclude pattern '\(line)' can never match: it \(problem).")
        #expect(failure?.advice.isEmpty == false)
    }

    @Test(.timeLimit(.minutes(30))) func hostilePatternsTakeNoLongerThanPatternTimesPath() throws {
        let name = [UInt8](repeating: UInt8(ascii: "a"), count: 255)
        let deep = Array([[UInt8]](repeating: [UInt8(ascii: "a")], count: 2_000).joined(separator: [UInt8(ascii: "/")]))
        let patterns = try ExclusionPatterns(lines: [
            String(repeating: "*a", count: 100) + "*b?",
            String(repeating: "**/a/", count: 100) + "b*",
            String(repeating: "**/*a*a*a/", count: 50) + "[b]",
            String(repeating: "a/**/", count: 100) + "*[!a]",
        ])
        // A matcher that tries every split of the path would not end within a life.
        #expect(!patterns.excludes(name, isDirectory: false))
        #expect(!patterns.excludes(deep, isDirectory: false))
        #expect(!patterns.excludes(deep + [UInt8(ascii: "/")] + name, isDirectory: false))
    }

    @Test func randomPatternsAndPathsNeverTrap() {
        var generator = SeededGenerator(seed: 20)
        let alphabet = Array("ab/*?[]!-\\ .:^#".utf8)
        var compiled = 0
        for _ in 0..<5_000 {
            let line = (0..<generator.next() % 9).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
            guard let patterns = try? ExclusionPatterns(lines: [String(decoding: line, as: UTF8.self)]) else {
                continue
            }
            compiled += 1
            for _ in 0..<5 {
                let path = (0..<generator.next() % 7).map { _ in
                    alphabet[Int(generator.next() % UInt64(alphabet.count))]
                }
                _ = patterns.excludes(path, isDirectory: generator.next() & 1 == 0)
            }
        }
        #expect(compiled > 1_000)
    }
}
