import Crypto
import Primitives

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A 12-byte AES-GCM nonce: a domain word and a number that is used once under a key.
package struct SealNonce: Sendable, Equatable {
    package var domain: UInt32
    package var number: UInt64
    package init(domain: UInt32, number: UInt64) { (self.domain, self.number) = (domain, number) }

    var bytes: [UInt8] {
        withUnsafeBytes(of: domain.bigEndian) { Array($0) } + withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

/// AES-256-GCM (NIST SP 800-38D) under one key, with nonces that count and a commitment to the key beside it.
package struct AEADKey: Sendable {
    package static let overhead = 16
    private let key: SymmetricKey

    package init(_ key: SymmetricKey) {
        precondition(key.bitCount == 256)
        self.key = key
    }

    /// Seals `plaintext` into `output`: ciphertext, then the 16-byte tag. Returns the bytes written.
    package func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: SealNonce, authenticating aad: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws -> Int {
        let box = try AES.GCM.seal(plaintext, using: key, nonce: AES.GCM.Nonce(data: nonce.bytes), authenticating: aad)
        precondition(output.count >= plaintext.count + Self.overhead)
        box.ciphertext.withUnsafeBytes { output.copyMemory(from: $0) }
        box.tag.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: output[plaintext.count...]).copyMemory(from: $0)
        }
        return plaintext.count + Self.overhead
    }

    /// Seals `plaintext` and lends ciphertext and tag, one after the other, to `body`, without copying them once more.
    package func seal<R>(
        _ plaintext: UnsafeRawBufferPointer, nonce: SealNonce, authenticating aad: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let box = try AES.GCM.seal(plaintext, using: key, nonce: AES.GCM.Nonce(data: nonce.bytes), authenticating: aad)
        guard let combined = box.combined else { throw EncodingError("was sealed with a nonce of another length") }
        return try combined.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[12...])) }
    }

    package func seal(_ plaintext: [UInt8], nonce: SealNonce, authenticating aad: [UInt8]) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: plaintext.count + Self.overhead) { buffer, count in
            count = try plaintext.withUnsafeBytes { plain in
                try aad.withUnsafeBytes { aad in
                    try seal(plain, nonce: nonce, authenticating: aad, into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
        }
    }

    /// Opens `sealed` (ciphertext and tag) and hands the plaintext to `body`. Throws `EncodingError` when a single bit is not what was sealed.
    package func open<R>(
        _ sealed: UnsafeRawBufferPointer, nonce: SealNonce, authenticating aad: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard sealed.count >= Self.overhead else { throw EncodingError("is shorter than its seal") }
        let cut = sealed.count - Self.overhead
        let plaintext: any ContiguousPlaintext
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce.bytes), ciphertext: UnsafeRawBufferPointer(rebasing: sealed[..<cut]),
                tag: UnsafeRawBufferPointer(rebasing: sealed[cut...]))
            plaintext = try AES.GCM.open(box, using: key, authenticating: aad)
        } catch {
            throw EncodingError("does not open under its key: it was altered")
        }
        return try plaintext.withPlaintext(body)
    }

    package func open(_ sealed: [UInt8], nonce: SealNonce, authenticating aad: [UInt8]) throws -> [UInt8] {
        try sealed.withUnsafeBytes { sealed in
            try aad.withUnsafeBytes { aad in try open(sealed, nonce: nonce, authenticating: aad) { Array($0) } }
        }
    }
}
