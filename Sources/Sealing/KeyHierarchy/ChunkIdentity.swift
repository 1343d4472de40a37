import Crypto
import Primitives

/// What a chunk holds; it is bound into its id and its seal.
package enum ChunkType: UInt8, Sendable, CaseIterable {
    /// A piece of a file's content.
    case data = 1
    /// Contents of several small files, with the table of their lengths before them.
    case bundle = 2
    /// A run of path-sorted records.
    case listingBlock = 3
    /// The slices of a file that has too many to stand in its record.
    case contentList = 4
    /// The chunks that a listing block refers to; under the structure key.
    case referenceBlock = 5
    /// References to listing blocks or nodes.
    case listingNode = 6
    /// References to reference blocks or nodes; under the structure key.
    case referenceNode = 7

    package var isStructure: Bool { self == .referenceBlock || self == .referenceNode }
}

/// Makes chunk ids: HMAC-SHA-256 (RFC 2104) under the domain's id key over the type and the SHA-256 of the plaintext.
/// Hashing first lets a file that is one chunk be hashed once for its id and for its listing.
package struct ChunkIdentity: Sendable {
    private let prototype: HMAC<SHA256>

    package init(key: SymmetricKey) { prototype = HMAC<SHA256>(key: key) }

    package func id(of type: ChunkType, digest: Digest32) -> ChunkID {
        withUnsafeTemporaryAllocation(byteCount: 33, alignment: 8) { message in
            message[0] = type.rawValue
            digest.store(into: UnsafeMutableRawBufferPointer(rebasing: message[1...]))
            var mac = prototype
            mac.update(data: UnsafeRawBufferPointer(message))
            return Digest32(mac.finalize())
        }
    }

    package func id(of type: ChunkType, plaintext: UnsafeRawBufferPointer) -> ChunkID {
        id(of: type, digest: SHA256Digest.of(plaintext))
    }
}
