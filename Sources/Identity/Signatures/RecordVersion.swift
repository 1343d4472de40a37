import Primitives
import Sealing

/// What a signature is put on: one version of one record, by the digest of its bytes (21 CFR 11.70).
package struct RecordVersion: Sendable, Equatable {
    /// What kind of record: restore-test, policy, deletion, review.
    package let kind: String
    package let id: String
    package let version: UInt64
    package let mediaType: String
    /// SHA-256.
    package let digest: Digest32

    package init(kind: String, id: String, version: UInt64, mediaType: String, digest: Digest32) {
        (self.kind, self.id, self.version) = (kind, id, version)
        (self.mediaType, self.digest) = (mediaType, digest)
    }

    package init(kind: String, id: String, version: UInt64, mediaType: String, content: [UInt8]) {
        self.init(kind: kind, id: id, version: version, mediaType: mediaType, digest: SHA256Digest.of(content))
    }
}

/// What a signature means (21 CFR 11.50(a)(3)).
package enum SignatureMeaning: String, Sendable, CaseIterable {
    case authorship, review, approval, responsibility, witness
}

/// A person's zone, so that a time is shown as he knew it.
package struct SignerZone: Sendable, Equatable {
    /// As the tz database names it.
    package let name: String
    /// In minutes, east of Greenwich.
    package let offset: Int

    /// Nil for what no zone is.
    package init?(name: String, offset: Int) {
        guard RecordLine.isAllowed(name), (-14 * 60...14 * 60).contains(offset) else { return nil }
        (self.name, self.offset) = (name, offset)
    }
}

/// A way in which a signer has proven himself while he signed (21 CFR 11.200(a)(1)).
package enum SigningComponent: String, Sendable, CaseIterable {
    case identifier, password
    case secondFactor = "second-factor"
}
