import Primitives
import TestSupport
import Testing

@Suite struct FieldsTests {
    @Test func everyKindOfValueComesBack() throws {
        var fields = Fields()
        fields.set(900, text: "naïve")
        fields.set(1, integer: 0x0102_0304_0506_0708)
        fields[2] = Array(0..<32)
        fields[3] = Array(0..<16)
        fields.set(4, list: [[], [1], [2, 3]])
        fields.set(5, list: [])
        let decoded = try Fields(decoding: fields.encoded())
        #expect(decoded == fields)
        #expect(try decoded.text(900) == "naïve")
        #expect(try decoded.integer(1) == 0x0102_0304_0506_0708)
        #expect(try decoded.digest(2).bytes == Array(0..<32))
        let id: DomainID = try decoded.identifier(3)
        #expect(id.bytes == Array(0..<16))
        #expect(try decoded.list(4) == [[], [1], [2, 3]])
        #expect(try decoded.list(5) == [])
        #expect(decoded[6] == nil)
    }

    @Test func tagsStandInAscendingOrderWhateverTheOrderOfSetting() {
        var fields = Fields()
        fields[300] = [3]
        fields[1] = [1]
        fields[2] = []
        #expect(fields.encoded() == [1, 1, 1, 2, 0, 0xAC, 0x02, 1, 3])
    }

    @Test func unknownTagsAreKept() throws {
        let bytes: [UInt8] = [1, 1, 7, 99, 2, 8, 9]
        #expect(try Fields(decoding: bytes).encoded() == bytes)
    }

    @Test(
        arguments: [
            ([2, 0, 1, 0], "has field 1 after field 2"), ([1, 0, 1, 0], "has field 1 after field 1"),
            ([0, 0], "has field 0 after field 0"),
            ([1], "ends early"), ([1, 5, 0], "has a field of 5 bytes where 1 are left"),
            ([0x81, 0x00, 0], "has a number that is not in its shortest form"),
        ] as [([UInt8], String)])
    func malformedFieldsAreRefused(bytes: [UInt8], problem: String) {
        #expect(throws: EncodingError(problem)) { try Fields(decoding: bytes) }
    }

    @Test func valuesOfAnotherShapeAreRefused() throws {
        var fields = Fields()
        fields[1] = [1, 2, 3]
        #expect(throws: EncodingError("has a field 1 of 3 bytes, not 8")) { try fields.integer(1) }
        #expect(throws: EncodingError("has a field 1 that is not 32 bytes")) { try fields.digest(1) }
        #expect(throws: EncodingError("has a field 1 that is not 16 bytes")) { try fields.identifier(1) as DomainID }
        #expect(throws: EncodingError("lacks field 2")) { try fields.text(2) }
        fields[1] = [200, 1, 0]
        #expect(throws: EncodingError.self) { try fields.list(1) }
        fields[1] = [2, 1, 0]
        #expect(throws: EncodingError.self) { try fields.list(1) }
    }

    @Test func aListWithBytesBehindItIsRefused() throws {
        var fields = Fields()
        fields[1] = [1, 1, 5, 6]
        #expect(throws: EncodingError("has a field 1 that goes on behind its list")) { try fields.list(1) }
    }

    @Test func randomBytesNeverTrapAndWhatDecodesIsCanonical() {
        var generator = SeededGenerator(seed: 2)
        var decoded = 0
        for _ in 0..<20_000 {
            let bytes = generator.bytes(Int(generator.next() % 12)).map { $0 & 0x87 }
            guard let fields = try? Fields(decoding: bytes) else { continue }
            decoded += 1
            #expect(fields.encoded() == bytes)
            for tag in fields.values.keys { _ = try? fields.list(tag) }
        }
        #expect(decoded > 500)
    }

    @Test func anIntegerBeyond32BitsIsNotCutDown() throws {
        var fields = Fields()
        fields.set(1, integer: UInt64(UInt32.max))
        fields.set(2, integer: UInt64(UInt32.max) + 1)
        #expect(try fields.integer32(1) == .max)
        #expect(throws: EncodingError.self) { _ = try fields.integer32(2) }
        #expect(throws: EncodingError.self) { _ = try fields.integer32(3) }
    }
}
