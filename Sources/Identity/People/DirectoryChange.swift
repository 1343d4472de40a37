import Primitives
import Sealing

/// A change of who may do more than keep things running: it is approved by its digest, and then done exactly so.
package enum DirectoryChange: Sendable, Equatable {
    case give(RoleName, to: PersonID, within: Limits = .none)
    /// A new role of one's own, or another content for one.
    case define(Role)

    package var plan: Digest32 {
        var writer = ByteWriter()
        writer.counted("safehold v1 directory change")
        switch self {
        case .give(let role, let person, let limits):
            writer.u8(1)
            writer.counted(role.description)
            writer.raw(person.bytes)
            if limits != .none {
                limits.components.write(to: &writer)
                limits.stores.write(to: &writer)
            }
        case .define(let role):
            writer.u8(2)
            role.write(to: &writer)
        }
        return SHA256Digest.of(writer.bytes)
    }
}

extension Role {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.counted(name.description)
        writer.varint(grants.count)
        for grant in grants { grant.write(to: &writer) }
    }
}

extension Directory {
    /// What others agree to. A role of one's own is given as it is now: another content is another plan.
    package func plan(of change: DirectoryChange) -> Digest32 {
        guard case .give(let name, _, _) = change, let role = roles[name], !Self.isBuiltIn(name) else {
            return change.plan
        }
        var writer = ByteWriter()
        writer.counted("safehold v1 directory change with its role")
        writer.digest(change.plan)
        role.write(to: &writer)
        return SHA256Digest.of(writer.bytes)
    }

    static func isBuiltIn(_ role: RoleName) -> Bool { Role.builtIn.contains { $0.name == role } }
}

extension Grant {
    func write(to writer: inout ByteWriter) {
        writer.varint(acts.count)
        for act in acts.map(\.rawValue).sorted() { writer.counted(act) }
        components.write(to: &writer)
        stores.write(to: &writer)
    }
}

extension Scope {
    func write(to writer: inout ByteWriter) {
        switch self {
        case .all: writer.u8(0)
        case .only(let names):
            writer.u8(1)
            writer.varint(names.count)
            for name in names.sorted() { writer.counted(name) }
        }
    }
}

extension Directory {
    /// Does what was approved.
    package mutating func carryOut(
        _ change: DirectoryChange, under warrant: consuming Warrant, at now: Moment
    ) throws(DirectoryRefusal) {
        guard warrant.act == .changeApprovers, warrant.plan == plan(of: change) else { throw .otherWarrant }
        let givers: Set = [warrant.requester, warrant.executor]
        // Nobody has a hand in what he himself becomes.
        let involved = givers.union(warrant.approvers)
        switch change {
        case .give(let role, let person, let limits):
            guard !involved.contains(person) else { throw .oneself }
            guard involved.isDisjoint(with: concerned(by: person)) else { throw .ownService }
            try place(role, on: person, by: givers, within: limits, at: now)
        case .define(let role):
            try put(role, by: givers, involving: involved, at: now)
        }
    }

    /// A role for those who keep things running, look, or sign.
    package mutating func give(
        _ role: RoleName, to person: PersonID, within limits: Limits = .none, by actor: PersonID, at now: Moment
    ) throws(DirectoryRefusal) {
        // What he has of it is given anew, so that one may end where the other begins.
        let touched = [limits.target] + [people[person]?.holdings[role]?.limits.target].compactMap { $0 }
        guard touched.allSatisfy({ permits(actor, .account, on: $0) }) else { throw .notPermitted }
        guard person != actor else { throw .oneself }
        guard !concerned(by: person).contains(actor) else { throw .ownService }
        guard let known = roles[role] else { throw .unknownRole }
        try requirePlaceable(role, on: person)
        guard !known.isPrivileged else { throw .needsFourEyes }
        try place(role, on: person, by: [actor], within: limits, at: now)
    }

    /// A role of one's own that does no more than keep things running, look and sign, or no more than it did.
    package mutating func define(_ role: Role, by actor: PersonID, at now: Moment) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        guard !needsFourEyes(role) else { throw .roleNeedsFourEyes }
        try put(role, by: [actor], involving: [actor], at: now)
    }

    /// Whether others have to agree to such a role.
    package func needsFourEyes(_ role: Role) -> Bool {
        role.isPrivileged && roles[role.name].map { role.isWithin($0) } != true
    }

    private mutating func put(
        _ role: Role, by givers: Set<PersonID>, involving involved: Set<PersonID>, at now: Moment
    ) throws(DirectoryRefusal) {
        guard !Self.isBuiltIn(role.name) else { throw .builtIn }
        let holders = people.values.filter { $0.holdings[role.name] != nil }
        guard !holders.contains(where: { involved.contains($0.id) }) else { throw .oneself }
        guard holders.allSatisfy({ involved.isDisjoint(with: concerned(by: $0.id)) }) else { throw .ownService }
        guard !role.isPrivileged || !holders.contains(where: \.isService) else { throw .roleNotForServices }
        version += 1
        roles[role.name] = role
        // Who had it has another role now: he counts from here on, as if it had been given to him today.
        for id in people.keys.sorted() {
            guard let holding = people[id]?.holdings[role.name] else { continue }
            try place(role.name, on: id, by: givers, within: holding.limits, at: now)
        }
    }

    /// One person is enough: less may be done afterwards, not more. Whoever had it has it no more.
    package mutating func removeRole(_ role: RoleName, by actor: PersonID) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        guard !Self.isBuiltIn(role) else { throw .builtIn }
        guard roles[role] != nil else { throw .unknownRole }
        version += 1
        roles[role] = nil
        for id in people.keys where people[id]?.holdings[role] != nil {
            people[id]?.holdings[role] = nil
            people[id]?.rolesVersion = version
        }
    }

    /// One person is enough: less may be done afterwards, not more.
    package mutating func take(
        _ role: RoleName, from person: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        guard let holding = people[person]?.holdings[role] else { throw .unknownRole }
        guard permits(actor, .account, on: holding.limits.target) else { throw .notPermitted }
        version += 1
        people[person]?.holdings[role] = nil
        people[person]?.rolesVersion = version
    }

    mutating func place(
        _ role: RoleName, on person: PersonID, by givers: Set<PersonID>, within limits: Limits = .none, at now: Moment
    ) throws(DirectoryRefusal) {
        guard roles[role] != nil else { throw .unknownRole }
        guard people[person]?.isActive == true else { throw .unknownPerson }
        try requirePlaceable(role, on: person)
        version += 1
        people[person]?.holdings[role] = RoleHolding(since: now, by: givers, version: version, limits: limits)
        people[person]?.rolesVersion = version
    }
}
