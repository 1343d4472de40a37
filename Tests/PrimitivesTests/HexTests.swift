import Primitives
import Testing

@Suite struct HexTests {
    @Test func everyByteComesBack() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hex.encode(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hex.decode(text) == bytes)
        #expect(Hex.decode(text.uppercased()) == bytes)
        #expect(Hex.encode([UInt8]()) == "" && Hex.decode("") == [])
    }

    @Test(arguments: ["0", "abc", "0g", "g0", " 0", "0x", "-1", "+1", "/0", ":0", "@0", "`0", "é", "００", "0\u{0}"])
    func anythingElseIsRefused(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
