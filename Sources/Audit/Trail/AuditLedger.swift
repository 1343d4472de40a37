import Primitives
import TransparencyLog

/// The log, opened for writing: checked as far as growing depends on it, and against what this host remembers. Whoever opens it holds the lock.
struct AuditLedger: ~Copyable {
    private let place: AuditPlace
    private let storage: LogFolder
    private var writer: LogWriter
    private(set) var head: AuditHead

    var size: UInt64 { head.tree.size }

    /// Opens the log, and begins one where there never was any.
    static func open(_ place: AuditPlace, clock: WallClock) throws -> AuditLedger {
        let remembered = try AuditHead.read(place) ?? begin(place)
        guard let key = try AuditKey.read(place) else { throw AuditFailure.replaced("its key is missing", place) }
        guard auditKeysDigest(try key.signer().verifierKeys) == remembered.keys else {
            throw AuditFailure.replaced("its keys are others", place)
        }
        let storage = try LogFolder(place.log, for: .writing)
        var ledger = AuditLedger(place, storage, remembered, try writer(storage, key, remembered, clock))
        try ledger.catchUp(storage)
        return ledger
    }

    private init(_ place: AuditPlace, _ storage: LogFolder, _ head: AuditHead, _ writer: consuming LogWriter) {
        self.place = place
        self.storage = storage
        self.head = head
        self.writer = writer
    }

    private static func writer(
        _ storage: LogFolder, _ key: borrowing AuditKey, _ remembered: AuditHead, _ clock: WallClock
    ) throws -> LogWriter {
        // A crash as it began may have left no log yet, or one whose checkpoint only wants its name.
        if remembered.tree.size == 0, try storage.read("checkpoint") == nil {
            do {
                return try LogWriter.create(in: storage, signer: key.signer(), clock: clock)
            } catch LogProblem.exists {}
        }
        return try LogWriter(opening: storage, signer: key.signer(), clock: clock, remembered: remembered.tree)
    }

    /// The keys and the memory of an empty log, which is made next; a crash in between leaves that for the next one.
    private static func begin(_ place: AuditPlace) throws -> AuditHead {
        // Without what was remembered nobody can tell what a log that is there should be.
        guard try !holdsLog(place) else {
            throw AuditFailure.replaced("\(place.head), where this host remembers it, is missing", place)
        }
        let key = try AuditKey.make()
        try LocalFile.makeDirectories(place.folder)
        try key.save(place)
        let keys = try key.signer().verifierKeys
        try LocalFile.write(TrustPolicy.demanding(bothOf: keys).bytes, to: place.policy)
        let head = AuditHead(keys: auditKeysDigest(keys), tree: .empty)
        try head.write(place)
        return head
    }

    static func holdsLog(_ place: AuditPlace) throws -> Bool {
        try LocalFile.names(in: place.log).contains { $0 != "lock" }
    }

    /// What was written and not remembered: a crash came in between.
    private mutating func catchUp(_ storage: LogFolder) throws {
        guard let tree = writer.tree, tree.size > head.tree.size else { return }
        let tiles = try TileReader(tree) { try storage.read($0.description) }
        for bundle in head.tree.size / 256...(tree.size - 1) / 256 {
            for (offset, bytes) in try tiles.entries(bundle: bundle).enumerated() {
                let number = bundle * 256 + UInt64(offset)
                guard number >= head.tree.size else { continue }
                head.take(try AuditEntry(parsing: bytes), number: number)
            }
        }
        head.tree = tree
    }

    /// Lets others write, until `resume`.
    func pause() { storage.pause() }

    /// Whether the log is as this value left it, so that it can be gone on with. Where it is not, another one has to be opened, and `continues` from here.
    func resume() throws -> Bool {
        guard storage.resume() else { return false }
        let remembered = try AuditHead.read(place)
        guard remembered == head else { return false }
        return try writer.isCurrent()
    }

    /// Throws unless the log begins with the tree that this process knew: whoever puts everything back cannot reach into the memory of a program that runs. A log with other keys was begun by
    /// `restart`, and says so.
    func continues(_ known: AuditHead) throws {
        guard known.keys == head.keys, let tree = writer.tree else { return }
        try TileReader(tree) { [storage] in try storage.read($0.description) }.check(against: known.tree)
    }

    /// The intents whose acts nobody is at any more.
    func abandoned() -> [AuditHead.Open] { head.open.filter { !OpenIntent.isUnderWay($0.number, place) } }

    /// Writes entries, all or none; on return they survive a crash. Returns the number of the first.
    mutating func append(_ entries: [AuditEntry]) throws -> UInt64 {
        let appended = try writer.append(entries.map(\.bytes))
        for (number, entry) in zip(appended.indices, entries) { head.take(entry, number: number) }
        if let tree = writer.tree { head.tree = tree }
        try head.write(place)
        return appended.indices.lowerBound
    }
}
