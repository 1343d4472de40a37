import Primitives

extension MerkleTree {
    /// Whether the path leads from the leaf's hash to the root (RFC 9162, 2.1.3.2).
    package static func isIncluded(_ leaf: Digest32, at index: UInt64, in tree: TreeHead, by path: [Digest32]) -> Bool {
        guard index < tree.size else { return false }
        var (place, last, hash) = (index, tree.size - 1, leaf)
        for sibling in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = MerkleHash.node(sibling, hash)
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                hash = MerkleHash.node(hash, sibling)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && hash == tree.root
    }

    /// Whether the old tree is the beginning of the new one (RFC 9162, 2.1.4.2). What the RFC leaves to whoever calls: the empty tree begins every other
    /// and needs no proof, and of two trees of one size the roots are compared.
    package static func isConsistent(_ old: TreeHead, with new: TreeHead, by proof: [Digest32]) -> Bool {
        guard old.size <= new.size else { return false }
        if old.size == 0 { return proof.isEmpty && old == .empty && (new.size > 0 || new == .empty) }
        if old.size == new.size { return proof.isEmpty && old.root == new.root }
        guard !proof.isEmpty else { return false }
        var path = proof[...]
        let isComplete = old.size & (old.size - 1) == 0
        let first = isComplete ? old.root : path.removeFirst()
        var (place, last) = (old.size - 1, new.size - 1)
        while place & 1 == 1 { (place, last) = (place >> 1, last >> 1) }
        var (oldHash, newHash) = (first, first)
        for hash in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                oldHash = MerkleHash.node(hash, oldHash)
                newHash = MerkleHash.node(hash, newHash)
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                newHash = MerkleHash.node(newHash, hash)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && oldHash == old.root && newHash == new.root
    }
}
