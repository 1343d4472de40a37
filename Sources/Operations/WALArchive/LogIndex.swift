import Primitives
import RepositoryEngine
import Sealing
import Storage
import WriteAheadLog

/// Which snapshots of a repository have files of a log. What was read once is remembered on this host, so that a recovery that asks for
/// thousands of segments reads each snapshot once.
struct LogIndex {
    /// Names a snapshot.
    struct Key: Sendable, Hashable {
        var writer: WriterID
        var sequence: UInt64
    }

    struct Entry: Sendable {
        var key: Key
        var archived: ArchivedFiles
    }

    /// In the order of writers and numbers.
    private(set) var entries: [Entry] = []
    /// Why something may be there that is not among the entries.
    private(set) var doubts: [Failure] = []

    init(repository: Repository, opener: SealOpener, line: String, cache path: String?) throws {
        let store = repository.store
        // In this order: a snapshot whose commit is listed is listed, too.
        let confirmed = Set(try store.names(below: Names.commits))
        let names = try store.names(below: Names.snapshots)
        let dropped = Set(try store.names(below: Names.drops).compactMap(Self.key))
        var cache = LogIndexCache(path, repository: repository.id, line: line)
        let keys = names.compactMap { name in Self.key(name).map { (name, $0) } }
        let isOpen = keys.filter {
            cache[$0.1] == nil && !dropped.contains($0.1)
                && confirmed.contains(Names.commit($0.1.writer, $0.1.sequence))
        }
        let found = Monitor<(read: [Key: ArchivedFiles?], unread: [(key: Key, why: Failure)])>(([:], []))
        try Concurrently.forEach(isOpen, threads: store.usefulThreads) { name, key in
            do {
                let archived = try Self.read(name, confirmed, repository, opener, line)
                found.update { $0.read[key] = .some(archived) }
            } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                found.update { $0.unread.append((key, failure)) }
            }
        }
        let (read, unread) = found.withLock { ($0.read, $0.unread) }
        cache.add(read, of: Set(keys.map(\.1)).subtracting(dropped))
        let known = cache.known
        entries = keys.compactMap { _, key in
            guard !dropped.contains(key), let archived = known[key] ?? nil else { return nil }
            return Entry(key: key, archived: archived)
        }
        let writers = repository.keyring.writers
        let hosts = Set(entries.compactMap { writers[$0.key.writer]?.host })
        doubts =
            unread.filter { key, why in
                // What others have that this key does not open is nobody's business here, unless they may write to this archive: a host that was
                // joined anew is another writer, and goes on with its log.
                why.code != .keyDenied || entries.isEmpty || writers[key.writer].map { hosts.contains($0.host) } ?? true
            }.map(\.why) + Self.missing(keys.map(\.1), dropped, confirmed.compactMap(Self.key))
    }

    private static func key(_ name: ObjectName) -> Key? {
        let parts = name.path.split(separator: "/")
        guard parts.count == 3, let writer = WriterID(hex: parts[1]), let sequence = UInt64(parts[2]),
            SnapshotRecord.sequences.contains(sequence)
        else { return nil }
        return Key(writer: writer, sequence: sequence)
    }

    /// Nil for a snapshot of something else.
    private static func read(
        _ name: ObjectName, _ confirmed: Set<ObjectName>, _ repository: Repository, _ opener: SealOpener, _ line: String
    ) throws -> ArchivedFiles? {
        let snapshot = try SnapshotCatalog.read(name, confirmed, repository)
        let description = try snapshot.description(opener: opener)
        guard description.component == line else { return nil }
        return ArchivedFiles(component: line, tags: description.tags)
    }

    /// Of a writer's snapshots none may be left out; how many there were his last commit says, too.
    private static func missing(_ keys: [Key], _ dropped: Set<Key>, _ confirmed: [Key]) -> [Failure] {
        var doubts: [Failure] = []
        let there = Set(keys).union(dropped)
        for (writer, own) in Dictionary(grouping: there.union(confirmed), by: \.writer) {
            let last = own.map(\.sequence).max() ?? 0
            var expected: UInt64 = 1
            for number in own.filter(there.contains).map(\.sequence).sorted() + [last + 1] {
                if number > expected {
                    doubts.append(
                        Failure(
                            .objectMissing,
                            "Snapshots \(expected) to \(number - 1) of writer \(writer.hex.prefix(8)) are missing.",
                            advice:
                                "Run 'safehold verify', and bring them back with 'safehold repair objects --from' a copy."
                        ))
                }
                expected = number + 1
            }
        }
        return doubts
    }
}
