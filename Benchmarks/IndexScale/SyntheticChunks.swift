import Primitives
import RepositoryEngine

/// The chunks of an imagined repository, by number: no list of them is kept.
struct SyntheticChunks {
    let count: UInt64

    /// 256 chunks of 256 KiB fill a pack of 64 MiB.
    var packCount: UInt64 { max(1, count / 256) }

    /// Ids are spread evenly, as keyed hashes are, and come in order, as an index writer wants them.
    func id(_ number: UInt64) -> Prefix16 {
        Prefix16(high: number &* (.max / count), low: (number ^ 0x9E37_79B9) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// Beside a chunk that is there, one that is not.
    func missingID(_ number: UInt64) -> Prefix16 { Prefix16(high: id(number).high, low: id(number).low ^ 1) }

    /// Neighbours by id lie in different packs.
    func place(_ number: UInt64) -> IndexEntry {
        IndexEntry(
            id: id(number), pack: UInt32(truncatingIfNeeded: (number &* 2_654_435_761) % packCount),
            offset: UInt32(truncatingIfNeeded: number),
            storedCount: 200_000)
    }

    func pack(_ ordinal: UInt64) -> IndexedPack {
        IndexedPack(name: Digest32(a: ordinal, b: 0, c: 0, d: 0), size: 64 << 20, kind: .data)
    }
}
