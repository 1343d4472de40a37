import Primitives
import RepositoryEngine
import Storage

/// How large packs are, asked in few requests: a server far away takes as long for one pack as for a list of a thousand.
enum PackSizes {
    private static let fewerThanAList = 16
    /// A list of others' packs that is longer than this, for each of ours, costs more than asking.
    private static let othersForEach = 200

    /// Those that are there.
    static func of(_ packs: [Digest32], in store: any ObjectStore) throws -> [Digest32: UInt64] {
        if store.directory == nil, packs.count > fewerThanAList, let sizes = try listed(packs, store) { return sizes }
        let sizes = Monitor<[Digest32: UInt64]>([:])
        try Concurrently.forEach(packs, threads: store.directory == nil ? 16 : 1) { pack in
            var size = try store.size(of: Names.pack(pack, .data))
            if size == nil { size = try store.size(of: Names.pack(pack, .metadata)) }
            if let size { sizes.withLock { $0[pack] = UInt64(size) } }
        }
        return sizes.withLock { $0 }
    }

    /// Nil where there are so many others that asking is quicker.
    private static func listed(_ packs: [Digest32], _ store: any ObjectStore) throws -> [Digest32: UInt64]? {
        struct TooMany: Error {}
        let wanted = Set(packs)
        var sizes: [Digest32: UInt64] = [:]
        var others = 0
        do {
            for kind in [PackClass.data, .metadata] {
                try store.list(below: Names.packs(kind)) { name, size in
                    if let digest = Digest32(hex: name.lastComponent), wanted.contains(digest) {
                        sizes[digest] = UInt64(size)
                    } else {
                        others += 1
                        if others > othersForEach * packs.count { throw TooMany() }
                    }
                }
            }
        } catch is TooMany { return nil }
        return sizes
    }
}
