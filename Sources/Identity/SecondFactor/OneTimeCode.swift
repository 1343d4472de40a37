import Crypto
import Primitives
import Sealing

/// Codes from a shared secret and a counter: HOTP (RFC 4226), with the hash functions that TOTP (RFC 6238) adds.
package enum OneTimeCode {
    package enum Algorithm: String, Sendable, CaseIterable {
        // The names that an otpauth address has for them.
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha512 = "SHA512"

        /// As long as the hash, as RFC 6238's vectors have it.
        package var secretCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }
    }

    /// The code in decimal digits, leading zeros kept. Six to eight digits.
    package static func code(
        _ secret: borrowing SecretBytes, counter: UInt64, algorithm: Algorithm, digits: Int
    ) -> [UInt8] {
        precondition((6...8).contains(digits))
        let key = secret.symmetricKey()
        let message = withUnsafeBytes(of: counter.bigEndian) { Array($0) }
        let mac: [UInt8] =
            switch algorithm {
            case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
            case .sha256: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
            case .sha512: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
            }
        return decimal(truncated(mac), digits: digits)
    }

    /// RFC 4226, section 5.3: 31 bits from where the last four bits point.
    private static func truncated(_ mac: [UInt8]) -> UInt32 {
        let start = Int(mac[mac.count - 1] & 0x0F)
        return mac[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    }

    private static func decimal(_ value: UInt32, digits: Int) -> [UInt8] {
        var rest = value
        var text = [UInt8](repeating: 0x30, count: digits)
        for i in text.indices.reversed() {
            text[i] += UInt8(rest % 10)
            rest /= 10
        }
        return text
    }
}
