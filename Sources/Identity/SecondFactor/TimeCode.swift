import Primitives
import Sealing

/// An authenticator that shows a code for each stretch of time (TOTP, RFC 6238). Its secret is kept elsewhere.
package struct TimeCode: Sendable, Equatable {
    package let algorithm: OneTimeCode.Algorithm
    package let digits: Int
    /// In seconds.
    package let period: UInt64
    /// How many steps its clock may be off, in both directions.
    package let drift: UInt64
    /// The step of the last code that was taken. None up to it is taken again, so that who looks over a shoulder has nothing
    /// (RFC 6238, section 5.2).
    package private(set) var lastStep: UInt64?

    /// SHA-1, six digits, half a minute: the only ones that every authenticator understands. HMAC is safe with SHA-1 still.
    package init(
        algorithm: OneTimeCode.Algorithm = .sha1, digits: Int = 6, period: UInt64 = 30, drift: UInt64 = 1,
        lastStep: UInt64? = nil
    ) {
        precondition((6...8).contains(digits) && (15...300).contains(period) && drift <= 10)
        (self.algorithm, self.digits, self.period) = (algorithm, digits, period)
        (self.drift, self.lastStep) = (drift, lastStep)
    }

    /// The step that a code belongs to; nil when it is none of now, or was used. Looks at the whole window, whatever it finds.
    package func step(of code: String, secret: borrowing SecretBytes, at time: Timestamp) -> UInt64? {
        let shown = Array(code.utf8)
        guard shown.count == digits, let present = step(at: time) else { return nil }
        var found: UInt64?
        for step in (present - min(present, drift))...(present + drift) {
            let right = OneTimeCode.code(secret, counter: step, algorithm: algorithm, digits: digits)
            if ConstantTime.areEqual(right, shown), lastStep.map({ step > $0 }) ?? true { found = found ?? step }
        }
        return found
    }

    package mutating func use(step: UInt64) { lastStep = max(lastStep ?? 0, step) }

    private func step(at time: Timestamp) -> UInt64? {
        UInt64(exactly: time.nanoseconds.dividedFloor(by: 1_000_000_000)).map { $0 / period }
    }
}

extension TimeCode {
    /// The otpauth address that an authenticator reads, as a QR code or by hand. It has the secret inside.
    package func address(issuer: String, name: LoginName, secret: borrowing SecretBytes) -> SecretBytes {
        let label = Self.escaped(issuer)
        var text = Array("otpauth://totp/\(label):\(name)?secret=".utf8)
        // Room first: an array that grows leaves a copy of what it held behind.
        text.reserveCapacity(text.count + secret.count * 2 + label.utf8.count + 80)
        secret.withUnsafeBytes { Base32.append($0, to: &text) }
        text += "&issuer=\(label)&algorithm=\(algorithm.rawValue)&digits=\(digits)&period=\(period)".utf8
        return SecretBytes(consuming: &text)
    }

    /// RFC 3986: all but the unreserved characters.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return result
    }
}
