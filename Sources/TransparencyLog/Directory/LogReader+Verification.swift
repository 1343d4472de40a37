import Primitives

extension LogReader {
    /// Reads everything: hashes all entries anew, compares every tile that the checkpoint needs with what comes of it, and the root with the checkpoint's. Throws what it found first.
    package func verify(threads: Int = 2) throws {
        let stretches = (tree.size + Stretch.length - 1) / Stretch.length
        var levels = [[Digest32]](repeating: [], count: max(2, TreeEdge.levelCount(tree.size)))
        var tops: [Digest32] = []
        // Some at a time: a checkpoint may claim more than there could ever be.
        for first in stride(from: 0, to: stretches, by: Stretch.atATime) {
            let numbers = Array(first..<min(stretches, first + UInt64(Stretch.atATime)))
            for stretch in try read(numbers, threads: threads) {
                if let top = stretch.top { tops.append(top) }
                (levels[0], levels[1]) = (stretch.leaves, stretch.parents)
            }
        }
        for level in levels.indices.dropFirst(2) {
            (tops, levels[level]) = try Self.checked(tops, level: level, storage)
        }
        let edge = TreeEdge(size: tree.size, levels: levels)
        guard edge.head == tree else { throw LogProblem.altered(LogWriter.checkpointPath) }
    }

    private func read(_ numbers: [UInt64], threads: Int) throws -> [Stretch] {
        let found = Monitor<[UInt64: Stretch]>([:])
        try Concurrently.forEach(numbers, threads: threads) { number in
            let stretch = try Stretch(number, of: self)
            found.withLock { $0[number] = stretch }
        }
        return found.withLock { found in numbers.compactMap { found[$0] } }
    }

    /// Compares the tiles of a level with the hashes that should be in them. Gives those of full tiles, for the next level, and what is in none.
    static func checked(
        _ hashes: [Digest32], level: Int, first: UInt64 = 0, _ storage: any LogStorage
    ) throws -> (tops: [Digest32], rest: [Digest32]) {
        var (tops, rest, number) = ([Digest32](), hashes[...], first)
        while !rest.isEmpty {
            let part = Array(rest.prefix(256))
            let tile = Tile(level: .hashes(level), index: number, width: part.count)
            let stored = try TileReader.hashes(tile, TileReader.bytes(tile) { try storage.read($0.description) })
            guard stored == part else { throw LogProblem.altered(tile.description) }
            guard tile.isFull else { return (tops, part) }
            tops.append(MerkleHash.top(part))
            rest = rest.dropFirst(256)
            number += 1
        }
        return (tops, [])
    }

    /// The entries below one tile of level 1, and what became of them.
    private struct Stretch: Sendable {
        static let length: UInt64 = 256 * 256
        static let atATime = 256

        /// Of a stretch that is whole; else what of it is in no full tile.
        var top: Digest32?
        var parents: [Digest32] = []
        var leaves: [Digest32] = []

        init(_ number: UInt64, of log: LogReader) throws {
            let (size, storage) = (log.tree.size, log.storage)
            let entries = number * Self.length..<min(size, (number + 1) * Self.length)
            var full: [Digest32] = []
            for bundle in entries.lowerBound / 256...(entries.upperBound - 1) / 256 {
                let width = Int(min(256, size - bundle * 256))
                let hashes = try Self.leaves(Tile(level: .entries, index: bundle, width: width), storage)
                do {
                    let (tops, rest) = try LogReader.checked(hashes, level: 0, first: bundle, storage)
                    full += tops
                    leaves = rest
                } catch LogProblem.altered(let path) {
                    // The tile or an entry: the tiles above tell.
                    _ = try log.tiles().entries(bundle: bundle)
                    throw LogProblem.altered(path)
                }
            }
            let (tops, rest) = try LogReader.checked(full, level: 1, first: number, storage)
            (top, parents) = (tops.first, rest)
        }

        private static func leaves(_ tile: Tile, _ storage: any LogStorage) throws -> [Digest32] {
            let bytes = try TileReader.bytes(tile) { try storage.read($0.description) }
            guard let entries = try? EntryBundle.entries(bytes, count: tile.width) else {
                throw LogProblem.altered(tile.description)
            }
            return MerkleHash.leaves(entries)
        }
    }
}
