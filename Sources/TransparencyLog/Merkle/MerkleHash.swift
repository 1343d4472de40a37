import Primitives
import Sealing

/// The hashes of a Merkle tree (RFC 6962, 2.1; RFC 9162, 2.1.1 has the same).
package enum MerkleHash {
    package static let ofEmptyTree = SHA256Digest.of([UInt8]())

    package static func leaf(_ entry: some Collection<UInt8>) -> Digest32 { SHA256Digest.of([0] + entry) }

    package static func node(_ left: Digest32, _ right: Digest32) -> Digest32 {
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { bytes in
            bytes[0] = 1
            left.store(into: UnsafeMutableRawBufferPointer(rebasing: bytes[1...]))
            right.store(into: UnsafeMutableRawBufferPointer(rebasing: bytes[33...]))
            return SHA256Digest.of(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The same as `leaf` for many, two at a time.
    package static func leaves(_ entries: [[UInt8]]) -> [Digest32] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(entries.count) { $0 + $1.count })
        var ends: [Int] = []
        ends.reserveCapacity(entries.count)
        for entry in entries {
            bytes.append(0)
            bytes.append(contentsOf: entry)
            ends.append(bytes.count)
        }
        return digests(bytes, ends)
    }

    /// The parents of hashes that lie side by side, of which there are an even number.
    package static func parents(_ hashes: some RandomAccessCollection<Digest32>) -> [Digest32] {
        precondition(hashes.count.isMultiple(of: 2))
        let count = hashes.count / 2
        var bytes = [UInt8](repeating: 1, count: count * 65)
        bytes.withUnsafeMutableBytes { raw in
            for (number, hash) in hashes.enumerated() {
                let offset = number / 2 * 65 + 1 + number % 2 * 32
                hash.store(into: UnsafeMutableRawBufferPointer(rebasing: raw[offset...]))
            }
        }
        return digests(bytes, (1...max(1, count)).prefix(count).map { $0 * 65 })
    }

    /// The root above hashes that make up a complete subtree: 1, 2, 4, … of them.
    package static func top(_ hashes: some RandomAccessCollection<Digest32>) -> Digest32 {
        precondition(hashes.count > 0 && hashes.count & (hashes.count - 1) == 0)
        var level = Array(hashes)
        while level.count > 1 { level = parents(level) }
        return level[0]
    }

    private static func digests(_ bytes: [UInt8], _ ends: [Int]) -> [Digest32] {
        bytes.withUnsafeBytes { raw in
            var start = 0
            let messages = ends.map { end in
                defer { start = end }
                return UnsafeRawBufferPointer(rebasing: raw[start..<end])
            }
            return SHA256Lane.digests(of: messages)
        }
    }
}
