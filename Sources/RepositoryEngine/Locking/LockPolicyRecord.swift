import Primitives
import Sealing
import Storage

/// The administrator's word on locks (docs/format.md, section 10). The one with the highest number counts.
package struct LockPolicyRecord: Sendable, Equatable {
    package var number: UInt64
    package var time: Timestamp
    package var policy: LockPolicy

    package init(number: UInt64, time: Timestamp, policy: LockPolicy) {
        (self.number, self.time, self.policy) = (number, time, policy)
    }

    private static let modes: [(ObjectLock.Mode, UInt64)] = [(.governance, 1), (.compliance, 2)]

    package func fields(of repository: RepositoryID) -> Fields {
        var fields = Fields()
        fields[1] = repository.bytes
        fields.set(2, integer: number)
        fields.set(3, integer: UInt64(bitPattern: time.nanoseconds))
        fields.set(4, integer: Self.modes.first { $0.0 == policy.mode }?.1 ?? 0)
        fields.set(5, integer: UInt64(policy.cohortDays))
        fields.set(6, integer: UInt64(policy.minimumDays))
        fields.set(7, integer: UInt64(policy.maximumDays))
        fields.set(
            8,
            list: policy.classes.map { item in
                var writer = ByteWriter()
                writer.u32(item.days)
                writer.raw(item.name.utf8)
                return writer.bytes
            })
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        number = try fields.integer(2)
        time = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(3)))
        let code = try fields.integer(4)
        guard let mode = Self.modes.first(where: { $0.1 == code })?.0 else {
            throw EncodingError("has the lock mode \(code), which this program does not know")
        }
        var classes: [LockPolicy.RetentionClass] = []
        for item in try fields.list(8) {
            let (days, name) = try ByteReader.reading(item) { (reader) throws(EncodingError) in
                (try reader.u32(), Array(try reader.take(item.count - 4)))
            }
            classes.append(.init(name: String(decoding: name, as: UTF8.self), days: days))
        }
        let (cohort, least, most) = (try fields.integer32(5), try fields.integer32(6), try fields.integer32(7))
        do {
            policy = try LockPolicy(
                mode: mode, classes: classes, cohortDays: cohort, minimumDays: least, maximumDays: most)
        } catch {
            throw EncodingError("has locks that cannot be")
        }
    }

    /// The record in force; nil where there was never one. Whatever is there and does not hold stops whoever writes: it might have
    /// asked for longer locks.
    package static func inForce(in repository: Repository) throws -> LockPolicyRecord? {
        guard let name = try repository.store.names(below: Names.locks).max() else { return nil }
        let bytes = try repository.store.readAll(name, limit: 1 << 20)
        let fields = try SignedRecord.verified(
            bytes, as: .lockPolicy, by: repository.keyring.administrator, repository: repository.id, name: name)
        do {
            let record = try LockPolicyRecord(fields: fields)
            guard Names.lockPolicy(record.number) == name, fields[1] == repository.id.bytes else {
                throw EncodingError("stands under a name that is not its own")
            }
            return record
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }
}

extension KeyAdministration {
    /// Puts `policy` in force. Throws `repository-changed` where somebody else did so at the same moment.
    package borrowing func setLocks(_ policy: LockPolicy, number: UInt64, at time: Timestamp) throws
        -> LockPolicyRecord
    {
        let record = LockPolicyRecord(number: number, time: time, policy: policy)
        guard try putNew(.lockPolicy, record.fields(of: repository), as: Names.lockPolicy(number)) == .created else {
            throw Failure(
                .repositoryChanged, "Somebody else changed the locks at the same time.", advice: "Run it again.")
        }
        return record
    }
}
