import Primitives
import Sealing
import Storage

/// The end of a session: manifest, snapshot, a second look at the sweeps, commit (docs/format.md, section 8).
package struct SnapshotCommitter {
    /// An object that the session wrote or took over.
    package struct WrittenObject: Sendable, Equatable {
        package var kind: PackClass
        package var name: Digest32
        package var size: UInt64
        package init(kind: PackClass, name: Digest32, size: UInt64) {
            (self.kind, self.name, self.size) = (kind, name, size)
        }
    }

    /// The newest snapshot of this writer.
    package struct Tip: Sendable, Equatable {
        package var sequence: UInt64
        package var digest: Digest32
        package init(sequence: UInt64, digest: Digest32) { (self.sequence, self.digest) = (sequence, digest) }
        package static let none = Tip(sequence: 0, digest: .zero)
    }

    private let repository: RepositoryID
    private let store: any ObjectStore
    private let writer: WriterID
    private let session: SealingSession
    private let clock: WallClock

    package init(
        repository: RepositoryID, store: any ObjectStore, writer: WriterID, session: SealingSession, clock: WallClock
    ) {
        self.repository = repository
        self.store = store
        self.writer = writer
        self.session = session
        self.clock = clock
    }

    /// Declares the session. A collector waits for it.
    package func begin(signing: borrowing HybridSignature.PrivateKey) throws {
        try put(.intent, stamped(), as: Names.session(writer, session.id, "intent"), signing)
    }

    package func end(signing: borrowing HybridSignature.PrivateKey) throws {
        try put(.end, stamped(), as: Names.session(writer, session.id, "end"), signing)
    }

    private func stamped() -> Fields {
        var fields = Fields()
        fields[1] = writer.bytes
        fields[2] = session.id.bytes
        fields.set(3, integer: UInt64(bitPattern: clock.now().nanoseconds))
        return fields
    }

    private func put(
        _ kind: SignedRecord.Kind, _ fields: Fields, as name: ObjectName,
        _ signing: borrowing HybridSignature.PrivateKey
    ) throws {
        let bytes = try SignedRecord.encode(kind, fields, repository: repository, key: signing)
        _ = try store.put(bytes, as: name, .deferred)
    }

    /// The newest snapshot of this writer, which must be `pinned` or follow on it.
    package func tip(pinned: Tip, key: HybridSignature.PublicKey) throws -> Tip {
        try Self.tip(of: writer, repository: repository, store: store, pinned: pinned, key: key)
    }

    /// The same for whoever only looks. Throws `rollback` where the repository is older than `pinned`.
    package static func tip(
        of writer: WriterID, repository: RepositoryID, store: any ObjectStore, pinned: Tip,
        key: HybridSignature.PublicKey
    ) throws -> Tip {
        var newest: UInt64 = 0
        var hasPinned = pinned.sequence == 0
        try store.list(below: "\(Names.snapshots)/\(writer.hex)") { name, _ in
            guard let sequence = UInt64(name.lastComponent), SnapshotRecord.sequences.contains(sequence) else { return }
            newest = max(newest, sequence)
            if sequence == pinned.sequence { hasPinned = true }
        }
        guard hasPinned, newest >= pinned.sequence else { throw rolledBack(pinned) }
        if newest == 0 { return .none }
        let name = Names.snapshot(writer, newest)
        let bytes = try store.readAll(name, limit: 4 << 20)
        _ = try SignedRecord.verified(bytes, as: .snapshot, by: key, repository: repository, name: name)
        let tip = Tip(sequence: newest, digest: SHA256Digest.of(bytes))
        if newest == pinned.sequence, tip.digest != pinned.digest { throw rolledBack(pinned) }
        return tip
    }

    private static func rolledBack(_ pinned: Tip) -> Failure {
        Failure(
            .rollback,
            "The repository no longer has snapshot \(pinned.sequence) that this host wrote: an older state was put back, or it was deleted.",
            advice:
                "Find out who changed the repository. If an older copy was restored on purpose, accept it with 'safehold doctor --accept-rollback'."
        )
    }

    /// Collections that this version does not know how to live with.
    package func checkSweeps() throws {
        guard try store.names(below: Names.sweeps).isEmpty else {
            throw Failure(
                .collectionUnknown, "A newer version of Safehold collects in this repository.",
                advice: "Install that version on this host. What was stored so far is kept and used by the next run.")
        }
    }

    /// Writes the manifest and waits until everything is on the medium.
    package func writeManifest(_ objects: [WrittenObject], signing: borrowing HybridSignature.PrivateKey) throws
        -> Digest32
    {
        var list = ByteWriter(capacity: objects.count * 41)
        for object in objects {
            list.u8(object.kind.rawValue)
            list.digest(object.name)
            list.u64(object.size)
        }
        var fields = Fields()
        fields[1] = writer.bytes
        fields[2] = session.id.bytes
        fields[3] = list.bytes
        let bytes = try SignedRecord.encode(.manifest, fields, repository: repository, key: signing)
        _ = try store.put(bytes, as: Names.session(writer, session.id, "manifest"), .deferred)
        try store.flush()
        return SHA256Digest.of(bytes)
    }

    /// Prepares the snapshot under the first free sequence after `tip`, looks at the sweeps again, and confirms it.
    package func commit(
        after tip: Tip, pinned: Tip, mode: BackupMode, software: String, description: SnapshotDescription,
        referenceRoot: ChunkID,
        manifest: Digest32, signing: borrowing HybridSignature.PrivateKey
    ) throws -> Tip {
        var previous = tip
        for _ in 0..<1000 {
            let record = try SnapshotRecord(
                session: session, writer: writer, sequence: previous.sequence + 1, previous: previous.digest,
                mode: mode,
                time: clock.now(), sweepGeneration: 0, software: software, description: description,
                referenceRoot: referenceRoot)
            let bytes = try SignedRecord.encode(.snapshot, record.fields, repository: repository, key: signing)
            guard try store.put(bytes, as: Names.snapshot(writer, record.sequence), .immediate) == .created else {
                // Another run of this writer was faster: it is the predecessor now.
                previous = try self.tip(pinned: pinned, key: signing.publicKey)
                continue
            }
            try checkSweeps()
            let digest = SHA256Digest.of(bytes)
            try confirm(record.sequence, digest, manifest, signing)
            return Tip(sequence: record.sequence, digest: digest)
        }
        throw Failure(
            .stateBusy, "Too many runs of this writer end at the same moment.", advice: "Run the backup again.")
    }

    private func confirm(
        _ sequence: UInt64, _ snapshot: Digest32, _ manifest: Digest32, _ signing: borrowing HybridSignature.PrivateKey
    ) throws {
        var fields = Fields()
        fields[1] = repository.bytes
        fields[2] = writer.bytes
        fields.set(3, integer: sequence)
        fields[4] = snapshot.bytes
        fields.set(5, integer: 0)
        fields.set(6, integer: 0)
        fields[7] = manifest.bytes
        fields.set(8, integer: UInt64(bitPattern: clock.now().nanoseconds))
        let bytes = try SignedRecord.encode(.commit, fields, repository: repository, key: signing)
        _ = try store.put(bytes, as: Names.commit(writer, sequence), .immediate)
    }
}
