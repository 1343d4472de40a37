@testable import Capture
import TestSupport
import Testing

@Suite struct WatchTableTests {
    /// What a table should say, told with dictionaries.
    private struct Model {
        var paths: [WatchTable.Node: [String]] = [:]
        var watches: [WatchTable.Node: Int32] = [:]

        func isBelow(_ node: WatchTable.Node, _ top: WatchTable.Node) -> Bool {
            guard let path = paths[node], let start = paths[top] else { return false }
            return path.starts(with: start)
        }
    }

    private func there(_ node: WatchTable.Node?) throws -> WatchTable.Node { try #require(node) }

    @Test("Directories that come, move and go are found where they are", arguments: 0..<60) func random(seed: Int)
        throws
    {
        var generator = SeededGenerator(seed: UInt64(seed))
        var (table, model) = (WatchTable(), Model())
        let top = try there(table.add([], below: WatchTable.none, root: 7))
        model.paths[top] = []
        for step in 0..<400 {
            let nodes = model.paths.keys.sorted()
            let node = try #require(nodes.randomElement(using: &generator))
            let other = try #require(nodes.randomElement(using: &generator))
            let name = "n\(step)" + String(repeating: "x", count: .random(in: 0...200, using: &generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let child = try there(table.add(Array(name.utf8)[...], below: node, root: 7))
                // Some share a watch, as they do when roots overlap.
                let watch = Int32.random(in: 0...200, using: &generator)
                let unused = table.setWatch(child, watch)
                #expect(unused == nil)
                (model.paths[child], model.watches[child]) = ((model.paths[node] ?? []) + [name], watch)
            case 6..<8 where node != top && !model.isBelow(other, node):
                let (old, new) = (model.paths[node] ?? [], (model.paths[other] ?? []) + [name])
                table.move(node, below: other, name: Array(name.utf8)[...])
                let moved = model.paths.filter { $0.value.starts(with: old) }
                for (below, path) in moved { model.paths[below] = new + path.dropFirst(old.count) }
            case 8 where node != top:
                let gone = model.paths.keys.filter { model.isBelow($0, node) }
                let numbers = Set(gone.compactMap { model.watches[$0] })
                for one in gone { (model.paths[one], model.watches[one]) = (nil, nil) }
                let unused = table.remove(node)
                #expect(Set(unused) == numbers.subtracting(model.watches.values) && unused.count == Set(unused).count)
            default: continue
            }
        }
        for (node, path) in model.paths {
            #expect(String(decoding: table.path(node), as: UTF8.self) == path.joined(separator: "/"))
        }
        for (watch, nodes) in Dictionary(grouping: model.watches.keys, by: { model.watches[$0] ?? -1 }) {
            #expect(table.nodes(of: watch).sorted() == nodes.sorted())
        }
        #expect(table.count(ofRoot: 7) == model.paths.count)
        #expect(table.watchCount == Set(model.watches.values).count)
        for (node, path) in model.paths {
            let children = model.paths.filter { $0.value.count == path.count + 1 && $0.value.starts(with: path) }.keys
            #expect(table.children(node).sorted() == children.sorted())
        }
    }

    @Test("Of two of one name the one that was there longer is found") func exchanged() throws {
        var table = WatchTable()
        let top = try there(table.add([], below: WatchTable.none, root: 1))
        let first = try there(table.add(Array("a".utf8)[...], below: top, root: 1))
        let second = try there(table.add(Array("b".utf8)[...], below: top, root: 1))
        table.move(first, below: top, name: Array("b".utf8)[...])
        #expect(table.child(top, Array("b".utf8)[...]) == second)
        #expect(table.child(top, Array("a".utf8)[...]) == nil)
    }
}
