import Primitives
import Sealing

package enum ServiceCredentialTag {}
/// What a credential is called in records; nobody comes in by it.
package typealias ServiceCredentialID = Identifier<ServiceCredentialTag>

/// Why a service's credential is not taken.
package enum ServiceRefusal: Error, Sendable, Equatable, CaseIterable {
    /// No service has it: another was made since, it was ended, or it is of another host.
    case unknown
    case expired
    /// It was given to this directory on another machine.
    case otherMachine
}

/// By what a service is known. Of the secret it has a digest only: who reads it cannot be the service.
package struct ServiceCredential: Sendable, Equatable {
    package static let secretCount = 32
    /// In days.
    package static let lifetimes = 1...366
    package static let usualLifetime = 90

    package let id: ServiceCredentialID
    let digest: Digest32
    /// A digest of what tells the host from others.
    let host: Digest32
    package let issued: Moment
    let lifetime: Duration
    /// When it was shown last.
    package internal(set) var seen: Moment?

    /// Nil for a lifetime that no credential has.
    package init?(
        _ id: ServiceCredentialID, secret: borrowing SecretBytes, on host: Digest32, days: Int, at now: Moment
    ) {
        guard Self.lifetimes.contains(days), secret.count == Self.secretCount else { return nil }
        (self.id, digest, self.host) = (id, Self.digest(of: secret), host)
        (issued, lifetime) = (now, .days(days))
    }

    init(keptAs id: ServiceCredentialID, digest: Digest32, host: Digest32, issued: Moment, lifetime: Duration) {
        (self.id, self.digest, self.host, self.issued, self.lifetime) = (id, digest, host, issued, lifetime)
    }

    /// For people; no limit goes by it.
    package var until: Timestamp { issued.wall.later(by: lifetime) }

    /// Nil as long as it is taken. A clock that is set back prolongs nothing.
    package func refusal(on host: Digest32, at now: Moment) -> ServiceRefusal? {
        guard ConstantTime.areEqual(host, self.host) else { return .otherMachine }
        return hasEnded(at: now) ? .expired : nil
    }

    package func hasEnded(at now: Moment) -> Bool { now.longest(since: issued) > lifetime }

    static func digest(of secret: borrowing SecretBytes) -> Digest32 {
        secret.withUnsafeBytes { bytes in
            var hash = RunningSHA256()
            Array("safehold v1 service credential".utf8).withUnsafeBytes { hash.update($0) }
            hash.update(bytes)
            return hash.value()
        }
    }
}

/// A credential as it lies in its file: a prefix by which scanners for secrets find it, 256 random bits, and a checksum that tells a
/// file that was cut off from a credential that is not known.
package enum ServiceCredentialText {
    private static let prefix = "safehold-service-1-"
    private static let checksumCount = 4

    package static func text(_ secret: borrowing SecretBytes) -> String {
        let body = prefix + secret.withUnsafeBytes { Hex.encode(Array($0)) }
        return body + "-" + checksum(body)
    }

    /// Nil for what is none, or was altered.
    package static func secret(_ text: some StringProtocol) -> SecretBytes? {
        let body = text.dropLast(1 + 2 * checksumCount)
        guard body.hasPrefix(prefix), text == body + "-" + checksum(String(body)),
            var bytes = Hex.decode(body.dropFirst(prefix.count)), bytes.count == ServiceCredential.secretCount
        else { return nil }
        return SecretBytes(consuming: &bytes)
    }

    private static func checksum(_ body: String) -> String {
        Hex.encode(Array(SHA256Digest.of(Array(body.utf8)).bytes.prefix(checksumCount)))
    }
}
