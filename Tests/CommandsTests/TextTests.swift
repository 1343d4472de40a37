import Primitives
import Testing

@testable import Commands

@Suite struct TextTests {
    @Test(
        "Sizes",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (5 << 30, "5.0 GiB"),
            (.max, "16.0 EiB"),
        ])
    func size(_ bytes: UInt64, _ text: String) { #expect(Text.size(bytes) == text) }

    @Test("Counts", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")])
    func count(_ value: UInt64, _ text: String) { #expect(Text.count(value) == text) }

    @Test(
        "Durations",
        arguments: [
            (0.04, "0.0 s"), (9.96, "10.0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"),
            (90_000, "1 d 1 h"),
        ])
    func duration(_ seconds: Double, _ text: String) { #expect(Text.duration(seconds) == text) }

    @Test("Times have nanoseconds where there are some")
    func preciseTime() {
        #expect(Text.preciseTime(Timestamp(nanoseconds: 0)) == "1970-01-01T00:00:00Z")
        #expect(Text.preciseTime(Timestamp(nanoseconds: 1_000_000_042)) == "1970-01-01T00:00:01.000000042Z")
        #expect(Text.preciseTime(Timestamp(nanoseconds: -1)) == "1969-12-31T23:59:59.999999999Z")
    }

    @Test("Names cannot steer the terminal")
    func printable() {
        #expect(Text.printable(Array("/a b/ü".utf8)) == "/a b/ü")
        #expect(Text.printable(Array("/a\u{1B}[2Jb\n".utf8)) == "/a\\x1b[2Jb\\x0a")
        #expect(Text.printable([0x2F, 0xFF, 0xC3]) == "/\\xff\\xc3")
    }

    @Test("Columns are as wide as what is in them")
    func table() {
        var table = Table([("name", .left), ("size", .right)])
        table.add(["a", "12345"])
        table.add(["longer", "1"])
        #expect(table.lines == ["name     size", "a       12345", "longer      1"])
    }
}
