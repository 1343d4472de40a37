import Primitives
import TestSupport
import Testing

@Suite struct EncodingTests {
    static let edges: [(UInt64, [UInt8])] = [
        (0, [0]), (1, [1]), (0x7F, [0x7F]), (0x80, [0x80, 0x01]), (0x3FFF, [0xFF, 0x7F]), (0x4000, [0x80, 0x80, 0x01]),
        (1 << 63, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
        (.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ]

    private func varint(_ bytes: [UInt8]) throws(EncodingError) -> UInt64 {
        try ByteReader.reading(bytes) { (reader) throws(EncodingError) in try reader.varint() }
    }

    @Test(arguments: edges)
    func varintsHaveTheBytesOfLEB128(value: UInt64, bytes: [UInt8]) throws {
        var writer = ByteWriter()
        writer.varint(value)
        #expect(writer.bytes == bytes)
        #expect(try varint(bytes) == value)
    }

    @Test func numbersOfEveryLengthComeBack() throws {
        var generator = SeededGenerator(seed: 1)
        for round in 0..<2_000 {
            let value = generator.next() >> UInt64(round % 64)
            let signed = Int64(bitPattern: generator.next()) >> Int64(round % 64)
            var writer = ByteWriter()
            writer.varint(value)
            writer.signed(signed)
            try ByteReader.reading(writer.bytes) { (reader) throws(EncodingError) in
                #expect(try reader.varint() == value)
                #expect(try reader.signed() == signed)
                #expect(reader.isAtEnd)
            }
        }
    }

    @Test(
        arguments: [
            (Int64(0), [0]), (-1, [1]), (1, [2]), (-2, [3]), (63, [0x7E]), (-64, [0x7F]), (64, [0x80, 1]),
            (Int64.max, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
            (Int64.min, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ] as [(Int64, [UInt8])])
    func signedNumbersAreZigzag(value: Int64, bytes: [UInt8]) throws {
        var writer = ByteWriter()
        writer.signed(value)
        #expect(writer.bytes == bytes)
        #expect(try ByteReader.reading(bytes) { (reader) throws(EncodingError) in try reader.signed() } == value)
    }

    @Test(
        arguments: [
            ([], "ends early"), ([0x80], "ends early"), ([0xFF, 0xFF], "ends early"),
            ([0x80, 0x00], "has a number that is not in its shortest form"),
            ([0xFF, 0x80, 0x00], "has a number that is not in its shortest form"),
            (
                [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
                "has a number that is not in its shortest form"
            ),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], "has a number beyond 64 bits"),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x00], "has a number beyond 64 bits"),
            (Array(repeating: 0xFF, count: 100), "has a number beyond 64 bits"),
        ] as [([UInt8], String)])
    func malformedVarintsAreRefused(bytes: [UInt8], problem: String) {
        #expect(throws: EncodingError(problem)) { try varint(bytes) }
    }

    @Test func countsBeyondTheEndAreRefusedBeforeAnythingIsAllocated() {
        for (claimed, size) in [(UInt64(4), 1), (2, 2), (UInt64.max, 1), (UInt64(Int64.max) + 1, 1)] {
            var writer = ByteWriter()
            writer.varint(claimed)
            writer.zeros(3)
            #expect(throws: EncodingError("counts \(claimed) items where 3 bytes are left")) {
                try ByteReader.reading(writer.bytes) { (reader) throws(EncodingError) in
                    try reader.count(ofAtLeast: size)
                }
            }
        }
        var writer = ByteWriter()
        writer.varint(UInt64.max)
        #expect(throws: EncodingError("has a field of 18446744073709551615 bytes where 0 are left")) {
            try ByteReader.reading(writer.bytes) { (reader) throws(EncodingError) in try reader.counted().count }
        }
    }

    @Test func everyPrefixOfARecordIsRefused() throws {
        var writer = ByteWriter()
        writer.u8(1)
        writer.u16(2)
        writer.u32(3)
        writer.u64(4)
        writer.digest(Digest32(a: 5, b: 6, c: 7, d: 8))
        writer.counted("nine")
        writer.raw(Array(repeating: 10, count: 16))
        func read(_ bytes: [UInt8]) throws(EncodingError) {
            try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                #expect(try reader.u8() == 1)
                #expect(try reader.u16() == 2)
                #expect(try reader.u32() == 3)
                #expect(try reader.u64() == 4)
                #expect(try reader.digest() == Digest32(a: 5, b: 6, c: 7, d: 8))
                #expect(try reader.countedString() == "nine")
                let id: WriterID = try reader.identifier()
                #expect(id.bytes == Array(repeating: 10, count: 16))
                #expect(reader.isAtEnd)
            }
        }
        try read(writer.bytes)
        #expect(writer.bytes.prefix(7) == [1, 2, 0, 3, 0, 0, 0])
        for length in 0..<writer.count {
            #expect(throws: EncodingError.self) { try read(Array(writer.bytes.prefix(length))) }
        }
    }
}
