import Primitives
import Sealing

/// A change of who may do more than keep things running: it is approved by its digest, and then done exactly so.
package enum DirectoryChange: Sendable, Equatable {
    case give(RoleName, to: PersonID)
    /// A new role of one's own, or another content for one.
    case define(Role)

    package var plan: Digest32 {
        var writer = ByteWriter()
        writer.counted("safehold v1 directory change")
        switch self {
        case .give(let role, let person):
            writer.u8(1)
            writer.counted(role.description)
            writer.raw(person.bytes)
        case .define(let role):
            writer.u8(2)
            writer.counted(role.name.description)
            writer.varint(role.grants.count)
            for grant in role.grants { grant.write(to: &writer) }
        }
        return SHA256Digest.of(writer.bytes)
    }
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
        guard warrant.act == .changeApprovers, warrant.plan == change.plan else { throw .otherWarrant }
        let givers: Set = [warrant.requester, warrant.executor]
        // Nobody has a hand in what he himself becomes.
        let involved = givers.union(warrant.approvers)
        switch change {
        case .give(let role, let person):
            guard !involved.contains(person) else { throw .oneself }
            try place(role, on: person, by: givers, at: now)
        case .define(let role):
            guard !Role.builtIn.contains(where: { $0.name == role.name }) else { throw .builtIn }
            guard !involved.contains(where: { people[$0]?.holdings[role.name] != nil }) else { throw .oneself }
            version += 1
            roles[role.name] = role
            // Who had it has another role now: he counts from here on, as if it had been given to him today.
            for id in people.keys.sorted() where people[id]?.holdings[role.name] != nil {
                try place(role.name, on: id, by: givers, at: now)
            }
        }
    }

    /// A role for those who keep things running, look, or sign.
    package mutating func give(
        _ role: RoleName, to person: PersonID, by actor: PersonID, at now: Moment
    ) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        guard person != actor else { throw .oneself }
        guard let known = roles[role] else { throw .unknownRole }
        guard !known.isPrivileged else { throw .needsFourEyes }
        try place(role, on: person, by: [actor], at: now)
    }

    /// One person is enough: less may be done afterwards, not more.
    package mutating func take(
        _ role: RoleName, from person: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        guard people[person]?.holdings[role] != nil else { throw .unknownRole }
        version += 1
        people[person]?.holdings[role] = nil
        people[person]?.rolesVersion = version
    }

    mutating func place(
        _ role: RoleName, on person: PersonID, by givers: Set<PersonID>, at now: Moment
    ) throws(DirectoryRefusal) {
        guard roles[role] != nil else { throw .unknownRole }
        guard people[person]?.isActive == true else { throw .unknownPerson }
        version += 1
        people[person]?.holdings[role] = RoleHolding(since: now, by: givers, version: version)
        people[person]?.rolesVersion = version
    }
}
