import Primitives

/// What stands for all entries of a log: how many there are, and the hash over them.
package struct TreeHead: Hashable, Sendable {
    package var size: UInt64
    package var root: Digest32

    package init(size: UInt64, root: Digest32) { (self.size, self.root) = (size, root) }

    package static let empty = TreeHead(size: 0, root: MerkleHash.ofEmptyTree)

    /// Sizes are written as numbers of 63 bits.
    package static let largestSize = UInt64(Int64.max)
}
