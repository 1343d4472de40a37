import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a repository holds, in numbers.
package struct RepositorySizes: Sendable {
    package struct Part: Sendable {
        package var name: String
        package var objects: UInt64 = 0
        package var bytes: UInt64 = 0
    }

    /// By the kind of object: data packs, metadata packs, index runs, snapshots, keys, the rest.
    package var parts: [Part]
    package var snapshots: UInt64 = 0
    /// Needs a key, like all below.
    package var details: Details?

    package struct Details: Sendable {
        /// Of all snapshots, as if each stood alone.
        package var files: UInt64 = 0
        package var entries: UInt64 = 0
        package var bytes: UInt64 = 0
        /// After deduplication, before compression, and as stored.
        package var uniqueBytes: UInt64 = 0
        package var uniqueStoredBytes: UInt64 = 0
        package var chunks: UInt64 = 0
        /// Chunks that stand in more than one pack.
        package var repeatedChunks: UInt64 = 0
        package var unreadablePacks: UInt64 = 0
    }

    package var objects: UInt64 { parts.reduce(0) { $0 + $1.objects } }
    package var bytes: UInt64 { parts.reduce(0) { $0 + $1.bytes } }

    private static let kinds: [(prefix: String, name: String)] = [
        ("packs/", "data packs"), ("meta/", "metadata packs"), ("index/", "index runs"), ("snapshots/", "snapshots"),
        ("commits/", "commits"), ("sessions/", "sessions"), ("keys/", "keys"), ("spec/", "specification"),
    ]

    /// Without a key: what anybody sees.
    package init(permit: consuming Permit<InspectAction>, repository: Repository) throws {
        parts = Self.kinds.map { Part(name: $0.name) } + [Part(name: "other")]
        var found = parts
        try repository.store.list(below: "") { name, size in
            let kind = Self.kinds.firstIndex { name.path.hasPrefix($0.prefix) } ?? Self.kinds.count
            found[kind].objects += 1
            found[kind].bytes += UInt64(max(0, size))
        }
        parts = found
        snapshots = UInt64(try SnapshotCatalog(repository: repository).committed.count)
    }

    /// With a key: also what deduplication and compression save. Reads the table of contents of every data pack.
    package init(permit: consuming Permit<InspectAction>, opened: OpenedRepository, isCancelled: () -> Bool) throws {
        try self.init(permit: permit, repository: opened.repository)
        var details = Details()
        for snapshot in opened.catalog.committed {
            guard let description = try? snapshot.description(opener: opened.opener) else { continue }
            details.files += description.files
            details.entries += description.files + description.directories + description.others
            details.bytes += description.contentBytes
        }
        var seen: Set<Prefix16> = []
        for name in try opened.repository.store.names(below: "packs") {
            if isCancelled() { throw Failure.interrupted }
            details.add(pack: name, opened, &seen)
        }
        self.details = details
    }
}

extension RepositorySizes.Details {
    /// Ids are remembered by their first 16 bytes, as the index does: 300 MiB for a repository of 2.5 TB.
    fileprivate mutating func add(pack name: ObjectName, _ opened: OpenedRepository, _ seen: inout Set<Prefix16>) {
        guard let digest = Digest32(hex: name.lastComponent),
            let pack = try? PackReader.open(
                digest, .data, store: opened.repository.store, opener: opened.opener, needing: [.structure]),
            let footer = try? pack.footer(store: opened.repository.store)
        else {
            unreadablePacks += 1
            return
        }
        for entry in footer.entries {
            guard seen.insert(entry.id.prefix).inserted else {
                repeatedChunks += 1
                continue
            }
            chunks += 1
            uniqueBytes += UInt64(entry.plaintextCount)
            uniqueStoredBytes += UInt64(entry.storedCount)
        }
    }
}
