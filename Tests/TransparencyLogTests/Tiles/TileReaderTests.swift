import Foundation
import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

/// A log's tiles in memory.
struct TilesInMemory {
    var files: [Tile: [UInt8]] = [:]
    var tree: TreeHead
    let leaves: [Digest32]

    init(_ entries: [[UInt8]]) {
        leaves = MerkleHash.leaves(entries)
        var edge = TreeEdge()
        var full: [Tile: [UInt8]] = [:]
        edge.append(leaves) { full[$0] = $1.flatMap(\.bytes) }
        tree = edge.head
        files = full
        for tile in Tile.growth(from: 0, to: tree.size) {
            switch tile.level {
            case .hashes(let level): if !tile.isFull { files[tile] = edge.levels[level].flatMap(\.bytes) }
            case .entries:
                files[tile] = entries[Int(tile.index) * 256..<Int(tile.index) * 256 + tile.width]
                    .reduce(into: []) { EntryBundle.append($1, to: &$0) }
            }
        }
    }

    func reader() throws -> TileReader { try TileReader(tree) { [files] in files[$0] } }

    static let large = TilesInMemory((0..<70_000).map { Array("entry \($0)".utf8) })
}

@Suite struct TileReaderTests {
    @Test(
        "A tree by its tiles has the root and the proofs that it has by its leaves",
        arguments: [0, 1, 255, 256, 257, 600])
    func proofs(_ size: Int) throws {
        let naive = NaiveTree.counting(size)
        let reader = try TilesInMemory(naive.entries).reader()
        #expect(reader.tree.root == naive.root(size))
        for index in 0..<size {
            #expect(try reader.inclusionProof(of: UInt64(index)) == naive.path(index, 0..<size))
            #expect(try reader.entry(UInt64(index)) == naive.entries[index])
        }
        for old in 0...size {
            #expect(try reader.consistencyProof(from: UInt64(old)) == naive.proof(old, size))
            #expect(try reader.root(at: UInt64(old)) == naive.root(old))
            try reader.check(against: TreeHead(size: UInt64(old), root: naive.root(old)))
        }
    }

    @Test("Proofs from 70,000 entries, over three levels of tiles, hold") func largeProofs() throws {
        let reader = try TilesInMemory.large.reader()
        var random = SeededGenerator(seed: 70_000)
        for _ in 0..<100 {
            let (index, old) = (
                UInt64.random(in: 0..<70_000, using: &random), UInt64.random(in: 0...70_000, using: &random)
            )
            let path = try reader.inclusionProof(of: index)
            #expect(
                MerkleTree.isIncluded(MerkleHash.leaf(try reader.entry(index)), at: index, in: reader.tree, by: path))
            let oldTree = TreeHead(size: old, root: try reader.root(at: old))
            let proof = try reader.consistencyProof(from: old)
            #expect(MerkleTree.isConsistent(oldTree, with: reader.tree, by: proof))
        }
    }

    /// A well-known reader of tiles took such ones until 2026 (CVE-2026-56865).
    @Test(
        "A tile that was altered is refused, and named",
        arguments: [
            ("tile/1/000", 40), ("tile/0/000", 40), ("tile/0/255", 0), ("tile/0/272", 8191), ("tile/1/001.p/17", 3),
            ("tile/2/000.p/1", 31), ("tile/0/273.p/112", 40),
        ])
    func altered(_ path: String, _ byte: Int) throws {
        var tiles = TilesInMemory.large
        let tile = try #require(Tile(path: path))
        tiles.files[tile]?[byte] ^= 0x10
        // Whatever is below or in the tile.
        let index: UInt64 = tile.level == .hashes(0) ? tile.index * 256 + 1 : tile.index * 65_536 + 700
        do {
            let reader = try tiles.reader()
            _ = try reader.inclusionProof(of: min(index, 69_999))
            Issue.record("\(path) was not looked at")
        } catch LogProblem.altered(let named) {
            // The right edge is checked as one.
            #expect(named == path || !tile.isFull)
        }
    }

    @Test("No reading of a tree with a bad tile gives anything that is not so") func nothingWrong() throws {
        var random = SeededGenerator(seed: 40)
        let good = try TilesInMemory.large.reader()
        for path in ["tile/1/000", "tile/0/000", "tile/0/100"] {
            var tiles = TilesInMemory.large
            let tile = try #require(Tile(path: path))
            tiles.files[tile]?[40] ^= 1
            let bad = try tiles.reader()
            for index in (0..<40).map({ _ in UInt64.random(in: 0..<70_000, using: &random) }) + [0, 1, 2, 25_601] {
                if let path = try? bad.inclusionProof(of: index) { #expect(try path == good.inclusionProof(of: index)) }
                if let entry = try? bad.entry(index) { #expect(try entry == good.entry(index)) }
                if let root = try? bad.root(at: index) { #expect(try root == good.root(at: index)) }
            }
        }
    }

    @Test("An altered entry is named by its number, and a tile that is gone by its path") func entries() throws {
        var tiles = TilesInMemory.large
        let bundle = Tile(level: .entries, index: 5)
        // Entries 1280 to 1535, each of 12 bytes with its length.
        tiles.files[bundle]?[3 * 12 + 5] ^= 1
        let reader = try tiles.reader()
        #expect(throws: LogProblem.alteredEntry(1283)) { try reader.entry(1500) }
        tiles.files[bundle]?[1] = 200
        #expect(throws: LogProblem.altered("tile/entries/005")) { try tiles.reader().entry(1500) }
        tiles.files[bundle] = nil
        #expect(throws: LogProblem.missing("tile/entries/005")) { try tiles.reader().entry(1500) }
        tiles.files[Tile(level: .hashes(1), index: 1, width: 17)] = nil
        #expect(throws: LogProblem.missing("tile/1/001.p/17")) { try tiles.reader() }
    }

    @Test("Where only the full tile is left, its beginning is read") func partialIsGone() throws {
        let entries = NaiveTree.counting(600).entries
        let (small, large) = (TilesInMemory(Array(entries.prefix(400))), TilesInMemory(entries))
        // Level 1 has no full tile yet, and so still has the older partial one.
        let reader = try TileReader(small.tree) { large.files[$0] ?? ($0.level == .hashes(1) ? small.files[$0] : nil) }
        #expect(try reader.entry(399) == entries[399])
        #expect(try reader.inclusionProof(of: 3) == small.reader().inclusionProof(of: 3))
    }

    @Test("A shorter log and one with another past are told from the log that is remembered") func remembered() throws {
        let (log, other) = (NaiveTree.counting(400), NaiveTree((0..<400).map { [UInt8($0 & 255)] }))
        let reader = try TilesInMemory(log.entries).reader()
        #expect(throws: LogProblem.rolledBack(to: 400, from: 401)) {
            try reader.check(against: TreeHead(size: 401, root: .zero))
        }
        #expect(throws: LogProblem.forked(at: 300)) {
            try reader.check(against: TreeHead(size: 300, root: other.root(300)))
        }
        #expect(throws: LogProblem.forked(at: 400)) {
            try reader.check(against: TreeHead(size: 400, root: other.root(400)))
        }
    }
}
