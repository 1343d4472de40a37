import Primitives
import Sealing

/// What a password is compared with: scrypt (RFC 7914) of it, with the parameters and the salt that it was made with.
package struct PasswordVerifier: Sendable, Equatable {
    package static let saltCount = 32

    package let parameters: ScryptParameters
    package let salt: [UInt8]
    package let digest: Digest32

    /// As it was stored.
    package init(parameters: ScryptParameters, salt: [UInt8], digest: Digest32) {
        (self.parameters, self.salt, self.digest) = (parameters, salt, digest)
    }

    package init(_ password: borrowing SecretBytes, salt: [UInt8], parameters: ScryptParameters) throws {
        self.init(
            parameters: parameters, salt: salt, digest: try Self.digest(password, salt: salt, parameters: parameters))
    }

    /// Takes as long for a wrong password as for the right one.
    package func matches(_ password: borrowing SecretBytes) throws -> Bool {
        ConstantTime.areEqual(digest, try Self.digest(password, salt: salt, parameters: parameters))
    }

    /// Whether it was made with other parameters than are asked for today; the next right password can then be stored anew.
    package func isOutdated(by parameters: ScryptParameters) -> Bool { self.parameters != parameters }

    /// The second half of 64 bytes. The first half, which repositories use as a key, is thrown away.
    private static func digest(
        _ password: borrowing SecretBytes, salt: [UInt8], parameters: ScryptParameters
    ) throws -> Digest32 {
        try PassphraseKey(passphrase: password, salt: salt, parameters: parameters).commitment
    }

    package static func newSalt(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<saltCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
