import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct SnapshotCommitterTests {
    private let repository: TestRepository
    private var store: MemoryStore { repository.store }

    init() throws { repository = try TestRepository() }

    private func tip(pinned: SnapshotCommitter.Tip) throws -> SnapshotCommitter.Tip {
        try repository.committer(try repository.session()).tip(pinned: pinned, key: repository.writer.signing.publicKey)
    }

    @Test func theTipFollowsTheChain() throws {
        #expect(try tip(pinned: .none) == .none)
        let first = try repository.snapshot(after: .none)
        #expect(first.sequence == 1)
        let second = try repository.snapshot(after: first)
        for pinned in [SnapshotCommitter.Tip.none, first, second] { #expect(try tip(pinned: pinned) == second) }
    }

    @Test func whatWasPinnedMustBeThere() throws {
        let first = try repository.snapshot(after: .none)
        let second = try repository.snapshot(after: first)
        let name = Names.snapshot(repository.writer.id, 2)
        let bytes = try store.bytes(name)
        store.tamper(name, with: nil)
        #expect(failureCode { _ = try tip(pinned: second) } == .rollback)
        #expect(try tip(pinned: first) == first)
        store.tamper(name, with: bytes)
        let other = SnapshotCommitter.Tip(sequence: 2, digest: .zero)
        #expect(failureCode { _ = try tip(pinned: other) } == .rollback)
        try store.damage(name, at: 300, with: [0, 0, 0])
        #expect(failureCode { _ = try tip(pinned: first) } == .signatureInvalid)
    }

    /// Two runs of one writer that end at once: both snapshots count, one after the other.
    @Test func theSlowerRunTakesTheNextNumber() throws {
        let first = try repository.snapshot(after: .none)
        let faster = try repository.snapshot(after: first)
        let slower = try repository.snapshot(after: first)
        #expect(faster.sequence == 2 && slower.sequence == 3)
        let catalog = try repository.catalog()
        #expect(catalog.problems == [] && catalog.committed.count == 3)
    }

    @Test func manyRunsAtOnceMakeOneChain() throws {
        let threads = WorkerThreads()
        for _ in 0..<6 { threads.start { [repository] in _ = try? repository.snapshot(after: .none) } }
        threads.joinAll()
        let catalog = try repository.catalog()
        #expect(catalog.problems == [] && catalog.committed.map(\.record.sequence).sorted() == [1, 2, 3, 4, 5, 6])
    }

    @Test func aSweepOfALaterVersionStopsTheCommit() throws {
        _ = try store.put([1], as: ObjectName("sweeps/0000000001/ceiling"), .immediate)
        #expect(failureCode { try repository.snapshot(after: .none) } == .collectionUnknown)
        #expect(try repository.catalog().committed.isEmpty)
    }

    @Test func theObjectsOfASessionAreInTheirOrder() throws {
        try repository.snapshot(after: .none)
        let below = "sessions/\(repository.writer.id.hex)"
        #expect(try store.names(below: below).map(\.lastComponent) == ["end", "intent", "manifest"])
    }
}
