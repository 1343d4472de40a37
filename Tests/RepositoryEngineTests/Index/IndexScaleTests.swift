import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

/// A large index answers out of a small memory. `make soak` asks one of 10^8 entries as well (Benchmarks/IndexScale).
@Suite struct IndexScaleTests {
    @Test func aMillionEntriesThroughASmallCache() throws {
        let world = try SealedWorld()
        let folder = try TemporaryFolder()
        let store = try DirectoryStore.create(at: folder.path + "/store")
        _ = try store.put([1], as: ObjectName("FORMAT"), .immediate)
        let count: UInt64 = 1_000_000
        let step = UInt64.max / count
        let writer = try IndexRunWriter(session: world.session, store: store)
        for number in 0..<count {
            try writer.append(
                IndexEntry(
                    id: Prefix16(high: number * step, low: number), pack: UInt32(number % 100), offset: 0,
                    storedCount: UInt32(number)))
        }
        let packs = (0..<100).map { IndexedPack(name: Digest32(a: 0, b: 0, c: 0, d: UInt64($0)), size: 1, kind: .data) }
        let (name, size) = try writer.finish(packs: packs, domain: world.domain, in: store)
        #expect(size > count * 28 && size < count * 29)
        let run = try IndexRun(name: Names.indexRun(world.domain, name), store: store, opener: world.opener)
        let locator = ChunkLocator(runs: [run], store: store, cacheBytes: 1 << 20)
        var random = SeededGenerator(seed: 1)
        for _ in 0..<Soak.count(2_000, full: 100_000) {
            let number = random.next() % count
            let found = try locator.locations(of: Digest32(a: number * step, b: number, c: 0, d: 0))
            #expect(found.map(\.storedCount) == [UInt32(number)])
            #expect(try locator.location(of: Digest32(a: number * step, b: number + 1, c: 0, d: 0)) == nil)
        }
    }
}
