import Primitives
import Sealing

extension IdentityState {
    /// Lets a service in by its credential. It has no session: each time it is asked for anew.
    package mutating func open<Action>(
        _ action: Action.Type, on target: Target, withService secret: borrowing SecretBytes, at doorstep: Doorstep,
        now: Moment
    ) throws(Refusal) -> Permit<Action> {
        let service: Person
        do {
            service = try self.service(showing: secret, at: doorstep, now: now)
        } catch {
            if error == .otherMachine {
                alarms.raise(.stolenCredential, of: directory.service(showing: secret), at: now)
            }
            throw .service(error)
        }
        if let refusal = directory.refusal(of: service.id, Action.act, on: target) {
            throw .act(Action.act, .access(refusal))
        }
        directory.people[service.id]?.service?.credential?.seen = now
        guard let actor = actor(service, at: doorstep) else { throw .service(.unknown) }
        return Permit(actor, on: target)
    }

    /// Which service there is, whatever it may. Throws a `ServiceRefusal` where its credential is not taken.
    package func visitor(
        withService secret: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(ServiceRefusal) -> Actor {
        guard let actor = actor(try service(showing: secret, at: doorstep, now: now), at: doorstep) else {
            throw .unknown
        }
        return actor
    }

    private func service(
        showing secret: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(ServiceRefusal) -> Person {
        guard let id = directory.service(showing: secret), let person = directory.people[id], person.isActive,
            let credential = person.service?.credential
        else { throw .unknown }
        if let refusal = credential.refusal(on: doorstep.host, at: now) { throw refusal }
        return person
    }

    private func actor(_ service: Person, at doorstep: Doorstep) -> Actor? {
        guard let own = service.service, let credential = own.credential else { return nil }
        let owner = directory.people[own.owner]?.printedName ?? own.owner.hex
        return Actor(
            service: service, Actor.Service(id: service.id, owner: own.owner, credential: credential.id),
            owner: owner, user: doorstep.user)
    }
}

extension IdentityState {
    package mutating func enrolService(
        _ id: PersonID, name: LoginName, owner: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        try directory.enrolService(id, name: name, owner: owner, by: actor)
    }

    package mutating func setOwner(
        _ owner: PersonID, of service: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        try directory.setOwner(owner, of: service, by: actor)
    }

    /// Gives a service another credential; the former one is dead.
    package mutating func setCredential(
        _ credential: ServiceCredential?, of service: PersonID, by actor: PersonID
    ) throws(DirectoryRefusal) {
        try directory.setCredential(credential, of: service, by: actor)
    }
}
