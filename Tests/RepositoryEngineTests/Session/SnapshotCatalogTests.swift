import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct SnapshotCatalogTests {
    private let repository: TestRepository
    private let tips: [SnapshotCommitter.Tip]
    private var store: MemoryStore { repository.store }

    init() throws {
        repository = try TestRepository()
        var tips = [SnapshotCommitter.Tip.none]
        for _ in 0..<4 { tips.append(try repository.snapshot(after: tips[tips.count - 1])) }
        self.tips = tips
    }

    private func name(_ sequence: UInt64) -> ObjectName { Names.snapshot(repository.writer.id, sequence) }
    private func commitName(_ sequence: UInt64) -> ObjectName { Names.commit(repository.writer.id, sequence) }
    private func codes() throws -> [Failure.Code] { try repository.catalog().problems.map(\.code) }

    @Test func whatWasCommittedIsListedAndOpens() throws {
        let catalog = try repository.catalog()
        #expect(catalog.problems == [] && catalog.committed.map(\.record.sequence) == [1, 2, 3, 4])
        #expect(catalog.snapshots.map(\.digest) == tips.dropFirst().map(\.digest))
        let opener = try repository.unlock()
        for snapshot in catalog.snapshots {
            #expect(try snapshot.record.description(opener: opener) == repository.description(snapshot.record.sequence))
            let roots = try snapshot.record.roots(opener: opener)
            #expect(roots.listing == .zero && roots.references == .zero)
            let again = try SnapshotRecord(fields: Fields(decoding: snapshot.record.fields.encoded()))
            #expect(again == snapshot.record)
        }
        #expect(try SnapshotCatalog(repository: try repository.open(), writer: .random()).snapshots.isEmpty)
    }

    @Test func aSnapshotWithoutItsCommitDoesNotCount() throws {
        store.tamper(commitName(4), with: nil)
        let catalog = try repository.catalog()
        #expect(
            catalog.committed.map(\.record.sequence) == [1, 2, 3] && catalog.snapshots.count == 4
                && catalog.problems == [])
    }

    @Test func aGapInTheChainIsReported() throws {
        store.tamper(name(2), with: nil)
        let problems = try repository.catalog().problems
        #expect(problems.contains { $0.code == .objectMissing && $0.message.contains("2 to 2") })
        #expect(problems.contains { $0.message.contains(name(2).path) }, "its commit tells that it was there")
        #expect(try repository.catalog().committed.map(\.record.sequence) == [1, 3, 4])
    }

    @Test func theNewestCannotVanishUnnoticed() throws {
        store.tamper(name(4), with: nil)
        #expect(try codes() == [.objectMissing])
    }

    @Test func aDamagedSnapshotIsReportedAndTheOthersStay() throws {
        for offset in [0, 8, 20, 500, 3_000, 5_000] {
            let bytes = try store.bytes(name(3))
            try store.damage(name(3), at: offset, with: [bytes[offset] ^ 4])
            let catalog = try repository.catalog()
            #expect(catalog.committed.map(\.record.sequence) == [1, 2, 4])
            #expect(catalog.problems.contains { $0.message.contains(name(3).path) }, "byte \(offset)")
            store.tamper(name(3), with: bytes)
        }
    }

    @Test func whatIsAddedAfterAWithdrawalDoesNotCount() throws {
        let second = try #require(try repository.catalog().snapshots.first { $0.record.sequence == 2 })
        _ = try repository.administration.withdraw(repository.writer.id, after: second, reason: "lost")
        let catalog = try repository.catalog()
        #expect(catalog.problems == [] && catalog.committed.map(\.record.sequence) == [1, 2])
        #expect(catalog.withheld.map(\.record.sequence) == [3, 4] && catalog.intrusions.count == 2)
        // A later word can take away, and gives nothing back.
        let fourth = catalog.withheld.last
        _ = try repository.administration.withdraw(repository.writer.id, after: fourth, reason: "lost")
        #expect(try repository.catalog().committed.count == 2)
        _ = try repository.administration.withdraw(repository.writer.id, after: nil, reason: "lost")
        #expect(try repository.catalog().committed.isEmpty)
    }

    @Test func theLastThatCountsCannotBeExchanged() throws {
        var second = try #require(try repository.catalog().snapshots.first { $0.record.sequence == 2 })
        second.digest = SHA256Digest.of([1])
        _ = try repository.administration.withdraw(repository.writer.id, after: second, reason: "lost")
        #expect(try codes().contains(.rollback))
        #expect(try repository.catalog().committed.map(\.record.sequence) == [1])
    }

    /// Another snapshot of the same writer in the place of the second: a valid signature, another history.
    @Test func aReplacedHistoryIsFound() throws {
        let session = try repository.session()
        let record = try SnapshotRecord(
            session: session, writer: repository.writer.id, sequence: 2, previous: tips[1].digest, mode: .full,
            time: Timestamp(nanoseconds: 1),
            sweepGeneration: 0, software: "test", description: SnapshotDescription(), referenceRoot: .zero)
        store.tamper(
            name(2),
            with: try SignedRecord.encode(
                .snapshot, record.fields, repository: repository.id, key: repository.writer.signing))
        store.tamper(commitName(2), with: nil)
        #expect(try codes() == [.rollback])
    }

    @Test func aSnapshotUnderAnotherNumberIsFound() throws {
        let bytes = try store.bytes(name(3))
        store.tamper(name(5), with: bytes)
        #expect(
            try repository.catalog().problems.contains {
                $0.code == .objectDamaged && $0.message.contains(name(5).path)
            })
        store.tamper(name(5), with: nil)
        let stranger = Names.snapshot(.random(), 1)
        store.tamper(stranger, with: bytes)
        #expect(
            try repository.catalog().problems.contains {
                $0.code == .signatureInvalid && $0.message.contains(stranger.path)
            })
    }

    @Test func aCommitForAnotherSnapshotDoesNotCount() throws {
        store.tamper(commitName(3), with: try store.bytes(commitName(2)))
        let catalog = try repository.catalog()
        #expect(catalog.committed.map(\.record.sequence) == [1, 2, 4])
        #expect(catalog.problems.contains { $0.code == .objectDamaged && $0.message.contains(commitName(3).path) })
    }

    @Test func aForeignWriterIsLeftOut() throws {
        let other = try repository.administration.enrol(
            host: "other", domain: repository.domain, secrets: repository.secrets.domain)
        // The other writer signs in the first one's name.
        let record = try SnapshotRecord(
            session: try repository.session(), writer: repository.writer.id, sequence: 5, previous: tips[4].digest,
            mode: .full,
            time: Timestamp(nanoseconds: 1), sweepGeneration: 0, software: "", description: SnapshotDescription(),
            referenceRoot: .zero)
        store.tamper(
            name(5),
            with: try SignedRecord.encode(.snapshot, record.fields, repository: repository.id, key: other.signing))
        let catalog = try repository.catalog()
        #expect(catalog.snapshots.count == 4 && catalog.problems.map(\.code) == [.signatureInvalid])
    }

    /// A writer's key that fell into wrong hands signs what it likes; it must not keep others from reading.
    @Test(arguments: [UInt64(0), 10_000_000_000, .max - 1, .max]) func numbersThatCannotBeAreDamage(_ sequence: UInt64)
        throws
    {
        let record = try SnapshotRecord(
            session: try repository.session(), writer: repository.writer.id, sequence: sequence, previous: .zero,
            mode: .full,
            time: Timestamp(nanoseconds: .max), sweepGeneration: .max, software: "", description: SnapshotDescription(),
            referenceRoot: .zero)
        store.tamper(
            name(sequence),
            with: try SignedRecord.encode(
                .snapshot, record.fields, repository: repository.id, key: repository.writer.signing))
        let catalog = try repository.catalog()
        #expect(catalog.committed.count == 4)
        #expect(catalog.problems.contains { $0.code == .objectDamaged && $0.message.contains(name(sequence).path) })
        let committer = repository.committer(try repository.session())
        _ = failureCode { _ = try committer.tip(pinned: tips[4], key: repository.writer.signing.publicKey) }
        _ = failureCode { try repository.snapshot(after: tips[4]) }
    }
}
