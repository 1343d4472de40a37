import Primitives

/// The one writer of a log.
///
/// An append writes what is new of entries and tiles, waits for it, writes and waits for the checkpoint beside the old one, and then gives it the old one's name. Nobody sees
/// a checkpoint before it would survive a crash; so a crash leaves the old log or the new one, and no checkpoint that was ever to be seen is taken back.
package struct LogWriter: ~Copyable {
    package struct Appended: Sendable {
        /// The entries' places.
        package var indices: Range<UInt64>
        package var checkpoint: SignedNote
    }

    struct State {
        var note: SignedNote
        var tree: TreeHead
        var edge: TreeEdge
        /// The entries that are in no full bundle, as they are written.
        var bundle: [UInt8]
    }

    static let checkpointPath = "checkpoint"
    /// A checkpoint that is durable and only wants its name.
    static let nextPath = "checkpoint.next"

    let storage: any LogStorage
    let signer: NoteSigner
    private let clock: WallClock
    /// Nil after an append that failed: the next one reads what is there.
    private var state: State? {
        didSet { known = state?.tree ?? known }
    }
    /// The newest tree that is known to have been the log's.
    private var known: TreeHead?

    /// Begins a log, with the signed checkpoint of an empty tree. `storage` is locked by whoever gives it. Fails where there is a log.
    package static func create(
        in storage: any LogStorage, signer: consuming NoteSigner, clock: WallClock
    ) throws -> LogWriter {
        var writer = LogWriter(storage, signer, clock)
        let waiting = try storage.read(nextPath)
        guard try storage.read(checkpointPath) == nil, try storage.names(in: "tile").isEmpty,
            waiting.map({ (try? writer.trusted($0)) == nil }) ?? true
        else { throw LogProblem.exists }
        writer.state = try writer.commit(TreeEdge(), [])
        return writer
    }

    /// Goes on with a log, after a crash too. It has to be signed by this signer's two keys, and to go on from the tree that the caller remembers, if any:
    /// without that a log that was put back to an older state looks like that older log.
    package init(
        opening storage: any LogStorage, signer: consuming NoteSigner, clock: WallClock, remembered: TreeHead?
    ) throws {
        self.init(storage, signer, clock)
        known = remembered
        state = try recover(remembered: known)
        known = state?.tree
    }

    private init(_ storage: any LogStorage, _ signer: consuming NoteSigner, _ clock: WallClock) {
        precondition(signer.role == .log)
        (self.storage, self.clock) = (storage, clock)
        self.signer = signer
    }

    package var verifierKeys: [VerifierKey] { signer.verifierKeys }

    /// The newest checkpoint; nil after an append that failed, until one succeeds.
    package var checkpoint: SignedNote? { state?.note }
    package var tree: TreeHead? { state?.tree }

    /// Whether nobody has written since this writer did: the next append goes by what it remembers.
    package func isCurrent() throws -> Bool {
        guard let state else { return false }
        return try storage.read(Self.checkpointPath) == state.note.bytes
    }

    /// Adds entries, all or none. On return they and the checkpoint over them survive a crash. After a failure it is not known which: the next call finds out.
    package mutating func append(_ entries: [[UInt8]]) throws -> Appended {
        if let entry = entries.first(where: { $0.count > EntryBundle.largestEntry }) {
            throw LogProblem.entryTooLarge(entry.count)
        }
        let old = try takeState()
        guard !entries.isEmpty else {
            state = old
            return Appended(indices: old.edge.size..<old.edge.size, checkpoint: old.note)
        }
        guard TreeHead.largestSize - old.edge.size >= UInt64(entries.count) else {
            state = old
            throw LogProblem.full
        }
        var (edge, bundle) = (old.edge, old.bundle)
        try storage.write(Self.add(entries, to: &edge, &bundle))
        let next = try commit(edge, bundle)
        for tile in Tile.growth(from: old.edge.size, to: edge.size) where tile.isFull { try removePartials(of: tile) }
        state = next
        return Appended(indices: old.edge.size..<next.edge.size, checkpoint: next.note)
    }

    /// Signs the newest tree anew, so that its time is of now. Lines of witnesses stay.
    package mutating func renew() throws -> SignedNote {
        let old = try takeState()
        try storage.write([])
        let next = try commit(
            old.edge, old.bundle, others: byOthers(old.note.signatures))
        state = next
        return next.note
    }

    /// Adds lines of witnesses to the checkpoint, if it still is the one that they signed. The caller has verified them; lines by the log's own keys are left out.
    package mutating func attach(_ signatures: [SignedNote.Signature], to note: SignedNote) throws -> Bool {
        var next = try takeState()
        guard next.note.text == note.text else {
            state = next
            return false
        }
        next.note.signatures += byOthers(signatures).filter { !next.note.signatures.contains($0) }
        try storage.write([])
        try publish(next.note)
        state = next
        return true
    }

    /// The state, for an operation that puts it back when it is done: a failure in between leaves none.
    private mutating func takeState() throws -> State {
        let taken = try state ?? recover(remembered: known)
        state = nil
        // Nobody else writes while we do. Who put another file there may have put others, and would not be noticed for as long as we go by memory.
        guard try storage.read(Self.checkpointPath) == taken.note.bytes else {
            throw LogProblem.altered(Self.checkpointPath)
        }
        return taken
    }

    /// Signs the tree and gives the log its new checkpoint.
    private borrowing func commit(
        _ edge: TreeEdge, _ bundle: [UInt8], others: [SignedNote.Signature] = []
    ) throws -> State {
        let checkpoint = Checkpoint(origin: signer.name, tree: edge.head)
        let time = UInt64(max(1, clock.now().nanoseconds / 1_000_000_000))
        var note = try checkpoint.signed(by: signer, time: time)
        note.signatures += others
        try publish(note)
        return State(note: note, tree: checkpoint.tree, edge: edge, bundle: bundle)
    }

    private borrowing func byOthers(_ signatures: [SignedNote.Signature]) -> [SignedNote.Signature] {
        let own = signer.verifierKeys
        return signatures.filter { signature in !own.contains { $0.isNamed(by: signature) } }
    }

    private borrowing func publish(_ note: SignedNote) throws {
        // With too many lines of others nobody could read it.
        _ = try SignedNote(parsing: note.bytes)
        try storage.write([LogFile(Self.nextPath, note.bytes)])
        try storage.rename(Self.nextPath, to: Self.checkpointPath)
    }

    /// Partial tiles go when there is the full one that begins with them.
    borrowing func removePartials(of tile: Tile) throws {
        let folder = tile.partialFolder
        try storage.remove(storage.names(in: folder).map { folder + "/" + $0 })
    }

    /// Adds entries and says what is to be written.
    static func add(_ entries: [[UInt8]], to edge: inout TreeEdge, _ bundle: inout [UInt8]) -> [LogFile] {
        var files: [LogFile] = []
        var number = edge.size
        for entry in entries {
            EntryBundle.append(entry, to: &bundle)
            number += 1
            guard number.isMultiple(of: 256) else { continue }
            files.append(LogFile(Tile(level: .entries, index: number / 256 - 1).description, bundle))
            bundle = []
        }
        let old = edge.size
        var full: [Tile: [UInt8]] = [:]
        edge.append(MerkleHash.leaves(entries)) { full[$0] = $1.flatMap(\.bytes) }
        for tile in Tile.growth(from: old, to: edge.size) {
            switch tile.level {
            case .entries: if !tile.isFull { files.append(LogFile(tile.description, bundle)) }
            case .hashes(let level):
                files.append(LogFile(tile.description, full[tile] ?? edge.levels[level].flatMap(\.bytes)))
            }
        }
        return files
    }
}
