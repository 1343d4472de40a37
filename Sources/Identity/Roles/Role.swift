import Primitives

/// A role as the strategy's contacts have it: lower-case letters, digits, '-' and '_', 64 at most.
package struct RoleName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        guard Name.isAllowed(text) else { return nil }
        description = text
    }

    init(known: StaticString) { description = "\(known)" }

    package static func < (x: RoleName, y: RoleName) -> Bool { x.description < y.description }
}

enum Name {
    /// The rule of the strategy file for all names. It leaves no two spellings of one name.
    static func isAllowed(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
    }
}

/// Acts on some components in some stores.
package struct Grant: Sendable, Equatable {
    package var acts: Set<Act>
    package var components: Scope
    package var stores: Scope

    package init(_ acts: Set<Act>, components: Scope = .all, stores: Scope = .all) {
        (self.acts, self.components, self.stores) = (acts, components, stores)
    }
}

/// What somebody may do because of what he is (SEC-4). What no grant names is refused.
package struct Role: Sendable, Equatable {
    package let name: RoleName
    package let grants: [Grant]

    package init(name: RoleName, grants: [Grant]) { (self.name, self.grants) = (name, grants) }

    package func permits(_ act: Act, on target: Target, within limits: Limits = .none) -> Bool {
        limits.cover(target)
            && target.singles.allSatisfy { single in
                grants.contains {
                    $0.acts.contains(act) && $0.components.covers(single.components)
                        && $0.stores.covers(single.stores)
                }
            }
    }

    /// It is given under four eyes only: who lets people in could otherwise make somebody of his own do anything.
    package var isPrivileged: Bool { grants.contains { !$0.acts.allSatisfy(\.isOrdinary) } }

    /// Whether everything that it permits another one permits, too.
    func isWithin(_ other: Role) -> Bool {
        grants.allSatisfy { own in
            own.acts.allSatisfy { act in
                other.grants.contains {
                    $0.acts.contains(act) && $0.components.covers(own.components) && $0.stores.covers(own.stores)
                }
            }
        }
    }
}
