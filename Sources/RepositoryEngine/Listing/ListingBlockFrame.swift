import Primitives
import Sealing

/// How a listing block is stored: as it is, or as the difference to the blocks of the previous listing that it takes the place of. Most of
/// a block that changed is digests and ids that did not, and those do not compress.
package struct ListingBlockFrame: Sendable {
    /// Reading a block reads its bases first; with this many steps a block is stored as it is at every fourth change.
    private static let mostDepth: UInt8 = 3
    private static let mostBases = 4

    package let bytes: [UInt8]
    package let plaintextCount: Int
    package let depth: UInt8
    /// All blocks that reading it needs.
    package let bases: [ChunkID]

    init(_ plaintext: [UInt8], old: [PreviousListing.Block], with compressor: borrowing Compressor) {
        plaintextCount = plaintext.count
        let whole = [UInt8](unsafeUninitializedCapacity: BlobFrame.bound(plaintext.count)) { buffer, count in
            count = plaintext.withUnsafeBytes {
                BlobFrame.encode($0, with: compressor, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        let near = old.filter { $0.depth < Self.mostDepth }.prefix(Self.mostBases)
        let difference =
            near.isEmpty
            ? nil
            : plaintext.withUnsafeBytes { plaintext in
                BlobFrame.encode(
                    plaintext,
                    asDifferenceTo: near.map {
                        DeltaBase(type: .listingBlock, id: $0.reference.id, count: $0.plaintext.count)
                    }, prefix: Array(near.map(\.plaintext).joined()), with: compressor, below: whole.count * 3 / 4)
            }
        guard let difference else {
            (bytes, depth, bases) = (whole, 0, [])
            return
        }
        bytes = difference
        depth = 1 + (near.map(\.depth).max() ?? 0)
        var seen: Set<ChunkID> = []
        bases = near.flatMap { [$0.reference.id] + $0.bases }.filter { seen.insert($0).inserted }
    }
}
