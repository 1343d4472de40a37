import Primitives

/// Reads a log by its tiles and believes none of them: whatever it gives is what the tree's root stands for.
///
/// The partial tiles at the right edge make up the root together; every full tile's hash is in the tile above it. So each tile that comes is held against one that
/// has been checked already, up to the root. One thread uses a reader.
package final class TileReader {
    package let tree: TreeHead
    let edge: TreeEdge
    private let fetch: (Tile) throws -> [UInt8]?
    /// Full tiles that were checked.
    private var checked: [Tile: [Digest32]] = [:]
    private static let mostChecked = 256

    /// `fetch` gives the bytes of a tile, nil where there is no such tile.
    package init(_ tree: TreeHead, fetch: @escaping (Tile) throws -> [UInt8]?) throws {
        guard tree.size <= TreeHead.largestSize else { throw LogProblem.altered("checkpoint") }
        (self.tree, self.fetch) = (tree, fetch)
        var levels = [[Digest32]](repeating: [], count: TreeEdge.levelCount(tree.size))
        for tile in Tile.edge(of: tree.size) {
            guard case .hashes(let level) = tile.level else { continue }
            levels[level] = try Self.hashes(tile, Self.bytes(tile, fetch))
        }
        edge = TreeEdge(size: tree.size, levels: levels)
        guard edge.head == tree else {
            throw LogProblem.altered(Tile.edge(of: tree.size).first?.description ?? "checkpoint")
        }
    }

    /// The hashes of complete subtrees of this tree.
    package func hashes(_ subtrees: [Subtree]) throws -> [Digest32] { try subtrees.map(hash) }

    package func leafHash(_ index: UInt64) throws -> Digest32 { try hash(Subtree(level: 0, index: index)) }

    package func root(at size: UInt64) throws -> Digest32 {
        precondition(size <= tree.size)
        return size == tree.size ? tree.root : try MerkleTree.root(size: size, hashes)
    }

    package func inclusionProof(of index: UInt64) throws -> [Digest32] {
        try MerkleTree.inclusionProof(of: index, in: tree.size, hashes)
    }

    /// What shows that this tree begins with the one of `old` leaves.
    package func consistencyProof(from old: UInt64) throws -> [Digest32] {
        try MerkleTree.consistencyProof(from: old, to: tree.size, hashes)
    }

    /// Throws unless this tree begins with the one that somebody remembers.
    package func check(against remembered: TreeHead) throws {
        guard remembered.size <= tree.size else {
            throw LogProblem.rolledBack(to: tree.size, from: remembered.size)
        }
        guard try root(at: remembered.size) == remembered.root else { throw LogProblem.forked(at: remembered.size) }
    }

    package func entry(_ index: UInt64) throws -> [UInt8] {
        try entries(bundle: index / 256)[Int(index % 256)]
    }

    /// The entries from `256 * number` on, each checked.
    package func entries(bundle number: UInt64) throws -> [[UInt8]] {
        let first = number * 256
        precondition(first < tree.size)
        let width = Int(min(256, tree.size - first))
        let tile = Tile(level: .entries, index: number, width: width)
        let leaves = try hashes(of: Tile(level: .hashes(0), index: number, width: width))
        let bytes = try Self.bytes(tile, fetch)
        guard let entries = try? Self.entries(bytes, tile) else { throw LogProblem.altered(tile.description) }
        for (offset, hash) in MerkleHash.leaves(entries).enumerated() where hash != leaves[offset] {
            throw LogProblem.alteredEntry(first + UInt64(offset))
        }
        return entries
    }

    /// The bytes of a partial tile may be gone once there is the full one, which begins with them.
    static func bytes(_ tile: Tile, _ fetch: (Tile) throws -> [UInt8]?) throws -> [UInt8] {
        if let bytes = try fetch(tile) { return bytes }
        guard !tile.isFull, let bytes = try fetch(tile.full) else { throw LogProblem.missing(tile.description) }
        guard tile.level == .entries else { return Array(bytes.prefix(tile.width * 32)) }
        guard let entries = try? EntryBundle.entries(bytes, count: Tile.fullWidth) else {
            throw LogProblem.altered(tile.full.description)
        }
        return entries.prefix(tile.width).reduce(into: []) { EntryBundle.append($1, to: &$0) }
    }

    static func hashes(_ tile: Tile, _ bytes: [UInt8]) throws -> [Digest32] {
        guard bytes.count == tile.width * 32 else { throw LogProblem.altered(tile.description) }
        return bytes.withUnsafeBytes { raw in
            (0..<tile.width).map { Digest32(loading: UnsafeRawBufferPointer(rebasing: raw[($0 * 32)...])) }
        }
    }

    private static func entries(_ bytes: [UInt8], _ tile: Tile) throws -> [[UInt8]] {
        try EntryBundle.entries(bytes, count: tile.width)
    }

    private func hash(_ subtree: Subtree) throws -> Digest32 {
        precondition(subtree.index + 1 <= tree.size >> UInt64(subtree.level))
        let (level, height) = (subtree.level / 8, subtree.level % 8)
        let first = subtree.index << UInt64(height)
        let number = first / 256
        let width = Int(min(256, tree.size >> UInt64(8 * level) - number * 256))
        let hashes = try hashes(of: Tile(level: .hashes(level), index: number, width: width))
        return MerkleHash.top(hashes[Int(first % 256)...].prefix(1 << height))
    }

    /// The hashes of a tile, checked.
    private func hashes(of tile: Tile) throws -> [Digest32] {
        guard case .hashes(let level) = tile.level else { preconditionFailure("a tile of entries has no hashes") }
        guard tile.isFull else { return edge.levels[level] }
        if let known = checked[tile] { return known }
        let hashes = try Self.hashes(tile, Self.bytes(tile, fetch))
        guard try MerkleHash.top(hashes) == hash(Subtree(level: 8 * level + 8, index: tile.index)) else {
            throw LogProblem.altered(tile.description)
        }
        if checked.count >= Self.mostChecked { checked.removeAll() }
        checked[tile] = hashes
        return hashes
    }
}
