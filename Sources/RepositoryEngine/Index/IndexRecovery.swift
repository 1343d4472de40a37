import Primitives
import Sealing
import Storage

/// Places of chunks as packs themselves tell them: what an index run would say.
package struct RecoveredPlaces: Sendable {
    package let packs: [IndexedPack]
    /// Sorted by id.
    package let entries: [IndexEntry]
    /// Packs whose footers could not be read.
    package let problems: [Failure]

    package init(packs: [IndexedPack], entries: [IndexEntry], problems: [Failure]) {
        (self.packs, self.entries, self.problems) = (packs, entries, problems)
    }

    package func locations(of id: Prefix16) -> [ChunkLocation] {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        var found: [ChunkLocation] = []
        while low < entries.count, entries[low].id == id {
            let entry = entries[low]
            found.append(
                ChunkLocation(pack: packs[Int(entry.pack)], offset: entry.offset, storedCount: entry.storedCount))
            low += 1
        }
        return found
    }
}

/// Rebuilds an index from the footers of packs.
package enum IndexRecovery {
    /// A pack that no index run lists.
    package struct UnindexedPack: Sendable {
        package var pack: FinishedPack
        package var domain: DomainID
        package var hasMovedBlobs: Bool
    }

    /// Reads the footers of all packs but those in `indexed`, one after the other. Packs of domains that `opener` has no keys for are
    /// passed over; damaged ones are handed to `damaged`.
    package static func forEachPack(
        in store: any ObjectStore, besides indexed: Set<Digest32>, opener: SealOpener, damaged: (Failure) -> Void,
        _ body: (UnindexedPack) throws -> Void
    ) throws {
        for (prefix, kind) in [("packs", PackClass.data), ("meta", .metadata)] {
            var found: [Digest32] = []
            try store.list(below: prefix) { name, _ in
                if let digest = Digest32(hex: name.lastComponent), Names.pack(digest, kind) == name,
                    !indexed.contains(digest)
                {
                    found.append(digest)
                }
            }
            for digest in found.sorted() {
                do {
                    let reader = try PackReader.open(digest, kind, store: store, opener: opener, needing: [.structure])
                    let size = try reader.size(in: store)
                    let footer = try reader.footer(store: store, size: size)
                    let pack = FinishedPack(
                        name: digest, kind: kind, size: UInt64(size), entries: footer.entries)
                    try body(
                        UnindexedPack(pack: pack, domain: reader.header.domain, hasMovedBlobs: !footer.origins.isEmpty))
                } catch let failure as Failure where failure.code.class == .integrity {
                    damaged(failure)
                } catch let failure as Failure where failure.code == .keyDenied {
                    continue
                }
            }
        }
    }

    /// Reads all of them into memory: 32 bytes a chunk.
    package static func places(in store: any ObjectStore, besides indexed: Set<Digest32>, opener: SealOpener) throws
        -> RecoveredPlaces
    {
        var packs: [IndexedPack] = []
        var entries: [IndexEntry] = []
        var problems: [Failure] = []
        try forEachPack(in: store, besides: indexed, opener: opener, damaged: { problems.append($0) }) { found in
            let pack = found.pack
            for entry in pack.entries {
                entries.append(
                    IndexEntry(
                        id: entry.id.prefix, pack: UInt32(packs.count), offset: entry.offset,
                        storedCount: entry.storedCount))
            }
            packs.append(
                IndexedPack(name: pack.name, size: pack.size, kind: pack.kind, hasMovedBlobs: found.hasMovedBlobs))
        }
        entries.sort()
        return RecoveredPlaces(packs: packs, entries: entries, problems: problems)
    }
}
