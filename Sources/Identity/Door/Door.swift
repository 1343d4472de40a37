import Primitives
import Sealing

/// Why the door stayed shut.
package enum Refusal: Error, Sendable, Equatable {
    /// Nobody is signed in, or is no more.
    case notSignedIn(SessionEnd)
    case act(Act, DoorRefusal)
    /// The host has no duty of this kind.
    case hostDuty(Act)
    /// The credential of a service is not taken.
    case service(ServiceRefusal)
}

/// The one door, where all permits are made. Denied is what nothing allows.
package enum Door {
    /// As long as there is no directory of persons, whoever the operating system runs the program for passes as the owner.
    package static func open<Action>(
        _ action: Action.Type, on target: Target, toOwner user: String
    ) -> Permit<Action> {
        Permit(owner: user, on: target)
    }
}

extension IdentityState {
    /// Lets somebody in who is signed in and has a role for it.
    package mutating func open<Action>(
        _ action: Action.Type, on target: Target, with token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(Refusal) -> Permit<Action> {
        Permit(try visitor(for: Action.act, on: target, with: token, at: doorstep, now: now), on: target)
    }

    /// Lets the host itself in.
    package func open<Action>(
        _ action: Action.Type, on target: Target, toHost user: String
    ) throws(Refusal) -> Permit<Action> {
        guard house.duties.contains(where: { $0.acts.contains(Action.act) }) else { throw .hostDuty(Action.act) }
        return Permit(host(user: user), on: target)
    }

    package func host(user: String) -> Actor { Actor(host: house.duties, user: user) }

    /// Who is signed in, whatever he may; nil where the session does not go on.
    package mutating func visitor(with token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment) -> Actor? {
        guard let session = try? self.session(of: token, at: doorstep, now: now),
            let person = directory.people[session.person], person.isActive
        else { return nil }
        return Actor(person, session, user: doorstep.user)
    }

    private mutating func visitor(
        for act: Act, on target: Target, with token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(Refusal) -> Actor {
        let session: LoginSession
        do {
            session = try self.session(of: token, at: doorstep, now: now)
        } catch {
            throw .notSignedIn(error)
        }
        if let refusal = session.refusal(
            for: act, on: target, directory: directory, limits: sessions.limits, at: now)
        {
            throw .act(act, refusal)
        }
        guard credentials[session.person]?.isTestDue(at: now) != true else { throw .act(act, .testDue) }
        guard let person = directory.people[session.person] else { throw .notSignedIn(.unknown) }
        return Actor(person, session, user: doorstep.user)
    }
}

/// Where somebody comes to the door.
package struct Doorstep: Sendable, Equatable {
    /// A digest of what tells the host from others.
    package var host: Digest32
    /// The operating system's user.
    package var user: String

    package init(host: Digest32, user: String) { (self.host, self.user) = (host, user) }
}
