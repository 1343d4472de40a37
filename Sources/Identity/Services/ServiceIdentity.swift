import Primitives
import Sealing

/// What makes a member of the directory a service: a program that comes by a credential, and a person who is accountable for it.
package struct ServiceIdentity: Sendable, Equatable {
    package internal(set) var owner: PersonID
    /// Its owner was put out. Whoever comes back is not its owner again before somebody says so.
    package internal(set) var isOrphaned = false
    /// Nil where it was ended.
    package internal(set) var credential: ServiceCredential?

    package init(owner: PersonID) { self.owner = owner }
}

extension Person {
    package var isService: Bool { service != nil }
}

extension Act {
    /// What a program may do without anybody there: it runs and looks. Nothing of it takes presence, lets anybody in, or speaks for somebody.
    package var isForServices: Bool { isOrdinary && self != .sign }
}

extension Directory {
    /// Takes a service in, without a role and without a credential. Nobody is accountable for what he himself takes in.
    package mutating func enrolService(
        _ id: PersonID, name: LoginName, owner: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        try requireOwner(owner, besides: actor)
        guard people[id] == nil else { throw .idTaken }
        guard names[name] == nil else { throw .nameTaken }
        version += 1
        var service = Person(id: id, name: name, printedName: "service \(name)")
        service.service = ServiceIdentity(owner: owner)
        people[id] = service
        names[name] = id
    }

    /// Another person is accountable from here on.
    package mutating func setOwner(
        _ owner: PersonID, of service: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        try requireService(service)
        try requireOwner(owner, besides: actor)
        version += 1
        people[service]?.service?.owner = owner
        people[service]?.service?.isOrphaned = false
    }

    /// The former credential is dead. Nil ends it, and none takes its place.
    package mutating func setCredential(
        _ credential: ServiceCredential?, of service: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        guard permits(actor, .account) else { throw .notPermitted }
        try requireService(service)
        version += 1
        people[service]?.service?.credential = credential
    }

    /// Throws `person-missing` for somebody who is not there, and `directory-refused` for a service: it has no password, no papers and no name.
    package func requireHuman(_ id: PersonID) throws(DirectoryRefusal) {
        guard let person = people[id], person.isActive else { throw .unknownPerson }
        guard !person.isService else { throw .service }
    }

    func requireService(_ id: PersonID) throws(DirectoryRefusal) {
        guard let person = people[id], person.isActive else { throw .unknownPerson }
        guard person.isService else { throw .noService }
    }

    private func requireOwner(_ owner: PersonID, besides actor: PersonID) throws(DirectoryRefusal) {
        try requireHuman(owner)
        guard owner != actor else { throw .ownService }
    }

    /// Who has no hand in what somebody becomes: himself, and who answers for a service.
    func concerned(by id: PersonID) -> Set<PersonID> { Set([id, people[id]?.service?.owner].compactMap { $0 }) }

    /// Throws where a role does more than a service may, whoever agrees.
    package func requirePlaceable(_ role: RoleName, on id: PersonID) throws(DirectoryRefusal) {
        guard people[id]?.isService == true, roles[role]?.isPrivileged == true else { return }
        throw .roleNotForServices
    }

    /// Nil where a service is not refused whatever its roles.
    func serviceRefusal(of person: Person, _ act: Act) -> AccessRefusal? {
        guard let service = person.service else { return nil }
        guard !service.isOrphaned, people[service.owner]?.isActive == true else { return .ownerless }
        return act.isForServices ? nil : .service
    }

    /// What somebody is accountable for who is put out stands still until another is.
    mutating func orphanServices(of owner: PersonID) {
        for id in people.keys where people[id]?.service?.owner == owner { people[id]?.service?.isOrphaned = true }
    }

    /// Whose credential it is. All are compared, so that nothing tells how near one came.
    func service(showing secret: borrowing SecretBytes) -> PersonID? {
        let digest = ServiceCredential.digest(of: secret)
        return people.values.filter { person in
            person.service?.credential.map { ConstantTime.areEqual($0.digest, digest) } ?? false
        }.first?.id
    }
}
