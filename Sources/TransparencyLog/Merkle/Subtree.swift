/// A complete subtree: over the `2^level` leaves from `index * 2^level` on.
package struct Subtree: Hashable, Sendable {
    package var level: Int
    package var index: UInt64

    package init(level: Int, index: UInt64) { (self.level, self.index) = (level, index) }

    /// The fewest complete subtrees that a tree over these leaves is put together from, from left to right: each is as large as what is left permits.
    /// The range is one that RFC 6962's definition of a tree comes to, so that its beginning is a multiple of the largest.
    package static func covering(_ leaves: Range<UInt64>) -> [Subtree] {
        var found: [Subtree] = []
        var start = leaves.lowerBound
        while start < leaves.upperBound {
            let level = UInt64.bitWidth - 1 - (leaves.upperBound - start).leadingZeroBitCount
            found.append(Subtree(level: level, index: start >> UInt64(level)))
            start += 1 << UInt64(level)
        }
        return found
    }
}

extension UInt64 {
    /// The largest power of two that is smaller; of a number from 2 on.
    var split: UInt64 { 1 << UInt64(63 - (self - 1).leadingZeroBitCount) }
}
