import Primitives
import RepositoryEngine
import Sealing
import Storage

/// A snapshot whose listing and content can be read.
package struct OpenedSnapshot: Sendable {
    package let summary: SnapshotSummary
    let root: ChunkID
    let store: any ObjectStore
    let locator: ChunkLocator
    let packs: PackCache
    let identity: ChunkIdentity

    /// Throws `key-denied` for a snapshot of a domain that `opener` does not open.
    init(
        _ snapshot: CatalogedSnapshot, in repository: Repository, _ opener: SealOpener, locator: ChunkLocator,
        packs: PackCache
    ) throws {
        let description = try snapshot.description(opener: opener)
        guard let identity = opener.identity(of: snapshot.record.domain) else {
            throw Failure(
                .keyDenied, "This key does not open domain \(snapshot.record.domain.hex.prefix(8)).",
                advice: "Use the key of a recipient of that domain; 'safehold keys' lists them.")
        }
        summary = SnapshotSummary(snapshot, keyring: repository.keyring, details: SnapshotDetails(description))
        (root, store, self.identity) = (description.root, repository.store, identity)
        (self.locator, self.packs) = (locator, packs)
    }

    func chunks() -> ChunkReader { ChunkReader(store: store, locator: locator, packs: packs, identity: identity) }
    func listing() -> ListingReader { ListingReader(chunks: chunks()) }
}

/// Paths as listings have them: absolute, without the leading slash and without one at the end.
enum ListingPath {
    static func of(_ absolute: [UInt8]) -> [UInt8] {
        var path = absolute[...]
        while path.first == 0x2F { path = path.dropFirst() }
        while path.last == 0x2F { path = path.dropLast() }
        return Array(path)
    }
}
