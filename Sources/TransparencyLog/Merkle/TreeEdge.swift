import Primitives

/// The right edge of a tree in tiles: the hashes of each level that no full tile has yet. It is all that growing takes, and its hashes make up the root.
struct TreeEdge: Sendable, Equatable {
    /// Fewer than 256 of each level, from the leaves up.
    private(set) var levels: [[Digest32]] = []
    private(set) var size: UInt64 = 0

    init() {}

    /// `levels` has as many hashes of each as the size asks for.
    init(size: UInt64, levels: [[Digest32]]) { (self.size, self.levels) = (size, levels) }

    /// How many hashes a level has that are in no full tile.
    static func width(of level: Int, in size: UInt64) -> Int { Int(size >> UInt64(8 * level)) & 255 }

    /// Levels that a tree of this size has.
    static func levelCount(_ size: UInt64) -> Int { (64 - size.leadingZeroBitCount + 7) / 8 }

    /// Adds leaves; `full` gets every tile that became full.
    mutating func append(_ leaves: [Digest32], full: (Tile, [Digest32]) throws -> Void) rethrows {
        var (rest, level) = (leaves, 0)
        let old = size
        size += UInt64(leaves.count)
        while !rest.isEmpty {
            if level == levels.count { levels.append([]) }
            var hashes = levels[level] + rest
            var number = old >> UInt64(8 * level + 8)
            rest = []
            while hashes.count >= 256 {
                let tile = Array(hashes.prefix(256))
                try full(Tile(level: .hashes(level), index: number), tile)
                rest.append(MerkleHash.top(tile))
                hashes.removeFirst(256)
                number += 1
            }
            levels[level] = hashes
            level += 1
        }
    }

    var head: TreeHead {
        // From the left: the highest level first, and of each level the largest complete subtrees first.
        let parts = levels.indices.reversed().flatMap { level in
            Subtree.covering(0..<UInt64(levels[level].count)).map { subtree in
                MerkleHash.top(levels[level][Int(subtree.index << UInt64(subtree.level))...].prefix(1 << subtree.level))
            }
        }
        return TreeHead(size: size, root: MerkleTree.joined(parts))
    }
}
