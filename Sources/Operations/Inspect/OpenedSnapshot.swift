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
