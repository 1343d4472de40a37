import Primitives
import Sealing

/// Whose an authenticator is: one is not shared, and not handed on (21 CFR 11.100(a)).
package struct EnrolledFactors: Sendable, Equatable {
    var owners: [Digest32: PersonID] = [:]
    var reportedLost: Set<Digest32> = []

    package init() {}

    /// False when somebody has it, or had it, or when it was lost.
    package mutating func enrol(_ factor: Digest32, for person: PersonID) -> Bool {
        guard owners[factor] == nil else { return false }
        owners[factor] = person
        return true
    }

    /// It is dead at once, and for good (21 CFR 11.300(c)).
    package mutating func reportLost(_ factor: Digest32) { reportedLost.insert(factor) }

    func owned(by person: PersonID) -> [Digest32] { owners.filter { $0.value == person }.map(\.key) }

    package func isUsable(_ factor: Digest32, by person: PersonID) -> Bool {
        owners[factor] == person && !reportedLost.contains(factor)
    }

    /// What a secret is known by. It is random, so its digest tells nothing of it.
    package static func fingerprint(of secret: borrowing SecretBytes) -> Digest32 {
        secret.withUnsafeBytes { bytes in
            var hash = RunningSHA256()
            Array("safehold v1 authenticator".utf8).withUnsafeBytes { hash.update($0) }
            hash.update(bytes)
            return hash.value()
        }
    }
}
