import Primitives

package enum PersonTag {}
/// A human being, or a service. It is given once and never to another one: what was signed or approved under it stays his.
package typealias PersonID = Identifier<PersonTag>

/// What somebody types to say who he is.
package struct LoginName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        guard Name.isAllowed(text) else { return nil }
        description = text
    }

    package static func < (x: LoginName, y: LoginName) -> Bool { x.description < y.description }
}

/// Since when, and through whom, somebody has a role.
package struct RoleHolding: Sendable, Equatable {
    package let since: Moment
    /// Who asked for it and who did it; nobody for those with whom the directory began.
    package let by: Set<PersonID>
    /// The directory's version that it came with: the order of changes does not hang on clocks.
    let version: UInt64
    /// To what it is limited for him.
    package var limits = Limits.none
}

package struct Person: Sendable, Equatable {
    package enum Standing: Sendable, Equatable { case active, deleted }

    package let id: PersonID
    package internal(set) var name: LoginName
    /// The name that signatures show (21 CFR 11.50).
    package internal(set) var printedName: String
    package internal(set) var standing = Standing.active
    package internal(set) var holdings: [RoleName: RoleHolding] = [:]
    /// The fingerprint of his own signing key.
    package internal(set) var signingKey: Digest32?
    /// Changes with every role that he is given or loses.
    package internal(set) var rolesVersion: UInt64 = 0
    /// Nil for a human being.
    package internal(set) var service: ServiceIdentity?

    package var isActive: Bool { standing == .active }
}
