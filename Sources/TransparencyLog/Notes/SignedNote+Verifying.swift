/// A signature that holds.
package struct VerifiedSignature: Sendable, Equatable {
    package var key: VerifierKey
    /// Seconds since 1970, as the signer states it; nil for kinds without one.
    package var time: UInt64?
}

extension SignedNote {
    /// The signatures by those of `keys` that signed. Lines by others are passed over; throws where one by a known key does not hold, and where there is none.
    package func verified(by keys: [VerifierKey]) throws(LogProblem) -> [VerifiedSignature] {
        var found: [VerifiedSignature] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.isNamed(by: signature) }) else { continue }
            guard let time = key.verifiedTime(signature.bytes, of: text) else {
                throw .unsigned("bears a signature of '\(key.name)' that does not hold")
            }
            if !found.contains(where: { $0.key == key }) {
                found.append(VerifiedSignature(key: key, time: key.kind.isTimed ? time : nil))
            }
        }
        guard !found.isEmpty else { throw .unsigned("bears no signature of a trusted key") }
        return found
    }
}
