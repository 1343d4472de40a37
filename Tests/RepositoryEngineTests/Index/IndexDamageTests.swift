import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct IndexDamageTests {
    private let world: SealedWorld
    private let name: ObjectName
    private let whole: [UInt8]

    init() throws {
        world = try SealedWorld()
        let writer = try IndexRunWriter(session: world.session, store: world.store)
        for number in 0..<1_500 {
            try writer.append(
                IndexEntry(id: Prefix16(high: UInt64(number), low: 0), pack: 0, offset: 1, storedCount: 2))
        }
        let pack = IndexedPack(name: .zero, size: 1, kind: .data)
        name = Names.indexRun(
            world.domain, try writer.finish(packs: [pack], domain: world.domain, in: world.store).name)
        whole = try world.store.bytes(name)
    }

    private func open() throws -> IndexRun { try IndexRun(name: name, store: world.store, opener: world.opener) }

    /// Opens the run and reads all of it.
    private func readAll() throws -> Int {
        var count = 0
        try open().forEachEntry(store: world.store) { _ in count += 1 }
        return count
    }

    @Test func noByteOfTrailerAndTablesCanBeChangedUnnoticed() throws {
        let trailer = whole.count - IndexRunFormat.trailerCount
        // All of the trailer but the number of entries, which is for statistics and tried below.
        for offset in Array(stride(from: trailer - 90, to: trailer, by: 7)) + Array(trailer..<trailer + 24)
            + Array(trailer + 32..<whole.count)
        {
            for change in [UInt8(1), 0x80, 0xFF] {
                world.store.tamper(name, with: whole)
                try world.store.damage(name, at: offset, with: [whole[offset] ^ change])
                #expect(failureCode { _ = try open() } == .objectDamaged, "byte \(offset - trailer) of the trailer")
            }
        }
    }

    @Test func lengthsAtTheBordersAreRefusedAndNotComputedWith() throws {
        let trailer = whole.count - IndexRunFormat.trailerCount
        let size = UInt64(whole.count)
        for offset in [0, size - 64, size - 63, size - 1, size, size + 1, 1 << 32, 1 << 63, .max - 64, .max] {
            for length in [UInt32(0), 1, 64, .max] {
                var writer = ByteWriter()
                writer.u64(offset)
                writer.u32(length)
                world.store.tamper(name, with: whole)
                try world.store.damage(name, at: trailer + 8, with: writer.bytes)
                #expect(failureCode { _ = try open() } == .objectDamaged)
            }
        }
    }

    @Test func aNumberOfEntriesThatCannotBeIsRefused() throws {
        let trailer = whole.count - IndexRunFormat.trailerCount
        for value in [UInt64(0), 1_500 - 585, 1_756, .max] {
            var writer = ByteWriter()
            writer.u64(value)
            world.store.tamper(name, with: whole)
            try world.store.damage(name, at: trailer + 24, with: writer.bytes)
            #expect(failureCode { _ = try open() } == .objectDamaged, "\(value) entries in three pages")
        }
    }

    @Test func aDamagedPageIsFoundWhenItIsRead() throws {
        let pages = try SealHeader(decoding: Array(whole[..<2488])).encoded().count
        try world.store.damage(name, at: pages + IndexRunFormat.pageCount + 100, with: [0, 1, 2, 3])
        let locator = ChunkLocator(runs: [try open()], store: world.store)
        #expect(try locator.locations(of: Digest32(a: 5, b: 0, c: 0, d: 0)).count == 1)
        #expect(failureCode { _ = try locator.locations(of: Digest32(a: 700, b: 0, c: 0, d: 0)) } == .objectDamaged)
        #expect(failureCode { _ = try readAll() } == .objectDamaged)
    }

    @Test func pagesInAnotherOrderAreFound() throws {
        let start = 2488
        let page = IndexRunFormat.pageCount
        var swapped = whole
        swapped.replaceSubrange(
            start..<start + 2 * page, with: whole[start + page..<start + 2 * page] + whole[start..<start + page])
        world.store.tamper(name, with: swapped)
        #expect(failureCode { _ = try readAll() } == .objectDamaged)
    }

    @Test func aRunThatIsCutOffIsRefused() throws {
        for count in [0, 1, 64, 135, 2_487, 2_488, 2_552, 20_000, whole.count - 64, whole.count - 1] {
            world.store.tamper(name, with: Array(whole[..<count]))
            #expect(failureCode { _ = try open() } == .objectDamaged, "\(count) bytes")
        }
        world.store.tamper(name, with: nil)
        #expect(failureCode { _ = try open() } == .objectMissing)
    }

    @Test func anEntryOfAPackThatIsNotListedIsRefused() throws {
        let writer = try IndexRunWriter(session: world.session, store: world.store)
        try writer.append(IndexEntry(id: Prefix16(high: 1, low: 1), pack: 3, offset: 0, storedCount: 0))
        let pack = IndexedPack(name: .zero, size: 1, kind: .data)
        let bad = Names.indexRun(
            world.domain, try writer.finish(packs: [pack], domain: world.domain, in: world.store).name)
        let locator = ChunkLocator(
            runs: [try IndexRun(name: bad, store: world.store, opener: world.opener)], store: world.store)
        #expect(failureCode { _ = try locator.locations(of: Digest32(a: 1, b: 1, c: 0, d: 0)) } == .objectDamaged)
    }

    /// One run of many that is damaged in whatever place must not keep the others from being used.
    @Test func theOthersServeWhereOneIsDamaged() throws {
        let writer = try IndexRunWriter(session: world.session, store: world.store)
        try writer.append(IndexEntry(id: Prefix16(high: 1 << 40, low: 1), pack: 0, offset: 0, storedCount: 0))
        _ = try writer.finish(
            packs: [IndexedPack(name: .zero, size: 1, kind: .data)], domain: world.domain, in: world.store)
        let offsets =
            Array(0..<SealHeader.fixedCount) + [
                200, 1_400, whole.count - 100, whole.count - 64, whole.count - 50, whole.count - 1,
            ]
        for offset in offsets {
            world.store.tamper(name, with: whole)
            try world.store.damage(name, at: offset, with: [whole[offset] ^ 0x11])
            let set = try IndexSet(store: world.store, opener: world.opener)
            #expect(try set.locator.locations(of: Digest32(a: 1 << 40, b: 1, c: 0, d: 0)).count == 1, "byte \(offset)")
            #expect(set.problems.count + set.locator.runs.count == 2, "byte \(offset)")
        }
    }
}
