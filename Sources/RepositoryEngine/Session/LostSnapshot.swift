import Primitives
import Sealing
import Storage

/// A snapshot whose object is gone or damaged, and what others say of it: enough to drop its number, without which no collection could
/// ever know what it needed.
package struct LostSnapshot: Sendable {
    package var writer: WriterID
    package var sequence: UInt64
    package var digest: Digest32
    /// When it was committed; nil where there is no commit.
    package var committed: Timestamp?

    package var name: ObjectName { Names.snapshot(writer, sequence) }

    /// What stands in the drop record in the place of a plan.
    package var plan: Digest32 {
        var writer = ByteWriter()
        writer.raw("SHLOST01".utf8)
        writer.raw(self.writer.bytes)
        writer.u64(sequence)
        writer.digest(digest)
        return SHA256Digest.of(writer.bytes)
    }

    /// Takes the digest from the commit, or from the record of the next number, which names its predecessor: both are signed by the
    /// writer. Throws where neither tells, where they disagree, and for what is no loss.
    package init(_ writer: WriterID, _ sequence: UInt64, in repository: Repository) throws {
        (self.writer, self.sequence) = (writer, sequence)
        let catalog = try SnapshotCatalog(repository: repository, writer: writer)
        let what = "Snapshot \(sequence) of writer \(writer.hex.prefix(8))"
        guard !catalog.snapshots.contains(where: { $0.record.sequence == sequence }) else {
            throw Failure(
                .usage, "\(what) is there and whole.", advice: "Drop it by its id: 'safehold forget --snapshot'.")
        }
        guard try repository.store.size(of: Names.drop(writer, sequence)) == nil else {
            throw Failure(
                .usage, "\(what) was dropped already.",
                advice: "Nothing is left to do; a damaged drop record is brought back from a copy.")
        }
        let next = catalog.snapshots.first { $0.record.sequence == sequence + 1 }?.record.previous
        let commit = try Self.commit(writer, sequence, repository)
        committed = commit?.time
        guard let digest = commit?.digest ?? next else {
            throw Failure(
                .snapshotMissing,
                "Nothing tells which one \(what.prefix(1).lowercased() + what.dropFirst()) was: it has no commit, and the snapshot after it is not there.",
                advice:
                    "Check the number against 'safehold verify'. Bring the snapshot, its commit or the one after it back from a copy with 'safehold repair objects --from'."
            )
        }
        guard next == nil || next == digest else {
            throw Failure(
                .rollback,
                "\(what) is another one by its commit than by the snapshot after it: the history was replaced.",
                advice: "Compare with another copy of the repository before anything is dropped.")
        }
        self.digest = digest
        try requireFree(what, repository)
    }

    private static func commit(_ writer: WriterID, _ sequence: UInt64, _ repository: Repository) throws -> (
        digest: Digest32, time: Timestamp
    )? {
        let name = Names.commit(writer, sequence)
        guard try repository.store.size(of: name) != nil, let certificate = repository.keyring.writers[writer] else {
            return nil
        }
        do {
            let fields = try repository.checked.verified(
                try repository.store.readAll(name, limit: 1 << 20), as: .commit, by: certificate.key,
                repository: repository.id, name: name)
            guard try fields.integer(3) == sequence, fields[2] == writer.bytes else {
                throw EncodingError("stands under a name that is not its own")
            }
            return (try fields.digest(4), Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(8))))
        } catch is EncodingError {
            return nil
        } catch let failure as Failure where failure.code.class == .integrity {
            // A damaged commit tells nothing; the next snapshot may.
            return nil
        }
    }

    /// A hold, or a lock on what is left of the object, says that somebody has to keep it: then it is to be brought back.
    private func requireFree(_ what: String, _ repository: Repository) throws {
        let holds = try repository.store.names(below: Names.holds(writer, sequence)).map {
            try HoldRecord.read($0, repository)
        }
        let isThere = try repository.store.size(of: name) != nil
        let now = try repository.store.locking?.now()
        let lock = isThere ? try repository.store.locking?.lock(of: name) : nil
        let isLocked = if let now, let lock { lock.until > now } else { false }
        guard holds.max(by: { $0.number < $1.number })?.isHeld == true || isLocked else { return }
        throw Failure(
            .usage, "\(what) stays: it is \(isLocked ? "locked" : "under a legal hold").",
            advice: "Bring it back from a copy with 'safehold repair objects --from'.")
    }
}
