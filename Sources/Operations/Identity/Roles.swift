import Identity
import Primitives

/// The roles that there are, and those of one's own (SEC-4).
package enum Roles {
    package struct Line: Sendable {
        package var role: Role
        package var isBuiltIn: Bool
        /// Whether it is given under four eyes only.
        package var isPrivileged: Bool
        /// Login names, ascending.
        package var holders: [String]
    }

    /// Those that every directory has first, then one's own by name.
    package static func list(permit: consuming Permit<AccountAction>, keeping: IdentityKeeping) throws -> [Line] {
        try keeping.look { state, _, _ in
            let own = state.directory.roles.values.filter { !isBuiltIn($0.name) }.sorted { $0.name < $1.name }
            return (Role.builtIn + own).map { line($0, state) }
        }
    }

    /// A role of one's own that does no more than keep things running, look and sign, or no more than it did; others take four eyes.
    package static func define(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ role: Role
    ) throws -> Line {
        let by = try People.actor(permit.who)
        return try keeping.decide { state, _, now in
            try state.define(role, by: by, now: now)
            return line(role, state)
        }
    }

    /// What others agree to before such a role is there.
    package static func plan(keeping: IdentityKeeping, _ role: Role) throws -> GravePlan {
        guard !isBuiltIn(role.name) else { throw DirectoryRefusal.builtIn.failure }
        return try keeping.look { state, _, _ in
            let holders = line(role, state).holders
            let whose = holders.isEmpty ? [] : ["which these have: \(holders.joined(separator: ", "))"]
            return GravePlan(
                .changeApprovers, lines: ["define the role \(role.name)"] + role.grants.map(\.words) + whose,
                digest: state.directory.plan(of: .define(role)))
        }
    }

    package static func define(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ role: Role, request: String
    ) throws -> Line {
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            try state.carryOut(
                .define(role), request: try Requests.find(request, in: state), with: token,
                at: try keeping.doorstep(key), now: now)
            return line(role, state)
        }
    }

    /// One person is enough. Whoever had it has it no more. Returns it as it was.
    package static func remove(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, named name: RoleName
    ) throws -> Line {
        let by = try People.actor(permit.who)
        return try keeping.decide { state, _, _ in
            guard let role = state.directory.roles[name] else { throw DirectoryRefusal.unknownRole }
            let removed = line(role, state)
            try state.removeRole(name, by: by)
            return removed
        }
    }

    private static func isBuiltIn(_ name: RoleName) -> Bool { Role.builtIn.contains { $0.name == name } }

    private static func line(_ role: Role, _ state: IdentityState) -> Line {
        let holders = state.directory.people.values.filter { $0.holdings[role.name] != nil }
        return Line(
            role: role, isBuiltIn: isBuiltIn(role.name), isPrivileged: role.isPrivileged,
            holders: holders.map(\.name.description).sorted())
    }
}

extension Grant {
    package var words: String {
        "may \(acts.map(\.rawValue).sorted().joined(separator: ", "))"
            + Limits(components: components, stores: stores).words
    }
}
