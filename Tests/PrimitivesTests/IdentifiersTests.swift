import Primitives
import TestSupport
import Testing

@Suite struct IdentifiersTests {
    @Test func digestsAreOrderedAndStoredAsTheirBytesAre() {
        var generator = SeededGenerator(seed: 3)
        for round in 0..<500 {
            let first = generator.bytes(32)
            let second = Array(first.prefix(round % 33)) + generator.bytes(32 - round % 33)
            let (x, y) = (Digest32(bytes: first), Digest32(bytes: second))
            #expect(x?.bytes == first && y?.hex == Hex.encode(second))
            #expect(Digest32(hex: Hex.encode(first)) == x)
            if let x, let y { #expect((x < y) == first.lexicographicallyPrecedes(second)) }
            let (i, j) = (WriterID(bytes: first.prefix(16)), WriterID(bytes: second.prefix(16)))
            #expect(i?.bytes == Array(first.prefix(16)) && i?.value == x?.prefix)
            if let i, let j { #expect((i < j) == first.prefix(16).lexicographicallyPrecedes(second.prefix(16))) }
        }
    }

    @Test func otherLengthsAreRefused() {
        #expect(Digest32(bytes: Array(repeating: 0, count: 31)) == nil)
        #expect(Digest32(bytes: Array(repeating: 0, count: 33)) == nil)
        #expect(WriterID(bytes: Array(repeating: 0, count: 15)) == nil)
        #expect(WriterID(hex: "00") == nil && Digest32(hex: "zz") == nil)
        #expect(WriterID.random() != WriterID.random())
    }
}
