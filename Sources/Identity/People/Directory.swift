import Primitives

/// Why a change of the directory was refused.
package enum DirectoryRefusal: Error, Equatable, Sendable {
    case notPermitted
    case unknownPerson
    case unknownRole
    case idTaken
    /// Another person has this name, or had it.
    case nameTaken
    case alreadyEnrolled(PersonID)
    case nameUnusable
    case oneself
    /// The second factor is wanted again.
    case presenceNeeded
    /// The role is given by a change under four eyes only.
    case needsFourEyes
    /// The role would do more than keep things running, and more than it does.
    case roleNeedsFourEyes
    case builtIn
    /// The warrant is for something else.
    case otherWarrant
    /// Another person has this key, or had it.
    case keyTaken
    /// It has no password, no papers and no name of its own.
    case service
    case noService
    /// Nobody is accountable for a service that he himself takes in or widens.
    case ownService
    /// The role does more than run and look.
    case roleNotForServices
}

/// Why somebody may not do something.
package enum AccessRefusal: Error, Equatable, Sendable {
    case unknownPerson
    case deleted
    case noRole
    /// His roles permit it on something, and not on this.
    case limited(Target)
    /// No service does this, whatever its roles.
    case service
    /// Nobody in the directory is accountable for the service.
    case ownerless
}

/// Who there is, and in what roles. Nothing in it is ever forgotten: ids, names and references stay with whom they belonged to.
package struct Directory: Sendable, Equatable {
    package internal(set) var people: [PersonID: Person] = [:]
    package internal(set) var roles: [RoleName: Role]
    package internal(set) var version: UInt64 = 0
    /// Who has a name, or had it.
    var names: [LoginName: PersonID] = [:]
    var references: [Digest32: PersonID] = [:]
    var signingKeys: [Digest32: PersonID] = [:]
    /// Keys that nobody signs with any more, and since when.
    package internal(set) var withdrawnKeys: [Digest32: Timestamp] = [:]

    /// Somebody with whom a directory begins.
    package struct Founder: Sendable {
        package var id: PersonID
        package var name: LoginName
        package var printedName: String
        package var reference: Digest32
        package var roles: [RoleName]

        package init(id: PersonID, name: LoginName, printedName: String, reference: Digest32, roles: [RoleName]) {
            (self.id, self.name, self.printedName) = (id, name, printedName)
            (self.reference, self.roles) = (reference, roles)
        }
    }

    /// There is nobody yet to give a first role under four eyes. All who begin are named at once; later ones come through those.
    package init(foundedBy founders: [Founder], at now: Moment) throws(DirectoryRefusal) {
        roles = Dictionary(uniqueKeysWithValues: Role.builtIn.map { ($0.name, $0) })
        for founder in founders {
            try add(founder.id, founder.name, founder.printedName, founder.reference)
            for role in founder.roles { try place(role, on: founder.id, by: [], at: now) }
        }
    }

    /// Whether somebody was there when it began, and has had all his roles since.
    func isFounder(_ id: PersonID) -> Bool {
        guard let person = people[id], person.isActive else { return false }
        return !person.holdings.isEmpty && person.holdings.values.allSatisfy { $0.by.isEmpty }
    }

    /// Whether somebody has a name, or had it.
    package func isTaken(_ name: LoginName) -> Bool { names[name] != nil }

    package func person(named name: LoginName) -> Person? {
        names[name].flatMap { people[$0] }.flatMap { $0.name == name ? $0 : nil }
    }

    /// Nil when he may. Denied is what nothing allows.
    package func refusal(of person: PersonID, _ act: Act, on target: Target) -> AccessRefusal? {
        guard let person = people[person] else { return .unknownPerson }
        guard person.isActive else { return .deleted }
        if let refusal = serviceRefusal(of: person, act) { return refusal }
        // A role that came to do more than run and look permits a service nothing any more.
        let holdings = person.holdings.filter { !person.isService || roles[$0.key]?.isPrivileged == false }
        func isPermitted(on target: Target) -> Bool {
            holdings.contains { permits($0.key, as: $0.value, act, on: target) }
        }
        guard let refused = target.singles.first(where: { !isPermitted(on: $0) }) else { return nil }
        return isPermitted(on: .anything) ? .limited(refused) : .noRole
    }

    /// Whether one role, as somebody holds it, permits it.
    func permits(_ role: RoleName, as holding: RoleHolding, _ act: Act, on target: Target) -> Bool {
        roles[role]?.permits(act, on: target, within: holding.limits) == true
    }

    package func permits(_ person: PersonID, _ act: Act, on target: Target = .everything) -> Bool {
        refusal(of: person, act, on: target) == nil
    }
}

extension Directory {
    /// Takes somebody in, without a role.
    ///
    /// `reference` is a digest, keyed by whoever looked at his papers (21 CFR 11.100(b)), of what names one human for good, as a personnel
    /// number. Who was here before comes back as the same person, whatever he is called now: the id that holds is returned.
    package mutating func enrol(
        _ id: PersonID, name: LoginName, printedName: String, reference: Digest32, by actor: PersonID
    ) throws(DirectoryRefusal) -> PersonID {
        guard permits(actor, .account) else { throw .notPermitted }
        if let known = references[reference] {
            guard people[known]?.isActive == false else { throw .alreadyEnrolled(known) }
            try setNames(of: known, name, printedName)
            people[known]?.standing = .active
            return known
        }
        try add(id, name, printedName, reference)
        return id
    }

    package mutating func rename(
        _ id: PersonID, name: LoginName, printedName: String, by actor: PersonID
    ) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        try requireHuman(id)
        try setNames(of: id, name, printedName)
    }

    /// One person is enough to put another out: it must be quick, and it opens nothing.
    package mutating func delete(_ id: PersonID, by actor: PersonID) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        guard var person = people[id], person.isActive else { throw .unknownPerson }
        version += 1
        person.standing = .deleted
        person.holdings = [:]
        person.signingKey = nil
        person.rolesVersion = version
        person.service?.credential = nil
        people[id] = person
        orphanServices(of: id)
    }

    /// What was signed with it before holds; nothing is signed with it again.
    mutating func withdraw(_ key: Digest32, at now: Moment) {
        version += 1
        withdrawnKeys[key] = withdrawnKeys[key] ?? now.wall
        for id in people.keys where people[id]?.signingKey == key { people[id]?.signingKey = nil }
    }

    /// A key is one person's for ever (21 CFR 11.100(a)), and nobody chooses another's.
    package mutating func setSigningKey(
        _ key: Digest32, by owner: Presence, at now: Moment
    ) throws(DirectoryRefusal) {
        let id = owner.person
        guard owner.isFresh(at: now) else { throw .presenceNeeded }
        guard people[id]?.isActive == true else { throw .unknownPerson }
        guard (signingKeys[key] ?? id) == id, withdrawnKeys[key] == nil else { throw .keyTaken }
        version += 1
        signingKeys[key] = id
        people[id]?.signingKey = key
    }

    private mutating func add(
        _ id: PersonID, _ name: LoginName, _ printedName: String, _ reference: Digest32
    ) throws(DirectoryRefusal) {
        guard people[id] == nil else { throw .idTaken }
        guard references[reference] == nil else { throw .idTaken }
        guard names[name] == nil else { throw .nameTaken }
        guard RecordLine.isAllowed(printedName) else { throw .nameUnusable }
        version += 1
        people[id] = Person(id: id, name: name, printedName: printedName)
        references[reference] = id
        names[name] = id
    }

    private mutating func setNames(
        of id: PersonID, _ name: LoginName, _ printedName: String
    ) throws(DirectoryRefusal) {
        guard (names[name] ?? id) == id else { throw .nameTaken }
        guard RecordLine.isAllowed(printedName) else { throw .nameUnusable }
        version += 1
        names[name] = id
        people[id]?.name = name
        people[id]?.printedName = printedName
    }
}
