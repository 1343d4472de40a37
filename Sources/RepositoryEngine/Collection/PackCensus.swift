import Primitives
import Sealing
import Storage

/// What the footers of packs say: which chunk lies where. 32 bytes a chunk, and somewhat more for the twins of listings.
package struct PackCensus {
    package struct Pack: Sendable {
        package var name: Digest32
        package var kind: PackClass
        package var size: UInt64
    }

    /// A chunk in a pack.
    struct Place {
        var id: Prefix16
        var pack: UInt32
        var isDelta: Bool
    }

    /// Where a twin is to be read.
    struct TwinPlace {
        var pack: UInt32
        var entry: Footer.Entry
        var origin: SealHeader?
    }

    private let store: any ObjectStore
    private let opener: SealOpener
    /// Packs that an earlier collection swept: a write that was repeated too late may have brought one back, and whoever swept it may
    /// take it away again at any moment. They hold nothing.
    private let swept: Set<Digest32>
    private let checkpoint: () throws -> Void
    private(set) package var leftovers: [Pack] = []
    private(set) package var packs: [Pack] = []
    private(set) var places: [Place] = []
    private(set) var twins: [ChunkID: [TwinPlace]] = [:]
    private var known: Set<Digest32> = []
    /// Packs whose footers cannot be read: they stay as they are.
    private(set) package var unreadable: [Failure] = []

    package init(
        store: any ObjectStore, opener: SealOpener, swept: Set<Digest32>, checkpoint: @escaping () throws -> Void = {}
    ) {
        self.swept = swept
        self.store = store
        self.opener = opener
        self.checkpoint = checkpoint
    }

    /// Reads the footers of all packs that were not read before.
    package mutating func update() throws {
        for (prefix, kind) in [("packs", PackClass.data), ("meta", .metadata)] {
            var found: [(ObjectName, Int64)] = []
            try store.list(below: prefix) { found.append(($0, $1)) }
            for (name, size) in found.sorted(by: { $0.0 < $1.0 }) {
                guard let digest = Digest32(hex: name.lastComponent), Names.pack(digest, kind) == name,
                    known.insert(digest).inserted
                else { continue }
                try checkpoint()
                if swept.contains(digest) {
                    leftovers.append(Pack(name: digest, kind: kind, size: UInt64(clamping: size)))
                    continue
                }
                do {
                    try read(digest, kind)
                } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                    unreadable.append(failure)
                }
            }
        }
        places.sort { ($0.id, $0.pack) < ($1.id, $1.pack) }
    }

    private mutating func read(_ digest: Digest32, _ kind: PackClass) throws {
        let reader = try PackReader.open(digest, kind, store: store, opener: opener, needing: [.structure])
        let footer = try reader.footer(store: store)
        let ordinal = UInt32(packs.count)
        packs.append(Pack(name: digest, kind: kind, size: UInt64(reader.size)))
        for entry in footer.entries {
            places.append(Place(id: entry.id.prefix, pack: ordinal, isDelta: entry.isDelta))
            guard entry.type.isStructure else { continue }
            let origin = entry.origin > 0 ? footer.origins[Int(entry.origin) - 1] : nil
            twins[entry.id, default: []].append(TwinPlace(pack: ordinal, entry: entry, origin: origin))
        }
    }

    /// Calls `body` with all places of each chunk, one chunk after the other.
    func forEachChunk(_ body: (Prefix16, ArraySlice<Place>) throws -> Void) rethrows {
        var start = 0
        while start < places.count {
            var end = start + 1
            while end < places.count, places[end].id == places[start].id { end += 1 }
            try body(places[start].id, places[start..<end])
            start = end
        }
    }
}

extension PackCensus {
    /// Packs that hold nothing of `live`, or only what other packs hold as well. Of a chunk in several places one that stands alone
    /// is kept, in a pack that is kept anyway if there is one; of a chunk that is a delta everywhere, every copy: each may need other bases.
    package func unneeded(live: LiveChunks) -> Set<Digest32> {
        var needed = [Bool](repeating: false, count: packs.count)
        var choices: [[UInt32]] = []
        forEachChunk { id, places in
            guard live.contains(id) else { return }
            let whole = places.filter { !$0.isDelta }.map(\.pack)
            switch whole.count {
            case 0: for place in places { needed[Int(place.pack)] = true }
            case 1: needed[Int(whole[0])] = true
            default: choices.append(whole)
            }
        }
        for choice in choices where !choice.contains(where: { needed[Int($0)] }) {
            needed[Int(choice.min() ?? choice[0])] = true
        }
        return Set(packs.indices.filter { !needed[$0] }.map { packs[$0].name })
    }

    /// Those of `condemned` that have a chunk of `live` which stands alone in no other pack.
    package func wanted(of condemned: Set<Digest32>, live: LiveChunks) -> Set<Digest32> {
        var wanted: Set<Digest32> = []
        forEachChunk { id, places in
            guard live.contains(id) else { return }
            let isSafe = places.contains { !$0.isDelta && !condemned.contains(packs[Int($0.pack)].name) }
            guard !isSafe else { return }
            for place in places where condemned.contains(packs[Int(place.pack)].name) {
                wanted.insert(packs[Int(place.pack)].name)
            }
        }
        return wanted
    }

    /// Those of `gone` that hold a chunk of `live` which is nowhere else in any form.
    func onlyPlaces(of live: LiveChunks, among gone: Set<Digest32>) -> Set<Digest32> {
        var found: Set<Digest32> = []
        forEachChunk { id, places in
            let names = places.map { packs[Int($0.pack)].name }
            if live.contains(id), names.allSatisfy(gone.contains) { found.formUnion(names) }
        }
        return found
    }
}
