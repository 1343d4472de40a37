import Primitives
import Sealing
import Storage

/// The administrator's word that a snapshot is no longer wanted (docs/format.md, section 8). It stands under the snapshot's own number,
/// so that a snapshot is dropped once, and names its digest, so that no other one is.
package struct DropRecord: Sendable, Equatable {
    package var writer: WriterID
    package var sequence: UInt64
    package var snapshot: Digest32
    package var time: Timestamp
    /// Of the plan that it was dropped by.
    package var plan: Digest32

    package init(writer: WriterID, sequence: UInt64, snapshot: Digest32, time: Timestamp, plan: Digest32) {
        self.writer = writer
        self.sequence = sequence
        self.snapshot = snapshot
        self.time = time
        self.plan = plan
    }

    package var name: ObjectName { Names.drop(writer, sequence) }

    package func fields(of repository: RepositoryID) -> Fields {
        var fields = Fields()
        fields[1] = repository.bytes
        fields[2] = writer.bytes
        fields.set(3, integer: sequence)
        fields[4] = snapshot.bytes
        fields.set(5, integer: UInt64(bitPattern: time.nanoseconds))
        fields[6] = plan.bytes
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        writer = try fields.identifier(2)
        sequence = try fields.integer(3)
        snapshot = try fields.digest(4)
        time = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(5)))
        plan = try fields.digest(6)
    }

    /// Reads the record at `name`. Whatever does not hold in every respect drops nothing.
    package static func read(_ name: ObjectName, _ repository: Repository) throws -> DropRecord {
        try read(
            name, repository.id, repository.store, administrator: repository.keyring.administrator,
            checked: repository.checked)
    }

    static func read(
        _ name: ObjectName, _ repository: RepositoryID, _ store: any ObjectStore,
        administrator: HybridSignature.PublicKey, checked: CheckedRecords
    ) throws -> DropRecord {
        let bytes = try store.readAll(name, limit: 1 << 20)
        let fields = try checked.verified(bytes, as: .drop, by: administrator, repository: repository, name: name)
        do {
            let record = try DropRecord(fields: fields)
            guard record.name == name, fields[1] == repository.bytes else {
                throw EncodingError("stands under a name that is not its own")
            }
            return record
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }
}

extension KeyAdministration {
    /// Drops a snapshot. It is no longer listed or restored from now on, and a collection may free what only it needs.
    package borrowing func drop(_ snapshot: CatalogedSnapshot, plan: Digest32, at time: Timestamp) throws {
        let record = DropRecord(
            writer: snapshot.record.writer, sequence: snapshot.record.sequence, snapshot: snapshot.digest, time: time,
            plan: plan)
        try put(.drop, record.fields(of: repository), as: record.name)
    }

    /// Drops a number whose snapshot is lost, by its digest.
    package borrowing func drop(_ lost: LostSnapshot, at time: Timestamp) throws {
        let record = DropRecord(
            writer: lost.writer, sequence: lost.sequence, snapshot: lost.digest, time: time, plan: lost.plan)
        guard try putNew(.drop, record.fields(of: repository), as: record.name) == .created else {
            throw Failure(
                .repositoryChanged, "Somebody else dropped this snapshot at the same time.",
                advice: "Look at 'safehold verify'; nothing is left to do if it is content.")
        }
    }
}
