import Audit
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TransparencyLog

/// What a repository keeps of the audit logs of those who use it: checkpoints, which show whoever has the log that it was cut off, put back or went on in another way; what shows a witness
/// that one goes on from another; and the entries. Those name people and what they did, and are sealed to those who open backups; the others are for everybody.
package enum AuditCopies {
    /// A checkpoint as a repository keeps it.
    package struct Kept: Sendable {
        package var name: ObjectName
        package var size: UInt64
        package var bytes: [UInt8]
        /// Where it is, for messages.
        package var label: String

        package var named: (name: String, bytes: [UInt8]) { (label, bytes) }

        /// Whether somebody beside the log signed it.
        fileprivate var isCosigned: Bool {
            guard let note = try? SignedNote(parsing: bytes), let checkpoint = try? Checkpoint(parsing: note.text)
            else {
                return false
            }
            return note.signatures.contains { $0.name != checkpoint.origin }
        }
    }

    /// Of one log. What is older was checked when a newer one was put beside it.
    private static let mostRead = 50

    /// Puts what is new of the log, and its newest checkpoint, beside what is there, from which it has to go on. Entries are sealed to `domain`; without one, or in a repository that has none
    /// of this name, they are left out.
    package static func put(
        permit: consuming Permit<ReplicateAction>, _ book: AuditBook, into repository: Repository, domain: DomainID?,
        clock: WallClock
    ) throws {
        let kept = try newest(of: book.id, in: repository)
        for kept in kept { try book.check(against: kept.bytes, named: kept.label) }
        _ = try LockDuty.take(repository, clock: clock)
        try putRequests(book, after: kept, in: repository)
        if let domain { try putEntries(book, in: repository, domain: domain) }
        // Whoever sees the checkpoint finds what belongs to it.
        try repository.store.flush()
        let bytes = book.reader.note.bytes
        let name = Names.auditCheckpoint(book.id, book.tree.size, SHA256Digest.of(bytes))
        _ = try repository.store.put(bytes, as: name, .immediate)
    }

    /// How a witness gets from the checkpoint before to this one, and from the newest that was cosigned.
    private static func putRequests(_ book: AuditBook, after kept: [Kept], in repository: Repository) throws {
        let sizes = Set([kept.last?.size, kept.last(where: \.isCosigned)?.size].compactMap(\.self))
        for old in sizes where old > 0 && old < book.tree.size {
            guard let request = try book.reader.request(from: old)?.bytes else { continue }
            let name = Names.auditRequest(book.id, from: old, to: book.tree.size, SHA256Digest.of(request))
            _ = try repository.store.put(request, as: name, .deferred)
        }
    }

    /// The newest checkpoints of a log, over `most` entries at most, the newest last. Nothing is in them that anybody may not see.
    package static func newest(
        of log: String, in repository: Repository, upTo most: UInt64 = .max
    ) throws -> [Kept] {
        let names = try repository.store.names(below: Names.auditLog(log)).compactMap { name in
            size(name).map { (name, $0) }
        }
        // Sizes are padded: the order of the names is that of the sizes.
        return try names.filter { $0.1 <= most }.suffix(mostRead).map { name, size in
            let bytes = try read(name, in: repository, limit: SignedNote.largest)
            return Kept(name: name, size: size, bytes: bytes, label: "\(name) in \(repository.store.location)")
        }
    }

    /// Of `audit/<log>/<size>/<sha256>`; nil for what is no checkpoint.
    private static func size(_ name: ObjectName) -> UInt64? {
        let parts = name.path.split(separator: "/")
        guard parts.count == 4, parts[2].utf8.count == 10 else { return nil }
        return UInt64(parts[2])
    }

    /// What is named by its digest.
    static func read(_ name: ObjectName, in repository: Repository, limit: Int) throws -> [UInt8] {
        let bytes = try repository.store.readAll(name, limit: limit)
        guard SHA256Digest.of(bytes).hex == name.lastComponent else {
            throw Failure.damaged(name, "has other bytes than its name says")
        }
        return bytes
    }
}
