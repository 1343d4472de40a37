import Chunking
import TestSupport
import Testing

@Suite struct GearChunkerTests {
    static let small = ChunkerParameters(minimum: 4096, average: 8192, maximum: 32768)

    enum Content: CaseIterable {
        case random, text, zeros, periodic, twoLetters, ramps

        func bytes(_ count: Int) -> [UInt8] {
            var generator = SeededGenerator(seed: 10)
            switch self {
            case .random: return generator.bytes(count)
            case .text:
                let words = [
                    "the ", "backup ", "of ", "a ", "host ", "is ", "written ", "once\n", "and ", "read ", "back ",
                    "0815 ",
                ]
                var text: [UInt8] = []
                while text.count < count { text += words[Int(generator.next() % 12)].utf8 }
                return Array(text.prefix(count))
            case .zeros: return [UInt8](repeating: 0, count: count)
            case .periodic: return (0..<count).map { UInt8($0 % 97) }
            case .twoLetters: return (0..<count).map { _ in generator.next() & 1 == 0 ? 0x61 : 0x62 }
            case .ramps: return (0..<count).map { UInt8(truncatingIfNeeded: $0 >> 7) }
            }
        }
    }

    private static let keyMaterial: [UInt8] = {
        var generator = SeededGenerator(seed: 11)
        return generator.bytes(2048)
    }()

    private func cuts(_ bytes: [UInt8], _ cut: (UnsafeRawBufferPointer) -> Int) -> [Int] {
        bytes.withUnsafeBytes { raw in
            var lengths: [Int] = []
            var start = 0
            while start < raw.count {
                lengths.append(cut(UnsafeRawBufferPointer(rebasing: raw[start...])))
                start += lengths.last ?? raw.count
            }
            return lengths
        }
    }

    /// What the chunker is meant to do, in the words of its description: every hash anew from the 64 bytes before it.
    private func cutOneByteAtATime(_ bytes: UnsafeRawBufferPointer, _ parameters: ChunkerParameters, _ gear: [UInt64])
        -> Int
    {
        let bits = UInt64(parameters.average.trailingZeroBitCount)
        let end = min(bytes.count, parameters.maximum)
        var length = parameters.minimum + 1
        while length < end {
            var hash: UInt64 = 0
            for i in length - 64..<length { hash = (hash << 1) &+ gear[Int(bytes[i])] }
            let zeros = length <= parameters.average ? bits + 2 : bits - 2
            if hash >> (64 - zeros) == 0 { return length }
            length += 1
        }
        return end
    }

    @Test(arguments: Content.allCases)
    func cutsAreThoseOfTheReference(content: Content) {
        let bytes = content.bytes(150_001)
        let gear = Self.keyMaterial.withUnsafeBytes { raw in
            (0..<256).map { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        for parameters in [Self.small, ChunkerParameters(minimum: 5001, average: 16384, maximum: 50_003)] {
            let chunker = GearChunker(parameters: parameters, keyMaterial: Self.keyMaterial)
            let lengths = cuts(bytes, chunker.firstCut)
            #expect(lengths == cuts(bytes) { cutOneByteAtATime($0, parameters, gear) })
            #expect(lengths.reduce(0, +) == bytes.count)
            #expect(lengths.dropLast().allSatisfy { $0 > parameters.minimum && $0 <= parameters.maximum })
            #expect(lengths.allSatisfy { $0 <= parameters.maximum })
        }
    }

    @Test func theStandardParametersHoldTheirBoundsAndMean() {
        var generator = SeededGenerator(seed: 12)
        let chunker = GearChunker(parameters: .standard, keyMaterial: Self.keyMaterial)
        let lengths = cuts(generator.bytes(6 << 20), chunker.firstCut)
        #expect(lengths.dropLast().allSatisfy { $0 > 64 << 10 && $0 <= 2 << 20 })
        let mean = (6 << 20) / lengths.count
        #expect(mean > 150 << 10 && mean < 500 << 10)
    }

    @Test func shortInputIsOneChunk() {
        let chunker = GearChunker(parameters: Self.small, keyMaterial: Self.keyMaterial)
        for count in [0, 1, 63, 64, 4095, 4096, 4097] {
            let length = Content.zeros.bytes(count).withUnsafeBytes { chunker.firstCut(in: $0) }
            #expect(length == count)
        }
    }

    @Test(arguments: [0, 1, 4096, 100_000, 299_999])
    func anInsertedOrRemovedByteMovesNoCutFarFromIt(position: Int) {
        let chunker = GearChunker(parameters: Self.small, keyMaterial: Self.keyMaterial)
        let before = Content.random.bytes(600_000)
        func ends(_ bytes: [UInt8]) -> [Int] {
            var end = 0
            return cuts(bytes, chunker.firstCut).map { length in
                end += length
                return end
            }
        }
        let original = ends(before)
        var inserted = before
        inserted.insert(before[position] ^ 0x55, at: position)
        var removed = before
        removed.remove(at: position)
        for (changed, shift) in [(inserted, 1), (removed, -1)] {
            let unmoved = Set(ends(changed).map { $0 <= position ? $0 : $0 - shift })
            let lost = original.filter { !unmoved.contains($0) }
            #expect(lost.allSatisfy { $0 >= position - 1 && $0 < position + 8 * Self.small.maximum })
            #expect(lost.count <= 8)
        }
    }

    @Test func anotherKeyCutsElsewhere() {
        var generator = SeededGenerator(seed: 13)
        let bytes = Content.random.bytes(300_000)
        let first = cuts(bytes, GearChunker(parameters: Self.small, keyMaterial: Self.keyMaterial).firstCut)
        let second = cuts(bytes, GearChunker(parameters: Self.small, keyMaterial: generator.bytes(2048)).firstCut)
        #expect(first != second)
    }
}
