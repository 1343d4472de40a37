import Crypto
import Primitives

/// SHA-256 (FIPS 180-4) over borrowed bytes.
package enum SHA256Digest {
    package static func of(_ bytes: UnsafeRawBufferPointer) -> Digest32 {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Digest32(hasher.finalize())
    }

    package static func of(_ bytes: [UInt8]) -> Digest32 { bytes.withUnsafeBytes { of($0) } }
}

/// SHA-256 of bytes that come in pieces.
package struct RunningSHA256: Sendable {
    private var hasher = SHA256()
    package init() {}
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bufferPointer: bytes) }
    package func value() -> Digest32 { Digest32(hasher.finalize()) }
}

extension Digest32 {
    init(_ digest: some Sequence<UInt8> & ContiguousDigest) {
        self = digest.withUnsafeBytes { Digest32(loading: $0) }
    }
}

/// What the 32-byte results of swift-crypto have in common.
protocol ContiguousDigest {
    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
}
extension SHA256.Digest: ContiguousDigest {}
extension HashedAuthenticationCode: ContiguousDigest {}
