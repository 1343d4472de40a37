import Primitives

/// A place of a plaintext that is found again whatever came or went before it: the 64 bytes that end there have a mark that is rare.
package struct Anchor: Sendable, Equatable {
    package var mark: UInt64
    /// Of the byte behind the 64, counted from the beginning of what was scanned.
    package var offset: UInt64

    package init(mark: UInt64, offset: UInt64) { (self.mark, self.offset) = (mark, offset) }
}

extension Anchor {
    /// One place in 4096 is an anchor, from 4096 bytes behind the last one on: of what lies between, nothing need be looked at.
    private static let spacingBits: UInt64 = 12
    private static let leastDistance = 4096
    private static let width = 64

    /// Any fixed words that look random will do: the anchors never leave the host, and a wrong one costs a worse base.
    private static let gear: [UInt64] = {
        var state: UInt64 = 0x5AFE_401D_0DE1_7A00
        return (0..<256).map { _ in
            // splitmix64 (Steele, Lea and Flood, OOPSLA 2014)
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }()

    /// The anchors of `bytes`, by offset.
    package static func all(in bytes: UnsafeRawBufferPointer) -> [Anchor] {
        guard bytes.count > width, let raw = bytes.baseAddress else { return [] }
        let base = raw.assumingMemoryBound(to: UInt8.self)
        var anchors: [Anchor] = []
        gear.withUnsafeBufferPointer { gear in
            guard let gear = gear.baseAddress else { return }
            let threshold = UInt64(1) << (64 - spacingBits)
            var start = 0
            while start + width < bytes.count {
                var hash: UInt64 = 0
                for i in start..<start + width { hash = (hash &<< 1) &+ gear[Int(base[i])] }
                var i = start + width
                repeat {
                    hash = (hash &<< 1) &+ gear[Int(base[i])]
                    i += 1
                } while hash >= threshold && i < bytes.count
                if hash < threshold { anchors.append(Anchor(mark: hash, offset: UInt64(i))) }
                start = i + leastDistance - width
            }
        }
        return anchors
    }
}

/// The anchors of a whole version: where each mark is found in it. Marks that are found twice tell nothing and are left out.
struct AnchorTable: Sendable {
    private let marks: [UInt64]
    private let offsets: [UInt64]

    init(_ anchors: [Anchor]) {
        let sorted = anchors.sorted { ($0.mark, $0.offset) < ($1.mark, $1.offset) }
        var (marks, offsets): ([UInt64], [UInt64]) = ([], [])
        for (index, anchor) in sorted.enumerated() {
            if index > 0, sorted[index - 1].mark == anchor.mark { continue }
            if index + 1 < sorted.count, sorted[index + 1].mark == anchor.mark { continue }
            marks.append(anchor.mark)
            offsets.append(anchor.offset)
        }
        (self.marks, self.offsets) = (marks, offsets)
    }

    private func offset(of mark: UInt64) -> UInt64? {
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle] < mark { low = middle + 1 } else { high = middle }
        }
        return low < marks.count && marks[low] == mark ? offsets[low] : nil
    }

    /// Anchors further apart than this are of different stretches.
    private static let reach: Int64 = 64 << 10

    /// Where a piece with these anchors would begin in the version, as most of them say; a range, for something may have been put
    /// in or taken out within the piece. Nil where none of them is known.
    func beginnings(of anchors: [Anchor]) -> ClosedRange<Int64>? {
        let found = anchors.compactMap { anchor in offset(of: anchor.mark).map { Int64($0) - Int64(anchor.offset) } }
            .sorted()
        guard var best = found.first.map({ (range: $0...$0, count: 1) }) else { return nil }
        var current = best
        for beginning in found.dropFirst() {
            if beginning - current.range.upperBound <= Self.reach {
                current = (current.range.lowerBound...beginning, current.count + 1)
            } else {
                current = (beginning...beginning, 1)
            }
            if current.count > best.count { best = current }
        }
        return best.range
    }
}
