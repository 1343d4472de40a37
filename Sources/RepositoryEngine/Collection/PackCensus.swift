import Primitives
import Sealing
import Storage

/// How much of what a collection sorts lies in memory, and where the rest goes.
package struct CollectionSpace: Sendable {
    /// Files without a name are made there.
    package var folder: String
    /// Lines of 32 bytes.
    package var lines: Int

    package init(folder: String, lines: Int = 1 << 20) { (self.folder, self.lines) = (folder, lines) }
}

/// What the footers of packs say: which chunk lies where. A line of 32 bytes for each chunk, on disk where there are many.
package final class PackCensus {
    package struct Pack: Sendable {
        package var name: Digest32
        package var kind: PackClass
        package var size: UInt64
        /// Of all its blobs.
        var storedBytes: UInt64 = 0
        /// Whether a collector made it out of what was left of others. No writer counts on such packs.
        var isMoved = false
        /// Whether it cannot be copied from, so that it must stay, and nothing may count on it.
        var isDistrusted = false
        /// Whether somebody may be about to remove it: what it holds is needed elsewhere.
        var isDoubtful = false

        package init(name: Digest32, kind: PackClass, size: UInt64) {
            (self.name, self.kind, self.size) = (name, kind, size)
        }
    }

    private let store: any ObjectStore
    private let opener: SealOpener
    /// Packs that an earlier collection swept: a write that was repeated too late may have brought one back, and whoever swept it may
    /// take it away again at any moment. They hold nothing.
    private let swept: Set<Digest32>
    private let doubtful: Set<Digest32>
    private let checkpoint: () throws -> Void
    private(set) package var leftovers: [Pack] = []
    private(set) package var packs: [Pack] = []
    private let places: LineTable
    private let twins: LineTable
    private var known: Set<Digest32> = []
    /// Packs whose footers cannot be read: they stay as they are.
    private(set) package var unreadable: [Failure] = []

    package init(
        store: any ObjectStore, opener: SealOpener, swept: Set<Digest32>, doubtful: Set<Digest32> = [],
        space: CollectionSpace, checkpoint: @escaping () throws -> Void = {}
    ) {
        (self.swept, self.doubtful) = (swept, doubtful)
        self.store = store
        self.opener = opener
        self.checkpoint = checkpoint
        places = LineTable(folder: space.folder, budget: space.lines)
        twins = LineTable(folder: space.folder, budget: space.lines / 2)
    }

    /// Reads the footers of all packs that were not read before.
    package func update() throws {
        for (prefix, kind) in [("packs", PackClass.data), ("meta", .metadata)] {
            var found: [(name: Digest32, size: Int64)] = []
            try store.list(below: prefix) { name, size in
                guard let digest = Digest32(hex: name.lastComponent), Names.pack(digest, kind) == name,
                    known.insert(digest).inserted
                else { return }
                found.append((digest, size))
            }
            for (name, size) in found.sorted(by: { $0.name < $1.name }) {
                try checkpoint()
                if swept.contains(name) {
                    leftovers.append(Pack(name: name, kind: kind, size: UInt64(clamping: size)))
                    continue
                }
                do {
                    try read(name, kind)
                } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                    unreadable.append(failure)
                }
            }
        }
        try settle()
    }

    /// Before anything is looked up.
    package func settle() throws {
        try places.settle()
        try twins.settle()
    }

    private func read(_ digest: Digest32, _ kind: PackClass) throws {
        let reader = try PackReader.open(digest, kind, store: store, opener: opener, needing: [.structure])
        let size = try reader.size(in: store)
        try add(
            Pack(name: digest, kind: kind, size: UInt64(size)), try reader.footer(store: store, size: size),
            reader.header.object)
    }

    /// Notes a pack, sealed as `object`, and what it holds.
    package func add(_ pack: Pack, _ footer: Footer, _ object: SealedObjectID) throws {
        let ordinal = UInt32(packs.count)
        var pack = pack
        pack.isMoved = !footer.origins.isEmpty
        pack.isDoubtful = doubtful.contains(pack.name)
        pack.storedBytes = footer.entries.reduce(0) { $0 + UInt64($1.storedCount) }
        packs.append(pack)
        for entry in footer.entries {
            try places.append(Place(entry, in: footer, object, pack: ordinal).line)
            if entry.type.isStructure { try twins.append(TwinPlace(entry, pack: ordinal).line) }
        }
    }

    /// From now on `pack` holds nothing that can be counted on.
    func distrust(_ pack: UInt32, because failure: Failure) {
        packs[Int(pack)].isDistrusted = true
        unreadable.append(failure)
    }

    /// Calls `body` with all places of each chunk that is needed.
    func forEachChunk(of live: LiveChunks, _ body: ([Place]) throws -> Void) throws {
        var chunks = LineGroups(places.sorted())
        var needed = LineGroups(live.sorted())
        var (lines, group): ([Line], [Line]) = ([], [])
        guard try needed.next(into: &group) else { return }
        var id = group[0].id
        while try chunks.next(into: &lines) {
            while id < lines[0].id {
                guard try needed.next(into: &group) else { return }
                id = group[0].id
            }
            guard id == lines[0].id else { continue }
            let found = lines.map { Place($0) }.filter { !packs[Int($0.pack)].isDistrusted }
            if !found.isEmpty { try body(found) }
        }
    }

    /// Calls `body` with each chunk of `live` that is in no pack. Returns how many there are of `live`.
    package func forEachMissing(of live: LiveChunks, _ body: (Prefix16) throws -> Void) throws -> UInt64 {
        var chunks = LineGroups(places.sorted())
        var needed = LineGroups(live.sorted())
        var (found, wanted): ([Line], [Line]) = ([], [])
        var (isFound, count) = (try chunks.next(into: &found), UInt64(0))
        while try needed.next(into: &wanted) {
            count += 1
            while isFound, found[0].id < wanted[0].id { isFound = try chunks.next(into: &found) }
            if !isFound || found[0].id != wanted[0].id { try body(wanted[0].id) }
        }
        return count
    }

    func twinPlaces(of id: Prefix16) throws -> [TwinPlace] { try twins.lines(of: id).compactMap { TwinPlace($0) } }
}

/// A chunk in a pack, as a line: 32 bits of pack and of stored length, 63 of what tells its seal from others, one for a delta.
struct Place {
    var id: Prefix16
    var pack: UInt32
    var storedCount: UInt32
    /// The same for copies that a collector made, for they keep the seal of their origin; of two deltas that differ each may need other bases.
    var seal: UInt64
    var isDelta: Bool

    init(_ entry: Footer.Entry, in footer: Footer, _ object: SealedObjectID, pack: UInt32) {
        id = entry.id.prefix
        self.pack = pack
        storedCount = entry.storedCount
        let isMoved = entry.origin > 0
        let origin = isMoved ? footer.origins[Int(entry.origin) - 1].object : object
        let offset = isMoved ? entry.originOffset : UInt64(entry.offset)
        seal = (origin.value.high ^ (offset &* 0x9E37_79B9_7F4A_7C15)) & ~1
        isDelta = entry.isDelta
    }

    init(_ line: Line) {
        (id, pack, storedCount) = (line.id, UInt32(line.a >> 32), UInt32(truncatingIfNeeded: line.a))
        (seal, isDelta) = (line.b & ~1, line.b & 1 == 1)
    }

    var line: Line { Line(id, UInt64(pack) << 32 | UInt64(storedCount), seal | (isDelta ? 1 : 0)) }
}

/// Where a twin is to be read.
struct TwinPlace {
    var pack: UInt32
    var offset: UInt32
    var storedCount: UInt32
    var type: ChunkType
    var isMoved: Bool
    private let id: Prefix16

    init(_ entry: Footer.Entry, pack: UInt32) {
        (id, self.pack, offset, storedCount) = (entry.id.prefix, pack, entry.offset, entry.storedCount)
        (type, isMoved) = (entry.type, entry.origin > 0)
    }

    init?(_ line: Line) {
        guard let type = ChunkType(rawValue: UInt8(truncatingIfNeeded: line.b >> 8)) else { return nil }
        (id, pack, offset) = (line.id, UInt32(line.a >> 32), UInt32(truncatingIfNeeded: line.a))
        (storedCount, self.type, isMoved) = (UInt32(line.b >> 32), type, line.b & 1 == 1)
    }

    var line: Line {
        Line(
            id, UInt64(pack) << 32 | UInt64(offset),
            UInt64(storedCount) << 32 | UInt64(type.rawValue) << 8 | (isMoved ? 1 : 0))
    }
}
