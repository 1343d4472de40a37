import Primitives
import Sealing
import Storage

/// A snapshot object that was read and whose signature holds.
package struct CatalogedSnapshot: Sendable {
    package var record: SnapshotRecord
    /// SHA-256 of the object: the snapshot's id.
    package var digest: Digest32
    package var name: ObjectName
    /// Whether a valid commit stands beside it. Only then it counts.
    package var isCommitted: Bool
    package var manifest: Digest32?
    /// Whether the administrator dropped it: it stays in its chain, and nobody wants it any more.
    package var isDropped = false
    /// Whether its writer was withdrawn before: somebody added it who should not, and it does not count.
    package var isWithheld = false
    /// The newest word about a legal hold; nil where there was never one.
    package var hold: HoldRecord?
    package var isHeld: Bool { hold?.isHeld ?? false }
}

/// All snapshots of a repository, checked, with what is wrong in their chains.
package struct SnapshotCatalog: Sendable {
    package private(set) var snapshots: [CatalogedSnapshot] = []
    /// Damaged, missing or forged records and broken chains, each as a failure to report.
    package private(set) var problems: [Failure] = []
    /// Words of the administrator on numbers whose snapshots are not there, or are not whole: they are dropped, and the chain goes on with
    /// the digests that stand there.
    package private(set) var lost: [DropRecord] = []

    /// Reads snapshots and commits of `writer`, or of all writers. Damage of one object is a problem, not an error.
    package init(repository: Repository, writer: WriterID? = nil) throws {
        var damaged: [ObjectName: Failure] = [:]
        let names = try Self.list(repository.store, writer)
        let confirmed = Set(names.commits)
        let found = Monitor<(snapshots: [CatalogedSnapshot], damaged: [ObjectName: Failure])>(([], [:]))
        try Concurrently.forEach(names.snapshots, threads: repository.store.usefulThreads) { name in
            do {
                let snapshot = try Self.read(name, confirmed, repository)
                found.update { $0.snapshots.append(snapshot) }
            } catch let failure as Failure where failure.code.class == .integrity {
                found.update { $0.damaged[name] = failure }
            }
        }
        (snapshots, damaged) = found.withLock { ($0.snapshots.sorted { $0.name < $1.name }, $0.damaged) }
        try markDropped(names.drops, repository)
        let forgiven = Set(lost.map { Names.snapshot($0.writer, $0.sequence) })
        problems += damaged.filter { !forgiven.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
        checkChains()
        checkCommits(names.commits, repository)
        try markHeld(names.holds, repository)
        snapshots.sort {
            ($0.record.time, $0.record.sequence, $0.digest) < ($1.record.time, $1.record.sequence, $1.digest)
        }
    }

    private typealias Listed = (
        snapshots: [ObjectName], commits: [ObjectName], drops: [ObjectName], holds: [ObjectName]
    )

    /// In this order, or at once where the store is far away.
    private static func list(_ store: any ObjectStore, _ writer: WriterID?) throws -> Listed {
        let listed = Monitor<[String: [ObjectName]]>([:])
        let areas = [Names.snapshots, Names.commits, Names.drops, Names.holds]
        try Concurrently.forEach(areas, threads: store.isDistant ? store.usefulThreads : 1) { area in
            let names = try store.names(below: writer.map { "\(area)/\($0.hex)" } ?? area)
            listed.withLock { $0[area] = names }
        }
        let found = areas.map { area in listed.withLock { $0[area] ?? [] } }
        return (found[0], found[1], found[2], found[3])
    }

    /// Reads and checks one alone: whether it follows on the one before is not looked at. It counts as committed if its commit is `confirmed`.
    package static func read(_ name: ObjectName, _ confirmed: Set<ObjectName>, _ repository: Repository) throws
        -> CatalogedSnapshot
    {
        let parts = name.path.split(separator: "/")
        guard parts.count == 3, let writer = WriterID(hex: parts[1]),
            let certificate = repository.keyring.writers[writer]
        else {
            throw Failure(
                .signatureInvalid, "\(name) was written by a writer whom the administrator never certified.",
                advice: "Do not trust it; it is left out.")
        }
        let bytes = try repository.store.readAll(name, limit: 4 << 20)
        let fields = try repository.checked.verified(
            bytes, as: .snapshot, by: certificate.key, repository: repository.id, name: name)
        let record: SnapshotRecord
        do {
            record = try SnapshotRecord(fields: fields)
        } catch {
            throw Failure.damaged(name, error.problem)
        }
        let digest = SHA256Digest.of(bytes)
        guard record.repository == repository.id, record.writer == writer, record.domain == certificate.domain,
            Names.snapshot(writer, record.sequence) == name
        else { throw Failure.damaged(name, "stands under a name that is not its own") }
        let withdrawal = repository.keyring.withdrawals[writer]
        if let withdrawal, record.sequence == withdrawal.last, digest != withdrawal.snapshot {
            throw Failure(
                .rollback,
                "\(name) is not the snapshot after which its writer was withdrawn: the history was replaced.",
                advice: "Compare with another copy of the repository before you trust it.")
        }
        let isConfirmed = confirmed.contains(Names.commit(record.writer, record.sequence))
        let manifest = isConfirmed ? try commit(of: record, digest, certificate, repository) : nil
        return CatalogedSnapshot(
            record: record, digest: digest, name: name, isCommitted: manifest != nil, manifest: manifest,
            isWithheld: withdrawal.map { record.sequence > $0.last } ?? false)
    }

    /// The digest of the manifest that the commit names.
    private static func commit(
        of record: SnapshotRecord, _ digest: Digest32, _ certificate: WriterCertificate, _ repository: Repository
    ) throws -> Digest32 {
        let name = Names.commit(record.writer, record.sequence)
        let bytes = try repository.store.readAll(name, limit: 1 << 20)
        let fields = try repository.checked.verified(
            bytes, as: .commit, by: certificate.key, repository: repository.id, name: name)
        do {
            guard try fields.digest(4) == digest, try fields.integer(3) == record.sequence,
                fields[2] == record.writer.bytes
            else {
                throw EncodingError("confirms another snapshot than the one beside it")
            }
            return try fields.digest(7)
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }

    private mutating func checkChains() {
        let digests = Dictionary(
            lost.map { (Names.snapshot($0.writer, $0.sequence), $0.snapshot) }, uniquingKeysWith: { first, _ in first })
        for (writer, chain) in Dictionary(grouping: snapshots, by: \.record.writer) {
            var expected: (sequence: UInt64, digest: Digest32?) = (1, .zero)
            for snapshot in chain.sorted(by: { $0.record.sequence < $1.record.sequence }) {
                // Numbers that were given up are bridged by the digests in their drop records.
                var missing: [UInt64] = []
                while expected.sequence < snapshot.record.sequence, missing.count < 2 {
                    let digest = digests[Names.snapshot(writer, expected.sequence)]
                    if digest == nil { missing = [missing.first ?? expected.sequence, expected.sequence] }
                    expected = (expected.sequence + 1, digest)
                }
                if let first = missing.first {
                    problems.append(Self.gap(first, snapshot.record.sequence - 1, writer))
                } else if let digest = expected.digest, snapshot.record.previous != digest {
                    problems.append(
                        Failure(
                            .rollback,
                            "\(snapshot.name) does not follow on the snapshot before it: the history was replaced.",
                            advice: "Compare with another copy of the repository before you trust what is newer."))
                }
                expected = (snapshot.record.sequence + 1, snapshot.digest)
            }
        }
    }

    private static func gap(_ first: UInt64, _ last: UInt64, _ writer: WriterID) -> Failure {
        Failure(
            .objectMissing, "Snapshots \(first) to \(last) of writer \(writer.hex.prefix(8)) are missing or damaged.",
            advice:
                "Bring them back with 'safehold repair objects --from' a copy; 'safehold forget --lost WRITER/NUMBER' gives one up that is nowhere."
        )
    }

    /// A commit whose snapshot is gone tells of a snapshot that was there.
    private mutating func checkCommits(_ commits: [ObjectName], _ repository: Repository) {
        let known = Set(snapshots.map { Names.commit($0.record.writer, $0.record.sequence) })
            .union(lost.map { Names.commit($0.writer, $0.sequence) })
        for name in commits where !known.contains(name) {
            let lost = ObjectName(Names.snapshots + name.path.dropFirst(Names.commits.count))
            // A snapshot that came after the others were listed is not lost.
            if (try? repository.store.size(of: lost)) != nil { continue }
            if !problems.contains(where: { $0.message.contains(lost.path) || $0.message.contains(name.path) }) {
                problems.append(Failure.objectMissing(lost, in: repository.store.location))
            }
        }
    }

    /// A drop record that does not hold, or names another snapshot, is a problem and drops nothing.
    private mutating func markDropped(_ drops: [ObjectName], _ repository: Repository) throws {
        let places = Dictionary(
            snapshots.indices.map { (Names.drop(snapshots[$0].record.writer, snapshots[$0].record.sequence), $0) },
            uniquingKeysWith: { first, _ in first })
        for name in drops {
            do {
                let record = try DropRecord.read(name, repository)
                guard let place = places[name] else {
                    lost.append(record)
                    continue
                }
                guard snapshots[place].digest == record.snapshot else {
                    throw Failure.damaged(name, "drops another snapshot than the one of its name")
                }
                snapshots[place].isDropped = true
            } catch let failure as Failure where failure.code.class == .integrity {
                problems.append(failure)
            }
        }
    }

    /// A hold that cannot be read, or is of another snapshot, is a problem: nobody may take it for none.
    private mutating func markHeld(_ holds: [ObjectName], _ repository: Repository) throws {
        let places = Dictionary(
            snapshots.indices.map { (Names.holds(snapshots[$0].record.writer, snapshots[$0].record.sequence), $0) },
            uniquingKeysWith: { first, _ in first })
        for name in holds {
            do {
                let record = try HoldRecord.read(name, repository)
                guard let place = places[Names.holds(record.writer, record.sequence)] else { continue }
                guard snapshots[place].digest == record.snapshot else {
                    throw Failure.damaged(name, "is of another snapshot than the one of its name")
                }
                // Names come in the order of their numbers.
                snapshots[place].hold = record
            } catch let failure as Failure where failure.code.class == .integrity {
                problems.append(failure)
            }
        }
    }

    /// Those that count: confirmed, not dropped, and not added by a writer after it was withdrawn.
    package var committed: [CatalogedSnapshot] {
        snapshots.filter { $0.isCommitted && !$0.isDropped && !$0.isWithheld }
    }
    /// Those that do not count because their writers were withdrawn before, until they are dropped.
    package var withheld: [CatalogedSnapshot] {
        snapshots.filter { $0.isCommitted && !$0.isDropped && $0.isWithheld }
    }
    /// What is to be told of them. It keeps nobody from dropping or collecting, as damage does.
    package var intrusions: [Failure] {
        withheld.map { snapshot in
            let (writer, number) = (snapshot.record.writer.hex.prefix(8), snapshot.record.sequence)
            return Failure(
                .writerWithdrawn,
                "\(snapshot.name) was added by writer \(writer) after it was withdrawn: it does not count.",
                advice:
                    "Whoever added it has that writer's key. 'safehold forget --snapshot \(writer)/\(number)' drops it when it is no evidence any more."
            )
        }
    }
    package var dropped: [CatalogedSnapshot] { snapshots.filter(\.isDropped) }
}
