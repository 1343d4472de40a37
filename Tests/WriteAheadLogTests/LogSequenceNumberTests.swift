import Testing
import WriteAheadLog

@Suite struct LogSequenceNumberTests {
    @Test(arguments: ["0/0", "0/3000028", "16/B374D848", "FFFFFFFF/FFFFFFFF"])
    func isReadAndWrittenAsTheServerDoes(text: String) {
        #expect(LogSequenceNumber(text)?.description == text)
    }

    @Test(arguments: ["", "/", "0", "0/", "/0", "0/0/0", "g/0", "+1/0", "-1/0", "0/123456789", " 0/0", "0x1/0"])
    func otherTextsAreNone(text: String) {
        #expect(LogSequenceNumber(text) == nil)
    }

    @Test func isOrderedAsTheLogIs() {
        #expect(LogSequenceNumber(0xFFFF_FFFF) < LogSequenceNumber(1 << 32))
        #expect(LogSequenceNumber("1/0")?.value == 1 << 32)
        #expect(LogSequenceNumber("a/ff")?.description == "A/FF")
    }
}
