import Testing

import Operations

@Suite("A pattern")
struct GlobPatternTests {
    @Test(
        "matches whole paths",
        arguments: [
            ("/etc/*.conf", "etc/a.conf", true), ("/etc/*.conf", "etc/sub/a.conf", false),
            ("/etc/**/*.conf", "etc/sub/a.conf", true),
            ("/etc/**/*.conf", "etc/a.conf", true), ("*.txt", "home/me/a.txt", true),
            ("*.txt", "home/me/a.txt.gz", false),
            ("me/*", "home/me/x", true), ("/home/[a-m]e", "home/me", true), ("/home/[!a-m]e", "home/me", false),
            ("/a\\*b", "a*b", true), ("/a\\*b", "axb", false), ("/a?c", "abc", true), ("/a?c", "a/c", false),
            ("/[", "[", true),
            ("/**", "any/thing", true), ("/a*b*c", "aXbYbZc", true),
        ])
    func match(_ pattern: String, _ path: String, _ expected: Bool) {
        #expect(GlobPattern(pattern).matches(Array(path.utf8)) == expected)
    }

    @Test("knows the directory below which it looks")
    func prefix() {
        #expect(GlobPattern("/home/me/*.txt").prefix == Array("home/me".utf8))
        #expect(GlobPattern("*.txt").prefix.isEmpty)
    }
}
