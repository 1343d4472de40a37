import Primitives
import TestSupport
import Testing

@testable import Parity

/// Groups of blocks of which some are lost.
@Suite struct ReedSolomonTests {
    /// A segment of random blocks with its parity.
    private struct Segment {
        let shape: ParityShape
        let blocks: [[UInt8]]
        let parity: [[UInt8]]

        init(data: Int, parity rows: Int, groups: Int = 1, seed: UInt64) throws {
            var random = SeededGenerator(seed: seed)
            shape = try #require(
                ParityShape(
                    byteCount: UInt64(data * groups * 4096), blockSize: 4096, groups: groups, dataPerGroup: data,
                    parityPerGroup: rows))
            blocks = (0..<data * groups).map { _ in random.bytes(4096) }
            let all = try #require(ParityAccumulator(shape))
            for (index, block) in blocks.enumerated() { block.withUnsafeBytes { all.add($0, at: index) } }
            parity = (0..<shape.parityBlockCount).map { Array(all.parity($0)) }
        }

        /// What comes out where `lost` of a group and `lostParity`, indices in the sidecar, are gone.
        func recovered(_ lost: [Int], group: Int = 0, lostParity: Set<Int> = []) throws -> [[UInt8]]? {
            let rest = try #require(ParityAccumulator(shape))
            for (index, block) in blocks.enumerated() where !lost.contains(index) {
                block.withUnsafeBytes { rest.add($0, at: index) }
            }
            return rest.recover(lost, group: group) { lostParity.contains($0) ? nil : parity[$0] }
        }
    }

    @Test(
        "Whatever is lost of a small group, as many blocks as it has of parity come back",
        arguments: [(1, 1), (4, 2), (5, 4), (9, 3)])
    func everyPattern(data: Int, parity: Int) throws {
        let segment = try Segment(data: data, parity: parity, seed: UInt64(data * 16 + parity))
        for pattern in 0..<(1 << (data + parity)) {
            let gone = (0..<data + parity).filter { pattern >> $0 & 1 == 1 }
            let lost = gone.filter { $0 < data }
            guard !lost.isEmpty, gone.count <= parity + 1 else { continue }
            let result = try segment.recovered(lost, lostParity: Set(gone.filter { $0 >= data }.map { $0 - data }))
            if gone.count <= parity {
                #expect(result == lost.map { segment.blocks[$0] }, "lost \(gone) of \(data)+\(parity)")
            } else {
                #expect(result == nil, "one more than there can be was made up: \(gone) of \(data)+\(parity)")
            }
        }
    }

    @Test("The usual code, 240 and 15, takes any fifteen losses and refuses sixteen", arguments: [1, 2, 3] as [UInt64])
    func large(seed: UInt64) throws {
        let segment = try Segment(data: 240, parity: 15, seed: seed)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            let gone = Array((0..<255).shuffled(using: &random).prefix(15))
            let lost = gone.filter { $0 < 240 }.sorted()
            let lostParity = Set(gone.filter { $0 >= 240 }.map { $0 - 240 })
            #expect(try segment.recovered(lost, lostParity: lostParity) == lost.map { segment.blocks[$0] })
        }
        let tooMany = Array((0..<240).shuffled(using: &random).prefix(16))
        #expect(try segment.recovered(tooMany) == nil)
        #expect(try segment.recovered(Array(tooMany.prefix(15)), lostParity: [3]) == nil)
    }

    @Test("A burst over neighbouring blocks is spread over all groups, and comes back") func burst() throws {
        let segment = try Segment(data: 20, parity: 2, groups: 8, seed: 5)
        let burst = Array(37..<37 + 16)
        for group in 0..<8 {
            let lost = burst.filter { segment.shape.group(of: $0) == group }
            #expect(lost.count == 2)
            // The other groups' losses do not touch this one.
            #expect(try segment.recovered(lost, group: group) == lost.map { segment.blocks[$0] })
        }
    }

    @Test("Another implementation of the field gives the same parity") func field() throws {
        let segment = try Segment(data: 7, parity: 3, seed: 11)
        // Carry-less multiplication modulo x^8 + x^4 + x^3 + x^2 + 1, as docs/media.md says.
        func product(_ x: UInt8, _ y: UInt8) -> UInt8 {
            var (a, b, sum) = (UInt16(x), y, UInt16(0))
            while b > 0 {
                if b & 1 == 1 { sum ^= a }
                a <<= 1
                if a & 0x100 != 0 { a ^= 0x11D }
                b >>= 1
            }
            return UInt8(sum)
        }
        for row in 0..<3 {
            for byte in [0, 1, 4095] {
                let expected = (0..<7).reduce(UInt8(0)) { sum, column in
                    let divisor = UInt8((7 + row) ^ column)
                    let inverse = (1...255).first { product(UInt8($0), divisor) == 1 } ?? 0
                    return sum ^ product(UInt8(inverse), segment.blocks[column][byte])
                }
                #expect(segment.parity[row][byte] == expected)
            }
        }
    }
}
