import Primitives
import Testing

@testable import Identity

/// CBOR, by the examples of RFC 8949, appendix A.
@Suite("Compact binary") struct CompactBinaryTests {
    private static func read(_ hex: String) throws -> CompactBinary {
        try CompactBinary(parsing: try #require(Hex.decode(hex)))
    }

    @Test("is read as the standard writes it") func examples() throws {
        let examples: [(String, CompactBinary)] = [
            ("00", .integer(0)), ("17", .integer(23)), ("1818", .integer(24)), ("1903e8", .integer(1000)),
            ("1a000f4240", .integer(1_000_000)), ("1b000000e8d4a51000", .integer(1_000_000_000_000)),
            ("20", .integer(-1)), ("3903e7", .integer(-1000)), ("f4", .flag(false)), ("f5", .flag(true)), ("f6", .null),
            ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("6449455446", .text("IETF")),
            ("62c3bc", .text("\u{fc}")), ("80", .list([])),
            ("83010203", .list([.integer(1), .integer(2), .integer(3)])),
            ("a0", .map([])),
        ]
        for (hex, value) in examples { #expect(try Self.read(hex) == value, "\(hex)") }
        let map = try Self.read("a26161016162820203")
        #expect(map["a"] == .integer(1) && map["b"] == .list([.integer(2), .integer(3)]) && map["c"] == nil)
    }

    @Test(
        "that is cut, open, tagged, double, deep or longer than it is, is refused",
        arguments: [
            "", "18", "61", "5b7fffffffffffffff", "9b00000000ffffffff", "5f42010243030405ff", "9fff", "c074", "f97e00",
            "f7", "1bffffffffffffffff", "3bffffffffffffffff", "61ff", "a2616101616102", "0000", "818181818181818181",
            "1c",
        ])
    func refused(_ hex: String) throws {
        #expect(throws: EncodingError.self) { try Self.read(hex) }
    }
}
