import Primitives

/// What is known of one copy of the backups.
package struct CopyFacts: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case disk, tape, optical, removable
        case objectStore = "object-store"
    }

    package struct Verification: Sendable, Equatable {
        package var time: Timestamp
        package var errors: UInt64

        package init(time: Timestamp, errors: UInt64) { (self.time, self.errors) = (time, errors) }
    }

    package var name: String
    /// A site is what one fire, flood or theft takes.
    package var site: String
    package var kind: Kind
    /// Nothing that runs can reach it.
    package var isOffline: Bool
    /// Nobody can remove it before its time.
    package var isImmutable: Bool
    /// When everything on it was last read, and how many errors there were.
    package var verified: Verification?
    /// When it was last brought up to date.
    package var updated: Timestamp?

    package init(
        name: String, site: String, kind: Kind, isOffline: Bool = false, isImmutable: Bool = false,
        verified: Verification? = nil, updated: Timestamp? = nil
    ) {
        (self.name, self.site, self.kind) = (name, site, kind)
        (self.isOffline, self.isImmutable, self.verified, self.updated) = (isOffline, isImmutable, verified, updated)
    }
}
