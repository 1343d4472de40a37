import Primitives

/// Roots and proofs (RFC 6962, 2.1), made from the hashes of complete subtrees, wherever they are kept.
package enum MerkleTree {
    /// Gives the hashes of complete subtrees, in the order asked for.
    package typealias Hashes = ([Subtree]) throws -> [Digest32]

    package static func root(size: UInt64, _ hashes: Hashes) throws -> Digest32 {
        size == 0 ? MerkleHash.ofEmptyTree : try self.hashes(of: [0..<size], hashes)[0]
    }

    /// The path from a leaf to the root of the tree of `size` leaves, which has to be beyond `index`.
    package static func inclusionProof(of index: UInt64, in size: UInt64, _ hashes: Hashes) throws -> [Digest32] {
        precondition(index < size)
        var path: [Range<UInt64>] = []
        var tree = 0..<size
        while tree.upperBound - tree.lowerBound > 1 {
            let middle = tree.lowerBound + (tree.upperBound - tree.lowerBound).split
            let (left, right) = (tree.lowerBound..<middle, middle..<tree.upperBound)
            path.append(index < middle ? right : left)
            tree = index < middle ? left : right
        }
        return try self.hashes(of: path.reversed(), hashes)
    }

    /// What shows that the tree of `old` leaves is the beginning of that of `new`: none for 0 and for the same size.
    package static func consistencyProof(from old: UInt64, to new: UInt64, _ hashes: Hashes) throws -> [Digest32] {
        precondition(old <= new)
        guard old > 0, old < new else { return [] }
        var path: [Range<UInt64>] = []
        var tree = 0..<new
        while tree.upperBound != old {
            let middle = tree.lowerBound + (tree.upperBound - tree.lowerBound).split
            let (left, right) = (tree.lowerBound..<middle, middle..<tree.upperBound)
            path.append(old <= middle ? right : left)
            tree = old <= middle ? left : right
        }
        // The old tree itself where it is a complete subtree of the new one: whoever verifies has its root.
        if tree.lowerBound > 0 { path.append(tree) }
        return try self.hashes(of: path.reversed(), hashes)
    }

    /// The hashes over ranges, all that is needed for them read at once.
    private static func hashes(of ranges: [Range<UInt64>], _ hashes: Hashes) throws -> [Digest32] {
        let parts = ranges.map(Subtree.covering)
        var read = try hashes(parts.flatMap(\.self))[...]
        return parts.map { part in
            defer { read = read.dropFirst(part.count) }
            return joined(read.prefix(part.count))
        }
    }

    /// The hash over complete subtrees that lie side by side, each smaller than the one before.
    static func joined(_ hashes: some BidirectionalCollection<Digest32>) -> Digest32 {
        guard let last = hashes.last else { return MerkleHash.ofEmptyTree }
        return hashes.dropLast().reversed().reduce(last) { MerkleHash.node($1, $0) }
    }
}
