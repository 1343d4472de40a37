/// A place where backups are kept (LOC-1 to LOC-7).
package struct StorePlan: Sendable, Equatable {
    package enum Role: String, Sendable, CaseIterable {
        /// Hosts back up to it.
        case primary
        /// A copy of a primary one, brought up to date by the daemon.
        case secondary
        /// Removable media, copied to by hand and kept away.
        case offline
    }

    package enum Immutability: String, Sendable, CaseIterable { case none, governance, compliance }

    package var name: String
    package var role: Role
    package var site: String
    /// A directory, or the address of a server. Empty for media, which are named when they are put in.
    package var location: String
    /// The primary store that it is a copy of.
    package var copyOf: String?
    /// When a copy is brought up to date, or a medium is due to be written.
    package var schedule: Schedule?
    package var immutability: Immutability = .none

    package init(name: String, role: Role, site: String, location: String) {
        (self.name, self.role, self.site, self.location) = (name, role, site, location)
    }
}

/// What keeps repositories in order. Nil: not by this host's daemon.
package struct UpkeepPlan: Sendable, Equatable {
    /// Dropping what no rule keeps. It takes an administrator's key, which a backed-up host should not hold.
    package var forget: Schedule?
    /// Freeing what no snapshot needs.
    package var collect: Schedule?
    /// Checking objects and signatures.
    package var verify: Schedule?
    /// Where the key lies that dropping, collecting and reading need: a passphrase's or a recipient's file.
    package var passphraseFile: String?
    package var recipientFile: String?

    package init() {}
}
