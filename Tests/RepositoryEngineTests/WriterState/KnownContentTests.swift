import Foundation
import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct KnownContentTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/known" }

    init() throws { folder = try TemporaryFolder() }

    private func ids(_ count: Int, seed: UInt64 = 1) -> [ChunkID] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in RandomRecords.digest(&random) }
    }

    private func pack(_ number: UInt64) -> KnownPack {
        KnownPack(name: Digest32(a: 1, b: 1, c: 1, d: number), size: number * 10)
    }

    @Test func ofManyWhoClaimAChunkOneStoresIt() throws {
        let known = try KnownContent(folder: folder.path)
        let ids = ids(3_000)
        let claimed = Monitor(0)
        let threads = WorkerThreads()
        for _ in 0..<8 {
            threads.start {
                for id in ids where (try? known.claim(id)) == false { claimed.withLock { $0 += 1 } }
            }
        }
        threads.joinAll()
        #expect(claimed.withLock { $0 } == 3_000)
    }

    @Test func whoWaitsForAChunkLearnsHowItWasStored() throws {
        let known = try KnownContent(folder: folder.path)
        let ids = ids(3)
        let pack = known.addPack(pack(1))
        let form = DeltaForm(depth: 1, bases: [ids[2]])
        let found = Monitor<[DeltaForm?]>([])
        #expect(try !known.claim(ids[0]))
        let threads = WorkerThreads()
        for _ in 0..<4 {
            threads.start {
                let settled = known.settledForm(of: ids[0]) { false }
                found.update { if case .delta(let form) = settled { $0.append(form) } else { $0.append(nil) } }
            }
        }
        // They do not learn it before.
        #expect(!found.wait(milliseconds: 300) { !$0.isEmpty })
        let clock = ContinuousClock()
        let time = clock.measure {
            try? known.set(ids[0], pack: pack, form: form)
            threads.joinAll()
        }
        #expect(found.withLock { $0 } == [form, form, form, form])
        #expect(time < .milliseconds(150), "they are woken, and do not look from time to time")
    }

    @Test func nobodyWaitsForAChunkThatIsNotStoredOrNeverWillBe() throws {
        let known = try KnownContent(folder: folder.path)
        let ids = ids(2)
        guard case .unknown = known.settledForm(of: ids[1], isBroken: { false }) else {
            Issue.record("nobody has claimed it")
            return
        }
        #expect(try !known.claim(ids[0]))
        guard case .claimed = known.settledForm(of: ids[0], isBroken: { true }) else {
            Issue.record("nobody has stored it")
            return
        }
    }

    @Test func chunksOfMissingPacksAreStoredAnew() throws {
        let known = try KnownContent(folder: folder.path)
        #expect(known.isEmpty)
        let (lost, kept) = (known.addPack(pack(1)), known.addPack(pack(2)))
        let ids = ids(4)
        try known.set(ids[0], pack: lost)
        try known.set(ids[1], pack: kept)
        try known.remember(ids[2].prefix, at: Slice(type: .bundle, id: ids[0], offset: 5, count: 6))
        try known.remember(ids[3].prefix, at: Slice(type: .bundle, id: ids[1], offset: 7, count: 8))
        #expect(
            known.slice(of: ids[2].prefix)?.offset == 5 && known.isKnown(ids[0]) && !known.isKnown(ids[2])
                && !known.isEmpty)
        known.markMissing([lost])
        #expect(known.hasMissingPacks && known.pack(of: ids[0]) == nil && known.slice(of: ids[2].prefix) == nil)
        #expect(
            known.pack(of: ids[1]) == kept
                && known.slice(of: ids[3].prefix) == Slice(type: .bundle, id: ids[1], offset: 7, count: 8))
        #expect(try known.claim(ids[1]))
        #expect(try !known.claim(ids[0]), "the first who asks stores it again")
        #expect(try known.claim(ids[0]), "the second does not")
        let again = known.reservePack()
        known.name(again, pack(3))
        try known.set(ids[0], pack: again)
        #expect(known.pack(of: ids[0]) == again && known.slice(of: ids[2].prefix)?.count == 6)
    }

    @Test func aContentMayMoveToAnotherSlice() throws {
        let known = try KnownContent(folder: folder.path)
        let ids = ids(3)
        try known.remember(ids[0].prefix, at: Slice(type: .bundle, id: ids[1], offset: 1, count: 1))
        try known.remember(ids[0].prefix, at: Slice(type: .bundle, id: ids[2], offset: 2, count: 3))
        #expect(known.slice(of: ids[0].prefix) == Slice(type: .bundle, id: ids[2], offset: 2, count: 3))
    }

    private static var key: SecretBytes { SecretBytes(count: 32) { $0[0] = 1 } }

    private func save(_ known: KnownContent) throws {
        let writer = try SealedFile.Writer(path: path, cacheKey: Self.key)
        try known.save(to: writer)
        try writer.flush()
    }

    private func load() throws -> KnownContent? {
        try SealedFile.Reader(path: path, cacheKey: Self.key).flatMap { KnownContent.Saved(reader: $0) }?.load(
            folder: folder.path)
    }

    /// 10,923 slots of 24 bytes fill a record, 4,682 of 56: the borders of records are tried as well.
    @Test(arguments: [(0, 0), (1, 0), (0, 1), (10_922, 4_681), (10_923, 4_682), (10_924, 4_683), (30_000, 20_000)])
    func whatIsSavedIsLoaded(_ chunks: Int, _ contents: Int) throws {
        let known = try KnownContent(folder: folder.path)
        let (chunkIDs, contentIDs) = (ids(chunks), ids(contents, seed: 2))
        for number in 0..<3 { _ = number == 1 ? known.reservePack() : known.addPack(pack(UInt64(number + 1))) }
        for (number, id) in chunkIDs.enumerated() { try known.set(id, pack: UInt32(number % 3)) }
        for (number, id) in contentIDs.enumerated() {
            try known.remember(id.prefix, at: Slice(type: .bundle, id: id, offset: UInt32(number), count: 9))
        }
        try save(known)
        let loaded = try #require(try load())
        #expect(loaded.packs == [pack(1), nil, pack(3)] && loaded.packCount == 3)
        #expect(chunkIDs.enumerated().allSatisfy { loaded.pack(of: $1) == UInt32($0 % 3) })
        #expect(
            contentIDs.enumerated().allSatisfy {
                loaded.slice(of: $1.prefix) == Slice(type: .bundle, id: $1, offset: UInt32($0), count: 9)
            })
        #expect(ids(100, seed: 3).allSatisfy { !loaded.isKnown($0) && loaded.slice(of: $0.prefix) == nil })
    }

    @Test func aTornFileIsForgottenAsAWhole() throws {
        let known = try KnownContent(folder: folder.path)
        for id in ids(12_000) { try known.set(id, pack: 0) }
        for id in ids(5_000, seed: 2) {
            try known.remember(id.prefix, at: Slice(type: .bundle, id: id, offset: 0, count: 1))
        }
        try save(known)
        let whole = try Data(contentsOf: URL(filePath: path))
        for count in [0, 24, 30, 60, 1_000, 262_300, 300_000, whole.count - 1] {
            try whole.prefix(count).write(to: URL(filePath: path))
            #expect(try load() == nil, "\(count) of \(whole.count) bytes")
        }
    }

    /// Tables are reserved on the disk: a head that lies must not fill it.
    @Test(arguments: [(UInt64(1) << 36, UInt64(0)), (0, 1 << 36), (.max, .max), (100, 0)]) func countsAreNotTrusted(
        _ chunks: UInt64, _ contents: UInt64
    ) throws {
        var head = ByteWriter()
        for count in [chunks, contents, 0] { head.varint(count) }
        let writer = try SealedFile.Writer(path: path, cacheKey: Self.key)
        try writer.append(head.bytes)
        try writer.flush()
        let reader = SealedFile.Reader(path: path, cacheKey: Self.key)
        #expect(reader.flatMap { KnownContent.Saved(reader: $0) } == nil)
    }

    @Test func whatDeltasLeanOnIsRememberedAndMissed() throws {
        let known = try KnownContent(folder: folder.path)
        let ids = ids(2_000, seed: 9)
        let (first, second) = (known.addPack(pack(1)), known.addPack(pack(2)))
        for id in ids[..<1_000] { try known.set(id, pack: first) }
        for (number, id) in ids[1_000...].enumerated() {
            try known.set(id, pack: second, form: DeltaForm(depth: 2, bases: [ids[number], ids[(number + 7) % 1_000]]))
        }
        let writer = try SealedFile.Writer(path: path, cacheKey: Self.key)
        try known.save(to: writer)
        try writer.flush()
        let saved = try #require(
            SealedFile.Reader(path: path, cacheKey: Self.key).flatMap { KnownContent.Saved(reader: $0) })
        let loaded = try #require(try saved.load(folder: folder.path))
        for (number, id) in ids[1_000...].enumerated() {
            #expect(loaded.base(id) == DeltaForm(depth: 2, bases: [ids[number], ids[(number + 7) % 1_000]]))
        }
        #expect(loaded.base(ids[0]) == DeltaForm(depth: 0, bases: []) && loaded.hasDeltas)

        // Without its bases a delta is nothing to lean on, and is stored once more; then it is whole.
        loaded.markMissing([first])
        #expect(loaded.base(ids[1_500]) == nil)
        #expect(try !loaded.claim(ids[1_500]))
        #expect(loaded.base(ids[1_500]) == nil, "somebody is storing it")
        try loaded.set(ids[1_500], pack: second)
        #expect(loaded.base(ids[1_500]) == DeltaForm(depth: 0, bases: []))
    }
}
