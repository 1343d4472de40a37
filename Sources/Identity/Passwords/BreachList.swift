import Crypto
import Primitives
import Sealing

/// Passwords that are known to whoever guesses, by their digests: SHA-256, or SHA-1 as the lists that are passed around have it.
///
/// It is held in memory: a list of the most used hundred thousand, not of all that ever leaked.
package struct BreachList: Sendable, Equatable {
    private var digests: Set<[UInt8]> = []

    package init() {}

    /// Lines of hexadecimal digests; what follows a colon is how often one was seen, and is not needed. Empty lines are skipped.
    package init(lines: some Sequence<some StringProtocol>) throws(EncodingError) {
        var number = 0
        for line in lines {
            number += 1
            guard let field = line.split(separator: ":").first else { continue }
            guard let digest = Hex.decode(field), digest.count == 20 || digest.count == 32 else {
                throw EncodingError("has no SHA-1 and no SHA-256 digest in line \(number)")
            }
            digests.insert(digest)
        }
    }

    package func contains(_ password: borrowing SecretBytes) -> Bool {
        guard !digests.isEmpty else { return false }
        return password.withUnsafeBytes { bytes in
            digests.contains(SHA256Digest.of(bytes).bytes) || digests.contains(Array(Insecure.SHA1.hash(data: bytes)))
        }
    }
}
