import Anomaly
import Identity
import Primitives
import RepositoryEngine
import Sealing

/// A snapshot as lists show it: what anybody may know, and with a restorer's key the rest.
package struct SnapshotSummary: Sendable {
    package var id: Digest32
    package var writer: WriterID
    package var sequence: UInt64
    /// The host that the writer was certified for.
    package var writerHost: String
    package var domain: DomainID
    package var epoch: UInt32
    package var isFull: Bool
    package var time: Timestamp
    package var software: String
    package var details: SnapshotDetails?

    init(_ snapshot: CatalogedSnapshot, keyring: Keyring, details: SnapshotDetails?) {
        id = snapshot.digest
        writer = snapshot.record.writer
        sequence = snapshot.record.sequence
        writerHost = keyring.writers[snapshot.record.writer]?.host ?? ""
        domain = snapshot.record.domain
        epoch = snapshot.record.epoch
        isFull = snapshot.record.mode == .full
        time = snapshot.record.time
        software = snapshot.record.software
        self.details = details
    }
}

/// What only a restorer sees of a snapshot.
package struct SnapshotDetails: Sendable {
    package var component: String
    package var host: String
    package var user: String
    package var paths: [[UInt8]]
    package var tags: [String]
    package var exclusions: [String]
    package var files: UInt64
    package var directories: UInt64
    package var others: UInt64
    package var contentBytes: UInt64
    package var storedBytes: UInt64
    package var filesTakenOver: UInt64
    package var problems: UInt64
    package var began: Timestamp
    package var ended: Timestamp
    /// How it differs from the one before, and what was thought of that; nil in what older versions made.
    package var signals: SnapshotSignals?
    package var verdict: AnomalyVerdict?

    init(_ description: SnapshotDescription) {
        component = description.component
        host = description.host
        user = description.user
        paths = description.paths
        tags = description.tags
        exclusions = description.exclusions
        files = description.files
        directories = description.directories
        others = description.others
        contentBytes = description.contentBytes
        storedBytes = description.storedBytes
        filesTakenOver = description.filesTakenOver
        problems = description.problems
        began = description.began
        ended = description.ended
        // What cannot be read is as good as not there: nothing else depends on it.
        signals = description.signals.flatMap { try? SnapshotSignals(fields: $0) }
        verdict = description.verdict.flatMap { try? AnomalyVerdict(fields: $0) }
    }
}

/// The committed snapshots of a repository, oldest first, and what is wrong with their records.
package struct SnapshotList: Sendable {
    package var snapshots: [SnapshotSummary]
    package var problems: [Failure]
}

package enum Snapshots {
    /// Without an opener: what anybody may know.
    package static func list(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener?
    ) throws -> SnapshotList { try list(repository, opener) }

    static func list(_ repository: Repository, _ opener: SealOpener?) throws -> SnapshotList {
        let catalog = try SnapshotCatalog(repository: repository)
        var list = SnapshotList(snapshots: [], problems: catalog.problems + catalog.intrusions)
        for snapshot in catalog.committed {
            var details: SnapshotDetails?
            do {
                details = try opener.map { SnapshotDetails(try snapshot.description(opener: $0)) }
            } catch let failure as Failure {
                list.problems.append(failure)
            }
            list.snapshots.append(SnapshotSummary(snapshot, keyring: repository.keyring, details: details))
        }
        return list
    }
}

extension CatalogedSnapshot {
    func description(opener: SealOpener) throws -> SnapshotDescription {
        do {
            return try record.description(opener: opener)
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }
}
