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

/// Which components, or which stores.
package enum Scope: Sendable, Equatable {
    case all
    case only(Set<String>)

    /// Nil is what belongs to no single one, or to all of them: who is limited to some may not touch it.
    func covers(_ name: String?) -> Bool {
        switch self {
        case .all: true
        case .only(let names): name.map(names.contains) ?? false
        }
    }
}

/// What an act is on.
package struct Target: Sendable, Hashable {
    package var component: String?
    package var store: String?

    package init(component: String? = nil, store: String? = nil) { (self.component, self.store) = (component, store) }

    /// No single component, and no single store.
    package static let everything = Target()
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

    package func permits(_ act: Act, on target: Target) -> Bool {
        grants.contains {
            $0.acts.contains(act) && $0.components.covers(target.component) && $0.stores.covers(target.store)
        }
    }

    /// It is given under four eyes only: who lets people in could otherwise make somebody of his own do anything.
    package var isPrivileged: Bool { grants.contains { !$0.acts.allSatisfy(\.isOrdinary) } }
}
