import TestSupport
import Testing
import TransparencyLog

@Suite struct TileTests {
    @Test(
        "A tile's path is as C2SP has it, and nothing else is one",
        arguments: [
            (Tile(level: .hashes(0), index: 0), "tile/0/000"),
            (Tile(level: .hashes(0), index: 1_234_067), "tile/0/x001/x234/067"),
            (Tile(level: .hashes(63), index: 999, width: 1), "tile/63/999.p/1"),
            (Tile(level: .hashes(2), index: 1000, width: 255), "tile/2/x001/000.p/255"),
            (Tile(level: .entries, index: 273, width: 112), "tile/entries/273.p/112"),
        ])
    func paths(_ tile: Tile, _ path: String) {
        #expect(tile.description == path && Tile(path: path) == tile)
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001",
        "tile/00/001", "tile/64/001", "tile/-1/001", "tile/+1/001", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.q/1", "tile/data/000", "tile/0/+01",
        "checkpoint", "/tile/0/000", "tile/0/000/", "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ]) func noPath(_ path: String) { #expect(Tile(path: path) == nil) }

    @Test("A tree of 70,000 entries has the tiles that C2SP counts") func example() {
        let tiles = Tile.growth(from: 0, to: 70_000)
        func count(_ level: Tile.Level) -> (Int, [Int]) {
            let those = tiles.filter { $0.level == level }
            return (those.count(where: \.isFull), those.filter { !$0.isFull }.map(\.width))
        }
        #expect(count(.entries) == (273, [112]) && count(.hashes(0)) == (273, [112]))
        #expect(count(.hashes(1)) == (1, [17]) && count(.hashes(2)) == (0, [1]) && count(.hashes(3)) == (0, []))
        #expect(Tile.edge(of: 70_000).map(\.description) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
        #expect(Tile.edge(of: 256).map(\.description) == ["tile/1/000.p/1"] && Tile.edge(of: 0).isEmpty)
    }

    @Test("What growing writes is what the larger tree has and the smaller had not") func growth() {
        var random = SeededGenerator(seed: 9162)
        for _ in 0..<300 {
            let old = UInt64.random(in: 0...140_000, using: &random)
            let new = old + UInt64.random(in: 0...1500, using: &random)
            let before = Set(Tile.growth(from: 0, to: old))
            let missing = Tile.growth(from: 0, to: new).filter { !before.contains($0) }
            #expect(Set(missing) == Set(Tile.growth(from: old, to: new)), "from \(old) to \(new)")
        }
    }

    @Test("A bundle gives the entries back, and no others are read from it") func bundles() throws {
        let entries: [[UInt8]] = [[], [1], Array(repeating: 7, count: 300), Array(repeating: 8, count: 65_535)]
        var bundle: [UInt8] = []
        for entry in entries { EntryBundle.append(entry, to: &bundle) }
        #expect(bundle.prefix(7) == [0, 0, 0, 1, 1, 1, 44])
        #expect(try EntryBundle.entries(bundle, count: 4) == entries)
        #expect(throws: (any Error).self) { try EntryBundle.entries(bundle, count: 3) }
        #expect(throws: (any Error).self) { try EntryBundle.entries(bundle, count: 5) }
        #expect(throws: (any Error).self) { try EntryBundle.entries(bundle.dropLast(), count: 4) }
    }
}
