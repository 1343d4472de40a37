import Primitives
import Sealing

extension IdentityState {
    /// Gives a founder his first temporary password. False for everybody else.
    package mutating func give(
        _ temporary: borrowing SecretBytes, toFounder person: PersonID, now: Moment,
        using generator: inout some RandomNumberGenerator
    ) throws -> Bool {
        try credentials.found(
            temporary, for: person, in: directory, salt: PasswordVerifier.newSalt(using: &generator),
            policy: Self.passwords, at: now)
    }

    /// That whoever acts has shown the second factor just now; nil where his session has ended meanwhile.
    package func presence(of actor: Actor, now: Moment) -> Presence? {
        sessions.all.first { $0.id == actor.session && $0.person == actor.person }?
            .presence(under: Self.limits, at: now)
    }

    package mutating func enrol(
        _ id: PersonID, name: LoginName, printedName: String, reference: Digest32, by actor: PersonID
    ) throws(DirectoryRefusal) -> PersonID {
        try directory.enrol(id, name: name, printedName: printedName, reference: reference, by: actor)
    }

    /// He is gone, and so is all that he proved himself with: who comes back begins anew, as the same person.
    package mutating func delete(_ person: PersonID, by actor: PersonID, now: Moment) throws(DirectoryRefusal) {
        let key = directory.people[person]?.signingKey
        try directory.delete(person, by: actor)
        proofs[person] = nil
        links.unlink(person)
        if let key { directory.withdraw(key, at: now) }
        signers.signers[person] = nil
        if let factor = credentials[person]?.factor { factors.reportLost(factor) }
        for factor in factors.owned(by: person) {
            factors.reportLost(factor)
            secrets[factor] = nil
        }
        credentials[person] = nil
        approvals.withdrawAll(of: person)
        endSessions(of: person)
    }

    package mutating func give(
        _ role: RoleName, to person: PersonID, within limits: Limits = .none, by actor: PersonID, now: Moment
    ) throws(DirectoryRefusal) {
        try directory.give(role, to: person, within: limits, by: actor, at: now)
    }

    package mutating func define(_ role: Role, by actor: PersonID, now: Moment) throws(DirectoryRefusal) {
        try directory.define(role, by: actor, at: now)
    }

    package mutating func removeRole(_ role: RoleName, by actor: PersonID) throws(DirectoryRefusal) {
        try directory.removeRole(role, by: actor)
    }

    package mutating func take(_ role: RoleName, from person: PersonID, by actor: PersonID) throws(DirectoryRefusal) {
        try directory.take(role, from: person, by: actor)
    }

    /// How somebody stands with what he proves himself with.
    package func standing(of person: PersonID, now: Moment) -> Standing {
        guard let own = credentials[person] else { return Standing() }
        return Standing(
            hasPassword: true, hasAuthenticator: own.hasSecondFactor,
            isPasswordDue: own.password.standing(under: Self.passwords, at: now) != .valid,
            authenticatorTested: own.hasSecondFactor ? own.tested?.wall : nil, isTestDue: own.isTestDue(at: now),
            lockedFor: own.lockout.remaining(under: Self.lockout, at: now), recoveryCodes: own.recovery.remaining)
    }

    package struct Standing: Sendable, Equatable {
        package var hasPassword = false
        package var hasAuthenticator = false
        package var isPasswordDue = false
        /// When the authenticator was enrolled, or showed a code last.
        package var authenticatorTested: Timestamp?
        package var isTestDue = false
        package var lockedFor: Duration?
        package var recoveryCodes = 0
    }

    package var openSessions: [LoginSession] { sessions.all }
}
