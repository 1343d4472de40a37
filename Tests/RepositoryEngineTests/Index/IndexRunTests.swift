import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

@Suite struct IndexRunTests {
    private let world: SealedWorld
    private static let perPage = IndexRunFormat.entriesPerPage

    init() throws { world = try SealedWorld() }

    private func packs(_ count: Int) -> [IndexedPack] {
        (0..<count).map {
            IndexedPack(
                name: Digest32(a: 9, b: 9, c: 9, d: UInt64($0)), size: UInt64($0 + 1) << 30,
                kind: $0.isMultiple(of: 2) ? .data : .metadata)
        }
    }

    private func write(_ entries: [IndexEntry], packs: [IndexedPack]) throws -> IndexRun {
        let writer = try IndexRunWriter(session: world.session, store: world.store)
        for entry in entries.sorted() { try writer.append(entry) }
        let (name, size) = try writer.finish(packs: packs, domain: world.domain, in: world.store)
        let object = Names.indexRun(world.domain, name)
        #expect(try world.store.size(of: object) == Int64(size))
        return try IndexRun(name: object, store: world.store, opener: world.opener)
    }

    private func entry(_ id: Prefix16, _ number: Int) -> IndexEntry {
        IndexEntry(id: id, pack: UInt32(number % 5), offset: UInt32(number), storedCount: UInt32(number * 2))
    }

    private func chunk(_ id: Prefix16) -> ChunkID { Digest32(a: id.high, b: id.low, c: 1, d: 2) }

    @Test(arguments: [0, 1, 584, 585, 586, 1170, 20_000]) func everyEntryIsFoundAndNoOther(_ count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let entries = (0..<count).map { entry(Prefix16(high: random.next(), low: random.next()), $0) }
        let run = try write(entries, packs: packs(5))
        #expect(run.entryCount == UInt64(count) && run.pageCount == (count + Self.perPage - 1) / Self.perPage)
        let locator = ChunkLocator(runs: [run], store: world.store)
        for entry in entries.shuffled(using: &random).prefix(3_000) {
            let place = ChunkLocation(
                pack: packs(5)[Int(entry.pack)], offset: entry.offset, storedCount: entry.storedCount)
            #expect(try locator.locations(of: chunk(entry.id)) == [place])
        }
        for _ in 0..<1_000 {
            #expect(try locator.location(of: chunk(Prefix16(high: random.next(), low: random.next()))) == nil)
        }
        for id in [Prefix16(high: 0, low: 0), Prefix16(high: .max, low: .max), Prefix16(high: .max, low: 0)] {
            #expect(try locator.location(of: chunk(id)) == nil)
        }
        var seen: [IndexEntry] = []
        try run.forEachEntry(store: world.store) { seen.append($0) }
        #expect(seen == entries.sorted())
    }

    /// One id that fills more than a page, beside neighbours with the same first half.
    @Test func anIdMayStandInManyPlaces() throws {
        let (id, near, far) = (Prefix16(high: 500, low: 5), Prefix16(high: 500, low: 4), Prefix16(high: 500, low: 6))
        var entries = (0..<1_000).map { entry(Prefix16(high: UInt64($0), low: 0), $0) }
        entries +=
            (0..<2_000).map { entry(id, $0) } + (0..<700).map { entry(near, $0) } + (0..<700).map { entry(far, $0) }
        let locator = ChunkLocator(runs: [try write(entries, packs: packs(5))], store: world.store)
        #expect(try locator.locations(of: chunk(id)).map(\.offset).sorted() == (0..<2_000).map(UInt32.init))
        #expect(try locator.locations(of: chunk(near)).count == 700)
        #expect(try locator.locations(of: chunk(far)).count == 700)
        #expect(try locator.locations(of: chunk(Prefix16(high: 500, low: 0))).count == 1)
        #expect(try locator.locations(of: chunk(Prefix16(high: 500, low: 7))).isEmpty)
    }

    @Test func everyRunIsAsked() throws {
        let id = Prefix16(high: 7, low: 7)
        let runs = try (0..<3).map { try write([entry(id, $0)], packs: packs(5)) }
        let locator = ChunkLocator(runs: runs, store: world.store)
        #expect(try locator.locations(of: chunk(id)).map(\.offset) == [0, 1, 2])
    }

    /// Many small ones are looked for in one table, which is no other answer, also beside a large one and a damaged one.
    @Test func everyOneOfManyRunsIsAsked() throws {
        let id = Prefix16(high: 7, low: 7)
        var runs = try (0..<40).map { try write([entry(id, $0), entry(id, $0 + 100)], packs: packs(5)) }
        let filling = (0..<SmallRuns.mostEntries).map { entry(Prefix16(high: 1000 + $0, low: 0), Int($0)) }
        runs.insert(try write(filling + [entry(id, 1000), entry(id, 1005)], packs: packs(5)), at: 20)
        let numbers = { (run: Int) in
            run == 20 ? [1000, 1005] : [run < 20 ? run : run - 1, (run < 20 ? run : run - 1) + 100]
        }
        let expected = runs.indices.map { numbers($0).map(UInt32.init) }
        #expect(
            try ChunkLocator(runs: runs, store: world.store).locations(of: chunk(id)).map(\.offset)
                == expected.flatMap { $0 })
        try world.store.damage(runs[30].name, at: 5_000, with: [1, 2, 3])
        #expect(throws: Failure.self) { try ChunkLocator(runs: runs, store: world.store).locations(of: chunk(id)) }
        let mending = ChunkLocator(runs: runs, store: world.store) { _ in
            throw Failure.damaged(Names.format, "is not asked for")
        }
        #expect(
            try mending.locations(of: chunk(id)).map(\.offset) == (expected[..<30] + expected[31...]).flatMap { $0 })
    }

    /// The cache is small and the questions are spread: every answer stays right while pages come and go, also from many threads.
    @Test func aSmallCacheGivesTheSameAnswers() throws {
        var random = SeededGenerator(seed: 11)
        let entries = (0..<8_000).map { entry(Prefix16(high: random.next(), low: 0), $0) }
        let locator = ChunkLocator(runs: [try write(entries, packs: packs(5))], store: world.store, cacheBytes: 0)
        let wrong = Monitor(0)
        let threads = WorkerThreads()
        for thread in 0..<4 {
            threads.start {
                for index in stride(from: thread, to: entries.count, by: 5) {
                    let found = try? locator.location(of: Digest32(a: entries[index].id.high, b: 0, c: 1, d: 2))
                    if found?.offset != entries[index].offset { wrong.withLock { $0 += 1 } }
                }
            }
        }
        threads.joinAll()
        #expect(wrong.withLock { $0 } == 0)
    }

    @Test func aRunOfPacksNamesThem() throws {
        let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
        let chunks = (0..<10).map { [UInt8](repeating: UInt8($0), count: 50) }
        for chunk in chunks + chunks { try writer.append(chunk, .data, id: world.id(chunk)) }
        let pack = try writer.finish(in: world.store)
        let (name, _) = try IndexRunWriter.write([pack], session: world.session, store: world.store)
        let run = try IndexRun(name: Names.indexRun(world.domain, name), store: world.store, opener: world.opener)
        #expect(run.packs == [IndexedPack(name: pack.name, size: pack.size, kind: .data)])
        let locator = ChunkLocator(runs: [run], store: world.store)
        for chunk in chunks { #expect(try locator.locations(of: world.id(chunk)).count == 2) }
    }

    @Test func tablesAreReadBackAndTheirCountsNotTrusted() throws {
        let tables = IndexTables(packs: packs(7), firstIDs: [0, 1, .max])
        let bytes = tables.encoded()
        let again = try IndexTables(decoding: bytes)
        #expect(again.packs == tables.packs && again.firstIDs == tables.firstIDs)
        for offset in [0, 4 + 7 * 42] {
            for value in [UInt8(0x10), 0xFF] {
                var lie = bytes
                lie.replaceSubrange(offset..<offset + 4, with: [value, value, value, value])
                #expect(throws: EncodingError.self) { _ = try IndexTables(decoding: lie) }
            }
        }
        var kind = bytes
        kind[4 + 40] = 3
        #expect(throws: EncodingError.self) { _ = try IndexTables(decoding: kind) }
        for count in 0..<bytes.count {
            #expect(throws: EncodingError.self) { _ = try IndexTables(decoding: Array(bytes[..<count])) }
        }
    }
}
