import Primitives
import Sealing
import Storage

/// The administrator's word that a snapshot must stay whatever the rules of retention say, or that it need not any more (docs/format.md,
/// section 8). Of a snapshot's records the one with the highest number counts.
package struct HoldRecord: Sendable, Equatable {
    package var writer: WriterID
    package var sequence: UInt64
    package var snapshot: Digest32
    package var number: UInt64
    package var isHeld: Bool
    package var time: Timestamp
    package var reason: String

    package init(
        writer: WriterID, sequence: UInt64, snapshot: Digest32, number: UInt64, isHeld: Bool, time: Timestamp,
        reason: String
    ) {
        (self.writer, self.sequence, self.snapshot, self.number) = (writer, sequence, snapshot, number)
        (self.isHeld, self.time, self.reason) = (isHeld, time, reason)
    }

    package var name: ObjectName { Names.hold(writer, sequence, number) }

    package func fields(of repository: RepositoryID) -> Fields {
        var fields = Fields()
        fields[1] = repository.bytes
        fields[2] = writer.bytes
        fields.set(3, integer: sequence)
        fields[4] = snapshot.bytes
        fields.set(5, integer: number)
        fields.set(6, integer: isHeld ? 1 : 0)
        fields.set(7, integer: UInt64(bitPattern: time.nanoseconds))
        fields.set(8, text: reason)
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        writer = try fields.identifier(2)
        sequence = try fields.integer(3)
        snapshot = try fields.digest(4)
        number = try fields.integer(5)
        let state = try fields.integer(6)
        guard state <= 1 else { throw EncodingError("neither holds a snapshot nor lets it go") }
        isHeld = state == 1
        time = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(7)))
        reason = try fields.text(8)
    }

    package static func read(_ name: ObjectName, _ repository: Repository) throws -> HoldRecord {
        let bytes = try repository.store.readAll(name, limit: 1 << 20)
        let fields = try SignedRecord.verified(
            bytes, as: .hold, by: repository.keyring.administrator, repository: repository.id, name: name)
        do {
            let record = try HoldRecord(fields: fields)
            guard record.name == name, fields[1] == repository.id.bytes else {
                throw EncodingError("stands under a name that is not its own")
            }
            return record
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }
}

extension KeyAdministration {
    /// Writes down that `snapshot` is held from now on, or not any more. Throws `repository-changed` where somebody else did so at the
    /// same moment.
    package borrowing func hold(_ snapshot: CatalogedSnapshot, _ isHeld: Bool, reason: String, at time: Timestamp)
        throws
        -> HoldRecord
    {
        let record = HoldRecord(
            writer: snapshot.record.writer, sequence: snapshot.record.sequence, snapshot: snapshot.digest,
            number: (snapshot.hold?.number ?? 0) + 1, isHeld: isHeld, time: time, reason: reason)
        guard try putNew(.hold, record.fields(of: repository), as: record.name) == .created else {
            throw Failure(
                .repositoryChanged, "Somebody else changed the hold of this snapshot at the same time.",
                advice: "Run it again.")
        }
        return record
    }
}
