import Audit
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TransparencyLog

/// What a repository keeps of the audit logs of those who use it: checkpoints. They name nobody and nothing, and show whoever has the log that it was cut off, put back or went on in another way.
package enum AuditCopies {
    /// Of one log. What is older was checked when a newer one was put beside it.
    private static let mostRead = 50

    /// Puts the log's newest checkpoint beside those that are there, which it has to go on from. False where it is there already.
    package static func put(
        permit: consuming Permit<ReplicateAction>, _ book: AuditBook, into repository: Repository, clock: WallClock
    ) throws -> Bool {
        for kept in try newest(of: book.id, in: repository) { try book.check(against: kept.bytes, named: kept.name) }
        let bytes = book.reader.note.bytes
        let name = Names.auditCheckpoint(book.id, book.tree.size, SHA256Digest.of(bytes))
        _ = try LockDuty.take(repository, clock: clock)
        return try repository.store.put(bytes, as: name, .immediate) == .created
    }

    /// The newest checkpoints of a log, and where they are. Nothing is in them that anybody may not see.
    package static func newest(
        of log: String, in repository: Repository
    ) throws -> [(name: String, bytes: [UInt8])] {
        // Sizes are padded: the order of the names is that of the sizes.
        try repository.store.names(below: Names.auditLog(log)).suffix(mostRead).map { name in
            let bytes = try repository.store.readAll(name, limit: SignedNote.largest)
            guard SHA256Digest.of(bytes).hex == name.lastComponent else {
                throw Failure.damaged(name, "has other bytes than its name says")
            }
            return ("\(name) in \(repository.store.location)", bytes)
        }
    }
}
