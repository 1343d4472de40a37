/// What an act is on.
package struct Target: Sendable, Hashable {
    package enum Extent: Sendable, Hashable {
        /// All of them, or what belongs to no single one.
        case all
        /// These, of which there is one at least.
        case only(Set<String>)
        /// One that is not known yet: whoever may do something to any of them comes in, and touches none before he asks again, by name.
        case some

        /// No name at all means all of them: who touches what nobody can name touches anything.
        package init(_ names: some Sequence<String>) {
            let names = Set(names)
            self = names.isEmpty ? .all : .only(names)
        }

        fileprivate func covers(_ other: Extent) -> Bool {
            switch (self, other) {
            case (.all, _), (.some, .some): true
            case (.only(let own), .only(let others)): others.isSubset(of: own)
            case (.only, _), (.some, _): false
            }
        }

        /// Each by itself.
        fileprivate var singles: [Extent] {
            guard case .only(let names) = self else { return [self] }
            return names.sorted().map { .only([$0]) }
        }
    }

    package let components: Extent
    package let stores: Extent

    package init(components: Extent, stores: Extent = .all) {
        (self.components, self.stores) = (components, stores)
    }

    package init(component: String? = nil, store: String? = nil) {
        self.init(components: component.map { .only([$0]) } ?? .all, stores: store.map { .only([$0]) } ?? .all)
    }

    /// No single component, and no single store.
    package static let everything = Target()

    /// Nothing in particular.
    package static let anything = Target(components: .some, stores: .some)

    /// A component of this store that is known only when it was looked into.
    package static func someComponent(in store: String) -> Target {
        Target(components: .some, stores: .only([store]))
    }

    package func covers(_ other: Target) -> Bool {
        components.covers(other.components) && stores.covers(other.stores)
    }

    /// Each component in each store by itself: different roles may permit them.
    var singles: [Target] {
        components.singles.flatMap { component in
            stores.singles.map { Target(components: component, stores: $0) }
        }
    }

    /// As people read it; nil for what has no name.
    package var words: String? {
        var parts: [String] = []
        if case .only(let names) = components { parts.append(Self.words("component", names)) }
        if case .only(let names) = stores { parts.append(Self.words("store", names)) }
        return parts.isEmpty ? nil : parts.joined(separator: " in the ")
    }

    private static func words(_ kind: String, _ names: Set<String>) -> String {
        "\(kind)\(names.count == 1 ? "" : "s") \(names.sorted().map { "'\($0)'" }.joined(separator: ", "))"
    }
}

/// Which components, or which stores.
package enum Scope: Sendable, Equatable {
    case all
    case only(Set<String>)

    func covers(_ extent: Target.Extent) -> Bool {
        switch (self, extent) {
        case (.all, _): true
        case (.only(let own), .only(let names)): names.isSubset(of: own) && !names.isEmpty
        case (.only(let own), .some): !own.isEmpty
        // Who is limited to some may not touch what belongs to no single one.
        case (.only, .all): false
        }
    }

    func covers(_ other: Scope) -> Bool {
        switch (self, other) {
        case (.all, _): true
        case (.only, .all): false
        case (.only(let own), .only(let others)): others.isSubset(of: own)
        }
    }

    package var names: [String]? {
        if case .only(let names) = self { names.sorted() } else { nil }
    }

    fileprivate var extent: Target.Extent {
        if case .only(let names) = self { .init(names) } else { .all }
    }
}

/// To what somebody's role is limited.
package struct Limits: Sendable, Equatable {
    package var components: Scope
    package var stores: Scope

    package static let none = Limits()

    package init(components: Scope = .all, stores: Scope = .all) {
        (self.components, self.stores) = (components, stores)
    }

    /// By name; no name is no limit.
    package init(components: [String], stores: [String]) {
        self.init(
            components: components.isEmpty ? .all : .only(Set(components)),
            stores: stores.isEmpty ? .all : .only(Set(stores)))
    }

    /// What somebody touches who gives or takes a role within these limits.
    package var target: Target { Target(components: components.extent, stores: stores.extent) }

    func cover(_ target: Target) -> Bool { components.covers(target.components) && stores.covers(target.stores) }

    /// As people read it; empty for none.
    package var words: String {
        var text = ""
        if let names = components.names { text += ", limited to the components \(names.joined(separator: ", "))" }
        if let names = stores.names { text += ", limited to the stores \(names.joined(separator: ", "))" }
        return text
    }
}
