import Primitives

/// Shamir's scheme ("How to Share a Secret", 1979) over GF(2^8), byte by byte.
///
/// `threshold` shares give the secret; fewer say nothing about it but its length.
/// No table is read at an index that depends on a secret, and no branch does.
package enum SecretSharing {
    /// Splits the 32 bytes of an escrow recipient's seed among `shares` holders, in the order of their numbers.
    package static func split(
        secret: borrowing SecretBytes, of recipient: RecipientID, threshold: Int, shares: Int
    ) throws(ShareProblem) -> [SecretShare] {
        var generator = SystemRandomNumberGenerator()
        return try split(secret: secret, of: recipient, threshold: threshold, shares: shares, using: &generator)
    }

    /// `generator` must be one for keys: who can foresee its numbers has the secret from a single share.
    package static func split(
        secret: borrowing SecretBytes, of recipient: RecipientID, threshold: Int, shares: Int,
        using generator: inout some RandomNumberGenerator
    ) throws(ShareProblem) -> [SecretShare] {
        precondition(secret.count == SecretShare.valueCount)
        guard threshold >= 2, threshold <= shares, shares <= 255 else {
            throw .impossible(threshold: threshold, shares: shares)
        }
        let coefficients = SecretBytes(count: (threshold - 1) * secret.count) { storage in
            for i in storage.indices { storage[i] = generator.next() }
        }
        return (1...shares).map { x in
            SecretShare(
                threshold: UInt8(threshold), shares: UInt8(shares), x: UInt8(x), recipient: recipient,
                value: secret.withUnsafeBytes { secret in
                    coefficients.withUnsafeBytes { value(of: secret, $0, at: UInt8(x)) }
                })
        }
    }

    /// The polynomials' values at `x`, by Horner's rule.
    /// `secret` is their constant terms, `coefficients` the others, those of the lowest power first.
    private static func value(
        of secret: UnsafeRawBufferPointer, _ coefficients: UnsafeRawBufferPointer, at x: UInt8
    ) -> SecretBytes {
        SecretBytes(count: secret.count) { out in
            for start in stride(from: coefficients.count - secret.count, through: 0, by: -secret.count) {
                for j in out.indices { out[j] = Field.product(out[j] ^ coefficients[start + j], x) }
            }
            for j in out.indices { out[j] ^= secret[j] }
        }
    }

    /// Puts the secret together.
    ///
    /// Shares beyond the threshold are compared with the others, so that one out of another splitting is noticed; with
    /// exactly the threshold, only comparing the secret's public key tells.
    package static func join(_ shares: [SecretShare]) throws(ShareProblem) -> SecretBytes {
        guard let first = shares.first else { throw .tooFew(have: 0, needed: nil) }
        for (position, share) in shares.enumerated() {
            guard share.recipient == first.recipient else { throw .otherRecipient(position: position + 1) }
            guard share.threshold == first.threshold, share.shares == first.shares else {
                throw .otherSplitting(position: position + 1)
            }
            if let earlier = shares[..<position].firstIndex(where: { $0.x == share.x }) {
                throw .repeated(position: position + 1, earlier: earlier + 1)
            }
        }
        let needed = Int(first.threshold)
        guard shares.count >= needed else { throw .tooFew(have: shares.count, needed: needed) }
        let basis = Array(shares[..<needed])
        for share in shares[needed...] {
            guard interpolate(basis, at: share.x).isEqual(to: share.value) else { throw .inconsistent }
        }
        return interpolate(basis, at: 0)
    }

    /// Lagrange's formula. Subtraction in the field is exclusive or.
    private static func interpolate(_ shares: [SecretShare], at x: UInt8) -> SecretBytes {
        SecretBytes(count: SecretShare.valueCount) { out in
            for share in shares {
                var weight: UInt8 = 1
                for other in shares where other.x != share.x {
                    weight = Field.product(weight, Field.product(other.x ^ x, Field.inverse(other.x ^ share.x)))
                }
                share.value.withUnsafeBytes { value in
                    for j in out.indices { out[j] ^= Field.product(value[j], weight) }
                }
            }
        }
    }
}

extension SecretSharing {
    /// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x + 1 (0x11B), as AES has it.
    enum Field {
        /// Eight steps whatever the operands are.
        static func product(_ x: UInt8, _ y: UInt8) -> UInt8 {
            var result: UInt8 = 0
            var multiple = x
            for bit in UInt8(0)..<8 {
                result ^= multiple & (0 &- (y >> bit & 1))
                multiple = (multiple << 1) ^ (0x1B & (0 &- (multiple >> 7)))
            }
            return result
        }

        /// x^254, which is 1/x for every x but 0.
        static func inverse(_ x: UInt8) -> UInt8 {
            var result: UInt8 = 1
            var square = x
            for _ in 1..<8 {
                square = product(square, square)
                result = product(result, square)
            }
            return result
        }
    }
}
