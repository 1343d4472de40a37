import Primitives
import RepositoryEngine
import Sealing
import Storage

extension FuzzTarget {
    static let indexes: [FuzzTarget] = [
        FuzzTarget(
            "index tables",
            seeds: {
                let packs = (0..<4).map {
                    IndexedPack(
                        name: .zero, size: UInt64($0), kind: $0 % 2 == 0 ? .data : .metadata, hasMovedBlobs: $0 == 3)
                }
                return [
                    IndexTables(packs: packs, firstIDs: [1, 2, 3]).encoded(),
                    IndexTables(packs: [], firstIDs: []).encoded(),
                ]
            }
        ) { bytes in
            let tables = try IndexTables(decoding: bytes)
            return tables.packs.count * MemoryLayout<IndexedPack>.stride + tables.firstIDs.count * 8
        },
        FuzzTarget("whole index run", weight: 1, seeds: { [try fuzzSession.get().indexRun] }) { bytes in
            let session = try fuzzSession.get()
            let store = MemoryStore()
            let name = Names.indexRun(session.world.domain, .zero)
            _ = try store.put(bytes, as: name, .immediate)
            let run = try IndexRun(name: name, store: store, opener: session.world.opener)
            let locator = ChunkLocator(runs: [run], store: store)
            _ = try locator.locations(of: session.world.id([1]))
            try run.forEachEntry(store: store) { _ in }
            return run.packs.count * MemoryLayout<IndexedPack>.stride + run.pageCount * 8
        },
    ]
}
