import Primitives
import Sealing
import Storage

/// The end of a session: manifest, snapshot, a second look at the sweeps, commit (docs/format.md, section 8).
package struct SnapshotCommitter: Sendable {
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
    private let duty: LockDuty?
    /// Never false but in a test that must see the loss.
    var looksAgain = true
    var checked = CheckedRecords()
    /// Whose word on lost snapshots counts; nil where there can be none.
    package var administrator: HybridSignature.PublicKey?

    package init(
        repository: RepositoryID, store: any ObjectStore, writer: WriterID, session: SealingSession, clock: WallClock,
        duty: LockDuty? = nil
    ) {
        self.repository = repository
        self.store = store
        self.writer = writer
        self.session = session
        self.clock = clock
        self.duty = duty
    }

    /// A session that will never commit: a collector need not wait for it. Not for one that has ended.
    package static func abandon(
        _ session: SessionID, of writer: WriterID, repository: RepositoryID, store: any ObjectStore, at time: Timestamp,
        signing: borrowing HybridSignature.PrivateKey
    ) throws {
        guard try store.size(of: Names.session(writer, session, "intent")) != nil,
            try store.size(of: Names.session(writer, session, "end")) == nil
        else { return }
        let bytes = try SignedRecord.encode(
            .abandoned, stamped(writer, session, time), repository: repository, key: signing)
        _ = try store.put(bytes, as: Names.session(writer, session, "abandoned"), .deferred)
    }

    /// Declares the session. A collector waits for it.
    package func begin(signing: borrowing HybridSignature.PrivateKey) throws {
        try put(.intent, stamped(), as: Names.session(writer, session.id, "intent"), signing)
    }

    package func end(signing: borrowing HybridSignature.PrivateKey) throws {
        try put(.end, stamped(), as: Names.session(writer, session.id, "end"), signing)
    }

    private func stamped() -> Fields { Self.stamped(writer, session.id, clock.now()) }

    private static func stamped(_ writer: WriterID, _ session: SessionID, _ time: Timestamp) -> Fields {
        var fields = Fields()
        fields[1] = writer.bytes
        fields[2] = session.bytes
        fields.set(3, integer: UInt64(bitPattern: time.nanoseconds))
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
        try Self.tip(
            of: writer, repository: repository, store: store, pinned: pinned, key: key, administrator: administrator,
            checked: checked)
    }

    /// The same for whoever only looks. Throws `rollback` where the repository is older than `pinned`. A number that was lost and dropped
    /// stays in the chain by the digest that the administrator wrote down.
    package static func tip(
        of writer: WriterID, repository: RepositoryID, store: any ObjectStore, pinned: Tip,
        key: HybridSignature.PublicKey, administrator: HybridSignature.PublicKey?,
        checked: CheckedRecords = CheckedRecords()
    ) throws -> Tip {
        func numbers(_ prefix: String) throws -> Set<UInt64> {
            let numbers = try store.names(below: "\(prefix)/\(writer.hex)").compactMap { UInt64($0.lastComponent) }
            return Set(numbers.filter(SnapshotRecord.sequences.contains))
        }
        let there = try numbers(Names.snapshots)
        let drops = administrator == nil ? [] : try numbers(Names.drops)
        func lost(_ number: UInt64) throws -> Tip? {
            guard let administrator, drops.contains(number) else { return nil }
            let record = try DropRecord.read(
                Names.drop(writer, number), repository, store, administrator: administrator, checked: checked)
            return Tip(sequence: number, digest: record.snapshot)
        }
        let newest = max(there.max() ?? 0, drops.max() ?? 0)
        guard newest >= pinned.sequence else { throw rolledBack(pinned) }
        if pinned.sequence > 0, !there.contains(pinned.sequence), try lost(pinned.sequence) != pinned {
            throw rolledBack(pinned)
        }
        if newest == 0 { return .none }
        let tip: Tip?
        do {
            tip =
                there.contains(newest)
                ? try read(newest, writer, repository, store, pinned, key, checked) : try lost(newest)
        } catch let failure as Failure where failure.code.class == .integrity && drops.contains(newest) {
            tip = try lost(newest)
        }
        guard let tip, newest != pinned.sequence || tip.digest == pinned.digest else { throw rolledBack(pinned) }
        return tip
    }

    private static func read(
        _ number: UInt64, _ writer: WriterID, _ repository: RepositoryID, _ store: any ObjectStore, _ pinned: Tip,
        _ key: HybridSignature.PublicKey, _ checked: CheckedRecords
    ) throws -> Tip {
        let name = Names.snapshot(writer, number)
        let bytes = try store.readAll(name, limit: 4 << 20)
        let tip = Tip(sequence: number, digest: SHA256Digest.of(bytes))
        // These bytes were verified before they were pinned, or written by this host.
        if tip != pinned { _ = try checked.verified(bytes, as: .snapshot, by: key, repository: repository, name: name) }
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

    /// Writes the manifest. What is written before and what is not on the medium yet gets there meanwhile.
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
        let unsigned = fields
        let (bytes, _) = try Concurrently.both {
            try SignedRecord.encode(.manifest, unsigned, repository: repository, key: signing)
        } _: {
            try store.flush()
        }
        _ = try store.put(bytes, as: Names.session(writer, session.id, "manifest"), .deferred)
        return SHA256Digest.of(bytes)
    }

    /// How a commit ended.
    package enum Outcome: Sendable, Equatable {
        case committed(Tip)
        /// A collection may have removed something that the snapshot needs: it stays prepared for ever, and the backup begins again.
        case overtaken(Tip)
    }

    /// Waits until everything is on the medium, prepares the snapshot under the first free sequence after `tip`, looks at the sweeps again, and
    /// confirms it unless one of them overtook what it relies on. Looking only after the snapshot can be seen is what makes it safe: a sweep that is
    /// not seen here sees the snapshot.
    package func commit(
        after tip: Tip, pinned: Tip, mode: BackupMode, software: String, description: SnapshotDescription,
        referenceRoot: ChunkID, relying: Reliance,
        manifest: Digest32, signing: borrowing HybridSignature.PrivateKey
    ) throws -> Outcome {
        try commit(
            after: tip, pinned: pinned, mode: mode, software: software, description: description,
            referenceRoot: referenceRoot, relying: relying, manifest: manifest, key: signing.publicKey
        ) { try SignedRecord.encode($0, $1, repository: repository, key: signing) }
    }

    /// What makes a record of fields, and signs it.
    typealias Signing = @Sendable (SignedRecord.Kind, Fields) throws -> [UInt8]

    /// The same with `sign`, whose records hold under `key`.
    func commit(
        after tip: Tip, pinned: Tip, mode: BackupMode, software: String, description: SnapshotDescription,
        referenceRoot: ChunkID, relying: Reliance, manifest: Digest32, key: HybridSignature.PublicKey, sign: Signing
    ) throws -> Outcome {
        var previous = tip
        for _ in 0..<1000 {
            let record = try SnapshotRecord(
                session: session, writer: writer, sequence: previous.sequence + 1, previous: previous.digest,
                mode: mode,
                time: clock.now(), duty: duty, sweepGeneration: relying.sweeps.newest, software: software,
                description: description,
                referenceRoot: referenceRoot)
            let fields = record.fields
            let (bytes, _) = try Concurrently.both({ try sign(.snapshot, fields) }, { try store.flush() })
            let tip = Tip(sequence: record.sequence, digest: SHA256Digest.of(bytes))
            // Hardly ever does anybody sweep just now: then the commit is signed by the time that the snapshot is on the medium.
            let expected = confirmation(of: tip, manifest, relying.sweeps)
            let (commit, outcome) = try Concurrently.both {
                try sign(.commit, expected)
            } _: {
                try store.put(bytes, as: Names.snapshot(writer, record.sequence), .immediate)
            }
            guard outcome == .created else {
                // Another run of this writer was faster: it is the predecessor now.
                previous = try self.tip(pinned: pinned, key: key)
                continue
            }
            let sweeps = looksAgain ? try Sweeps(store: store, knowing: relying.sweeps) : relying.sweeps
            if relying.isOvertaken(by: sweeps) { return .overtaken(tip) }
            let isAsExpected = sweeps.newest == relying.sweeps.newest && sweeps.floor == relying.sweeps.floor
            let confirmed = isAsExpected ? commit : try sign(.commit, confirmation(of: tip, manifest, sweeps))
            _ = try store.put(confirmed, as: Names.commit(writer, tip.sequence), .immediate)
            return .committed(tip)
        }
        throw Failure(
            .stateBusy, "Too many runs of this writer end at the same moment.", advice: "Run the backup again.")
    }

    private func confirmation(of tip: Tip, _ manifest: Digest32, _ sweeps: Sweeps) -> Fields {
        var fields = Fields()
        fields[1] = repository.bytes
        fields[2] = writer.bytes
        fields.set(3, integer: tip.sequence)
        fields[4] = tip.digest.bytes
        fields.set(5, integer: sweeps.newest)
        fields.set(6, integer: sweeps.floor)
        fields[7] = manifest.bytes
        fields.set(8, integer: UInt64(bitPattern: clock.now().nanoseconds))
        return fields
    }
}
