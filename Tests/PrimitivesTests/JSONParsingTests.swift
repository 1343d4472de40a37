import Primitives
import Testing

/// JSON that others wrote.
@Suite struct JSONParsingTests {
    private func parsed(_ text: String) throws -> JSON { try JSON(parsing: text.utf8) }

    @Test func everyKindOfValue() throws {
        let value = try parsed(#" { "a": [1, -2, 1.5, true, false, null], "b": {"c": "x"}, "d": [], "e": {} } "#)
        #expect(
            value["a"] == .list([.count(1), .number(-2), .decimal(1.5), .flag(true), .flag(false), .null]))
        #expect(value["b"]?["c"]?.text == "x" && value["d"]?.list == [] && value["f"] == nil)
    }

    @Test func textsOfAnyKind() throws {
        #expect(try parsed(#""a\"\\\/\b\f\n\r\t\u00e9\ud83c\udfe5é""#).text == "a\"\\/\u{8}\u{C}\n\r\té🏥é")
        #expect(try parsed("18446744073709551615").count == .max)
        #expect(try parsed("[0, -0, 10, 0.5, -1e2, 1E+2, 2.5e-1]").list?.count == 7)
        #expect(try parsed("-1e2") == .decimal(-100))
    }

    @Test func whatIsWrittenIsRead() throws {
        let value = JSON.object([
            .init(name: "n\u{1}\"", value: .list([.text("x\ny"), .count(7), .number(-7), .flag(true)]))
        ])
        #expect(try parsed(value.encoded) == value)
    }

    @Test(arguments: [
        "", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "tru", "1 2", "+1", ".5", "-", "01", "-01", "00", "1.", "1.e5", "1e", "1e+", "1.5.5", "--1", "1-2", "0x10",
        "\"\\u-000\"", "\"\\u+041\"", "\"\\u00g0\"", "\"\\u 041\"", "\"a\u{1}\"", "[1}", "nul", "\u{FEFF}1",
        String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ]) func nonsenseIsRefused(_ text: String) {
        #expect(throws: EncodingError.self) { try parsed(text) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: EncodingError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }
}
