/// Damages valid bytes the way disks, networks and attackers do: bits, extreme numbers, cuts, splices, doubled stretches.
package struct Mutator {
    package var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// One to four changes of `seed`; `donors` are what stretches are taken from.
    package mutating func mutate(_ seed: [UInt8], donors: [[UInt8]]) -> [UInt8] {
        var bytes = seed
        for _ in 0..<1 + random.next() % 4 { change(&bytes, donors) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ donors: [[UInt8]]) {
        guard !bytes.isEmpty else { return bytes = random.bytes(Int(random.next() % 40)) }
        switch random.next() % 12 {
        case 0, 1: for _ in 0..<1 + random.next() % 8 { bytes[place(bytes)] ^= 1 << UInt8(random.next() % 8) }
        case 2: bytes[place(bytes)] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][Int(random.next() % 6)]
        case 3, 4: overwrite(&bytes, with: number(bytes.count))
        case 5: overwrite(&bytes, with: varint(bytes.count))
        case 6: bytes.removeLast(bytes.count - place(bytes))
        case 7: bytes += random.bytes(1 + Int(random.next() % 64))
        case 8: bytes.insert(contentsOf: piece(of: bytes), at: place(bytes))
        case 9: bytes.removeSubrange(stretch(bytes))
        case 10:
            bytes.replaceSubrange(stretch(bytes), with: piece(of: donors[Int(random.next() % UInt64(donors.count))]))
        default: bytes.insert(contentsOf: varint(bytes.count), at: place(bytes))
        }
    }

    /// Headers are where lengths are: half of the changes go into the first 64 bytes, some into the last.
    private mutating func place(_ bytes: [UInt8]) -> Int {
        switch random.next() % 6 {
        case 0, 1, 2: Int(random.next() % UInt64(min(64, bytes.count)))
        case 3: bytes.count - 1 - Int(random.next() % UInt64(min(64, bytes.count)))
        default: Int(random.next() % UInt64(bytes.count))
        }
    }

    private mutating func stretch(_ bytes: [UInt8]) -> Range<Int> {
        let start = place(bytes)
        return start..<start + Int(random.next() % UInt64(min(200, bytes.count - start) + 1))
    }

    private mutating func piece(of donor: [UInt8]) -> [UInt8] { donor.isEmpty ? [0] : Array(donor[stretch(donor)]) }

    private mutating func extreme(_ count: Int) -> UInt64 {
        let size = UInt64(count)
        let values: [UInt64] = [
            0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 62, 1 << 63,
            .max >> 1, .max - 1, .max,
            size, size + 1, size &- 1, size / 2, 16 << 20, (16 << 20) + 1,
        ]
        return values[Int(random.next() % UInt64(values.count))]
    }

    /// Two, four or eight bytes, little-endian.
    private mutating func number(_ count: Int) -> [UInt8] {
        let value = extreme(count)
        return withUnsafeBytes(of: value.littleEndian) { Array($0.prefix([2, 4, 8][Int(random.next() % 3)])) }
    }

    private mutating func varint(_ count: Int) -> [UInt8] {
        var (rest, bytes) = (extreme(count), [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    private mutating func overwrite(_ bytes: inout [UInt8], with value: [UInt8]) {
        let start = place(bytes)
        for (offset, byte) in value.enumerated() where start + offset < bytes.count { bytes[start + offset] = byte }
    }
}
