import Primitives
import Storage

/// What becomes of each pack, by what snapshots need (docs/format.md, section 9).
package struct PackVerdict {
    /// Packs that hold nothing needed, or only what others hold as well.
    package var unneeded: [UInt32] = []
    /// Packs of which less than the wanted share is needed, and doubtful ones.
    package var sparse: [UInt32] = []

    /// Of a chunk in several places one that stands alone is kept: in a pack that writers count on rather than in one that a collector
    /// made, in a pack that is kept anyway, in the fullest one. Of a chunk that is a delta everywhere, every copy: each may need other bases.
    package init(_ census: PackCensus, live: LiveChunks, below percent: UInt64) throws {
        let packs = census.packs
        var needed = [UInt64](repeating: 0, count: packs.count)
        var held = needed
        try census.forEachChunk(of: live) { places in
            for place in places { held[Int(place.pack)] += UInt64(place.storedCount) }
            for copies in Self.kept(places, packs) where copies.count == 1 {
                needed[Int(copies[0].pack)] += UInt64(copies[0].storedCount)
            }
        }
        func share(_ pack: UInt32) -> Double {
            Double(held[Int(pack)]) / Double(max(1, packs[Int(pack)].storedBytes))
        }
        try census.forEachChunk(of: live) { places in
            for copies in Self.kept(places, packs) where copies.count > 1 {
                let fullest = copies.max { (share($0.pack), $1.pack) < (share($1.pack), $0.pack) } ?? copies[0]
                let choice = copies.first { needed[Int($0.pack)] > 0 } ?? fullest
                needed[Int(choice.pack)] += UInt64(choice.storedCount)
            }
        }
        for pack in packs.indices where !packs[pack].isDistrusted {
            if needed[pack] == 0 {
                unneeded.append(UInt32(pack))
            } else if packs[pack].isDoubtful || needed[pack] * 100 < packs[pack].storedBytes * percent {
                sparse.append(UInt32(pack))
            }
        }
    }

    /// The copies of which one each is kept.
    private static func kept(_ places: [Place], _ packs: [PackCensus.Pack]) -> [[Place]] {
        if places.count == 1 { return [places] }
        let whole = places.filter { !$0.isDelta }
        let groups = whole.isEmpty ? Array(Dictionary(grouping: places, by: \.seal).values) : [whole]
        return groups.map { copies in
            let sure = copies.filter { !packs[Int($0.pack)].isDoubtful }
            let copies = sure.isEmpty ? copies : sure
            let unmoved = copies.filter { !packs[Int($0.pack)].isMoved }
            return unmoved.isEmpty ? copies : unmoved
        }
    }
}

extension PackCensus {
    /// Calls `body` with every copy that has to be moved before the packs of `dead` may go.
    func forEachMove(from dead: [Bool], live: LiveChunks, _ body: (Place) throws -> Void) throws {
        try forEachChunk(of: live) { places in
            let left = places.filter { !dead[Int($0.pack)] }
            if left.contains(where: { !$0.isDelta }) { return }
            if let whole = places.first(where: { !$0.isDelta }) { return try body(whole) }
            var there = Set(left.map(\.seal))
            for place in places where there.insert(place.seal).inserted { try body(place) }
        }
    }

    /// Those of `condemned` that have a chunk of `live` which stands alone in no other pack; of one that is a delta everywhere, those whose
    /// copy is in no other pack.
    package func wanted(of condemned: Set<Digest32>, live: LiveChunks) throws -> Set<Digest32> {
        let isCondemned = packs.map { condemned.contains($0.name) }
        var wanted: Set<Digest32> = []
        try forEachChunk(of: live) { places in
            let left = places.filter { !isCondemned[Int($0.pack)] }
            if left.contains(where: { !$0.isDelta }) { return }
            let hasWhole = places.contains { !$0.isDelta }
            let there = hasWhole ? [] : Set(left.map(\.seal))
            for place in places where isCondemned[Int(place.pack)] && !there.contains(place.seal) {
                wanted.insert(packs[Int(place.pack)].name)
            }
        }
        return wanted
    }

    /// Those of `gone` that hold a chunk of `live` which is nowhere else in any form.
    func onlyPlaces(of live: LiveChunks, among gone: Set<Digest32>) throws -> Set<Digest32> {
        var found: Set<Digest32> = []
        try forEachChunk(of: live) { places in
            let names = places.map { packs[Int($0.pack)].name }
            if names.allSatisfy(gone.contains) { found.formUnion(names) }
        }
        return found
    }
}
