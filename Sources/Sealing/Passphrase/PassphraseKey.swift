import Crypto
import CryptoExtras
import Primitives

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// scrypt (RFC 7914) as a recipient's record states it.
package struct ScryptParameters: Sendable, Equatable {
    package var logN: UInt8
    package var r: UInt32
    package var p: UInt32

    /// N = 2^16, r = 8, p = 2: 64 MiB, one of the equivalent settings of the OWASP password storage guidance.
    package static let standard = ScryptParameters(logN: 16, r: 8, p: 2)

    package init(logN: UInt8, r: UInt32, p: UInt32) { (self.logN, self.r, self.p) = (logN, r, p) }

    /// A record must not be able to ask for less than is safe, nor for all the memory there is.
    package var isAcceptable: Bool { (15...20).contains(logN) && r == 8 && (1...16).contains(p) }
}

/// A key made from a passphrase, with the commitment that tells a wrong passphrase from a damaged record.
package struct PassphraseKey: Sendable {
    package let commitment: Digest32
    package let key: AEADKey

    package init(passphrase: borrowing SecretBytes, salt: [UInt8], parameters: ScryptParameters) throws {
        let derived = try passphrase.withUnsafeBytes { secret in
            try KDF.Scrypt.deriveKey(
                from: secret, salt: salt, outputByteCount: 64, rounds: 1 << Int(parameters.logN),
                blockSize: Int(parameters.r),
                parallelism: Int(parameters.p), maxMemory: 2 << 30)
        }
        (key, commitment) = derived.withUnsafeBytes { raw in
            (AEADKey(SymmetricKey(data: raw[..<32])), Digest32(loading: UnsafeRawBufferPointer(rebasing: raw[32...])))
        }
    }
}
