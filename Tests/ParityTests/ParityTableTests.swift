import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import Parity

@Suite struct ParityTableTests {
    private func table() -> ParityTable {
        var random = SeededGenerator(seed: 3)
        let sizes: [UInt64] = [5, 0, 70_000, 4096]
        let shape = ParityShape(byteCount: sizes.reduce(0, +))
        func digests(_ count: Int) -> [Prefix16] {
            (0..<count).map { _ in Prefix16(high: random.next(), low: random.next()) }
        }
        return ParityTable(
            medium: .random(using: &random), repository: .random(using: &random), time: Timestamp(nanoseconds: -5),
            shape: shape,
            objects: sizes.enumerated().map {
                .init(
                    name: ObjectName("packs/x\($0.offset)"), size: $0.element,
                    digest: SHA256Digest.of([UInt8($0.offset)]))
            },
            dataDigests: digests(shape.blockCount), parityDigests: digests(shape.parityBlockCount))
    }

    @Test("A table that was written is read back") func roundTrip() throws {
        #expect(try ParityTable(decoding: table().encoded()) == table())
    }

    @Test("No flipped bit and no cut of a table goes unnoticed") func damage() throws {
        let bytes = table().encoded()
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: EncodingError.self) { try ParityTable(decoding: damaged) }
            #expect(throws: EncodingError.self) { try ParityTable(decoding: Array(bytes[..<index])) }
        }
        #expect(throws: EncodingError.self) { try ParityTable(decoding: bytes + [0]) }
    }

    @Test(
        "A table that names a place outside of the medium is refused",
        arguments: ["../x", "/etc/passwd", "a//b", ".x", "a/../b", ""])
    func foreignNames(_ name: String) {
        var bad = table()
        bad.objects[0].name = ObjectName(name)
        #expect(throws: EncodingError.self) { try ParityTable(decoding: bad.encoded()) }
    }

    @Test("Sizes that do not add up are refused, and no memory is taken for them") func sizes() {
        for change: (inout ParityTable) -> Void in [
            { $0.objects[0].size += 1 }, { $0.objects[0].size = .max }, { $0.dataDigests.removeLast() },
            { $0.parityDigests.append($0.parityDigests[0]) },
        ] {
            var bad = table()
            change(&bad)
            #expect(throws: EncodingError.self) { try ParityTable(decoding: bad.encoded()) }
        }
    }

    @Test(
        "A sixteenth of parity protects whole groups, and four blocks at least",
        arguments: [
            0, 1, 4096, 4097, 100_000, 983_040, 983_041, 15_728_640, 15_728_641, 64 << 20, 1 << 30, 2 << 30,
        ] as [UInt64])
    func shapes(byteCount: UInt64) {
        let shape = ParityShape(byteCount: byteCount)
        #expect(shape.dataPerGroup <= 240 && (4...15).contains(shape.parityPerGroup))
        #expect(shape.blockCount <= shape.groups * shape.dataPerGroup)
        #expect(shape.parityPerGroup * 16 >= shape.dataPerGroup)
        if byteCount >= 64 << 20 {
            #expect(Double(shape.parityBytes) / Double(byteCount) < 0.07)
            // A burst of a sixteenth, less a block at either end, hits no group too often.
            #expect(shape.groups * shape.parityPerGroup * shape.blockSize >= Int(byteCount) / 16)
        }
    }
}
