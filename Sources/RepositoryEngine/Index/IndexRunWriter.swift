import Primitives
import Sealing
import Storage

/// Writes one index run. Entries come sorted by id; memory does not grow with their number but by 8 bytes a page of 585.
package final class IndexRunWriter {
    private let keys: ObjectKeys
    private let staged: any StagedObject
    private var hasher = RunningSHA256()
    private var page: [UInt8] = []
    private var firstIDs: [UInt64] = []
    private var entries: UInt64 = 0
    private var count = 0

    package init(session: SealingSession, store: any ObjectStore) throws {
        let (header, keys) = session.newObject(.indexRun)
        self.keys = keys
        staged = try store.stage()
        page.reserveCapacity(IndexRunFormat.pagePlaintextCount)
        try write(header.encoded())
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { raw in
            hasher.update(raw)
            try staged.append(raw)
        }
        count += bytes.count
    }

    package func append(_ entry: IndexEntry) throws {
        if page.isEmpty { firstIDs.append(entry.id.high) }
        withUnsafeTemporaryAllocation(byteCount: IndexRunFormat.entryCount, alignment: 8) { bytes in
            entry.store(into: bytes)
            page.append(contentsOf: bytes)
        }
        entries += 1
        if page.count == IndexRunFormat.pagePlaintextCount { try closePage() }
    }

    private func closePage() throws {
        // A page that is not full is filled up, so that its size does not tell how many chunks a session had.
        page += [UInt8](repeating: 0xFF, count: IndexRunFormat.pagePlaintextCount - page.count)
        guard let key = keys.structure else { preconditionFailure("a writer has both keys") }
        let nonce = SealNonce(domain: NonceDomain.indexPage, number: UInt64(firstIDs.count - 1))
        try write(try key.seal(page, nonce: nonce, authenticating: associatedData("SHPAGE01", keys.object)))
        page.removeAll(keepingCapacity: true)
    }

    /// Writes tables and trailer. `packs` are those that the entries name by ordinal.
    package func finish(
        packs: [IndexedPack], domain: DomainID, in store: any ObjectStore, _ durability: Durability = .immediate
    ) throws -> (name: Digest32, size: UInt64) {
        if !page.isEmpty { try closePage() }
        guard let key = keys.structure else { preconditionFailure("a writer has both keys") }
        let tables = try key.seal(
            IndexTables(packs: packs, firstIDs: firstIDs).encoded(),
            nonce: SealNonce(domain: NonceDomain.indexTables, number: 0),
            authenticating: associatedData("SHTABL01", keys.object))
        var trailer = ByteWriter(capacity: IndexRunFormat.trailerCount)
        trailer.raw(IndexRunFormat.trailerMagic)
        trailer.u64(UInt64(count))
        trailer.u32(UInt32(tables.count))
        trailer.u32(UInt32(firstIDs.count))
        trailer.u64(entries)
        trailer.digest(SHA256Digest.of(tables))
        try write(tables)
        try write(trailer.bytes)
        let name = hasher.value()
        _ = try staged.finish(as: Names.indexRun(domain, name), durability)
        return (name, UInt64(count))
    }

    /// The run of `packs`, whose entries fit into memory.
    package static func write(
        _ packs: [FinishedPack], session: SealingSession, store: any ObjectStore, _ durability: Durability = .immediate
    ) throws -> (name: Digest32, size: UInt64) {
        var entries: [IndexEntry] = []
        entries.reserveCapacity(packs.reduce(0) { $0 + $1.entries.count })
        for (ordinal, pack) in packs.enumerated() {
            for entry in pack.entries {
                entries.append(
                    IndexEntry(
                        id: entry.id.prefix, pack: UInt32(ordinal), offset: entry.offset, storedCount: entry.storedCount
                    ))
            }
        }
        entries.sort()
        let writer = try IndexRunWriter(session: session, store: store)
        for entry in entries { try writer.append(entry) }
        let named = packs.map { pack in
            IndexedPack(
                name: pack.name, size: pack.size, kind: pack.kind,
                hasMovedBlobs: pack.entries.contains { $0.origin > 0 })
        }
        return try writer.finish(packs: named, domain: session.domain, in: store, durability)
    }
}
