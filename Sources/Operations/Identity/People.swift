import Identity
import Primitives
import Sealing

/// Who is in this host's directory of persons, and in what roles.
package enum People {
    package struct Line: Sendable {
        package var person: Person
        package var standing: IdentityState.Standing
        /// When his open sessions were used last, by the wall clock.
        package var sessions: [Timestamp]
        /// By what it was verified who he is, and the name of who looked at it.
        package var proof: (document: IdentityDocument, by: String, at: Timestamp)?
        /// Whether he has signed that he is accountable for what he signs.
        package var isAccountable = false
        /// What the provider of single sign-on calls him; nil where he does not come from there.
        package var subject: String?
        /// The login name of who is accountable for a service; nil where he was put out.
        package var owner: String?
        /// Whether the credential of a service is past its time.
        package var isExpired = false
    }

    /// By login name. Those who are gone come along.
    package static func list(permit: consuming Permit<AccountAction>, keeping: IdentityKeeping) throws -> [Line] {
        try keeping.look { state, _, now in
            try state.directory.people.values.sorted { $0.name < $1.name }.map { person in
                var line = try line(person.id, state, now)
                line.sessions = state.openSessions.filter { $0.person == person.id }.map(\.seen.wall)
                return line
            }
        }
    }

    /// Takes somebody in, who has no role and no password yet. Who was here before comes back as the same person.
    package static func add(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, name: LoginName, printedName: String,
        reference: String, document: IdentityDocument? = nil
    ) throws -> Line {
        let by = try actor(permit.who)
        return try keeping.decide { state, key, now in
            let id = try state.enrol(
                PersonID.random(), name: name, printedName: printedName, reference: key.reference(reference), by: by)
            if let document { try state.prove(id, by: document, checkedBy: by, now: now) }
            return try line(id, state, now)
        }
    }

    package static func remove(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, named text: String
    ) throws -> Line {
        let by = try actor(permit.who)
        return try keeping.decide { state, _, now in
            let person = try find(text, in: state)
            try state.delete(person.id, by: by, now: now)
            return try line(person.id, state, now)
        }
    }

    /// A role of those who keep things running, look or sign; others take four eyes.
    package static func grant(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ role: String, to text: String,
        within limits: Limits
    ) throws -> Line {
        try permit.require(limits.target)
        let by = try actor(permit.who)
        return try keeping.decide { state, _, now in
            let person = try find(text, in: state)
            guard let role = RoleName(role) else { throw DirectoryRefusal.unknownRole }
            try state.give(role, to: person.id, within: limits, by: by, now: now)
            return try line(person.id, state, now)
        }
    }

    /// To what somebody is limited in a role that he has: whoever takes it from him touches that. Throws `person-missing` where he does not have it.
    package static func limits(keeping: IdentityKeeping, _ role: String, of text: String) throws -> Limits {
        try keeping.look { state, _, _ in
            let person = try find(text, in: state)
            guard let holding = RoleName(role).flatMap({ person.holdings[$0] }) else {
                throw DirectoryRefusal.unknownRole
            }
            return holding.limits
        }
    }

    package static func revoke(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ role: String, from text: String
    ) throws -> Line {
        let by = try actor(permit.who)
        return try keeping.decide { state, _, now in
            let person = try find(text, in: state)
            guard let role = RoleName(role) else { throw DirectoryRefusal.unknownRole }
            try state.take(role, from: person.id, by: by)
            return try line(person.id, state, now)
        }
    }

    /// What others agree to before somebody has a role that does more.
    package static func grantPlan(
        keeping: IdentityKeeping, _ role: String, to text: String, within limits: Limits
    ) throws -> GravePlan {
        try keeping.look { state, _, _ in
            let change = try change(role, text, limits, state)
            let content = RoleName(role).flatMap { state.directory.roles[$0] }?.grants.map(\.words) ?? []
            return GravePlan(
                .changeApprovers,
                lines: ["give the role \(role) to \(words(try find(text, in: state)))\(limits.words)"] + content,
                digest: state.directory.plan(of: change))
        }
    }

    package static func grant(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ role: String, to text: String,
        within limits: Limits, request: String
    ) throws -> Line {
        try permit.require(limits.target)
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            let person = try find(text, in: state)
            try state.carryOut(
                try change(role, text, limits, state), request: try Requests.find(request, in: state), with: token,
                at: try keeping.doorstep(key), now: now)
            return try line(person.id, state, now)
        }
    }

    /// What others agree to before somebody gets a temporary password.
    package static func resetPlan(keeping: IdentityKeeping, named text: String) throws -> GravePlan {
        try keeping.look { state, _, _ in
            let person = try find(text, in: state)
            try state.directory.requireHuman(person.id)
            return GravePlan(
                .resetCredentials, lines: ["give a temporary password to \(words(person))"],
                digest: CredentialBook.plan(for: person.id))
        }
    }

    /// The password comes back, to be handed over.
    package static func reset(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, named text: String, request: String
    ) throws -> (Line, password: String) {
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            var generator = SystemRandomNumberGenerator()
            let person = try find(text, in: state)
            let password = TemporaryPassword.text(using: &generator)
            try state.issue(
                TemporaryPassword.secret(password), to: person.id, request: try Requests.find(request, in: state),
                with: token, at: try keeping.doorstep(key), now: now, using: &generator)
            return (try line(person.id, state, now), password)
        }
    }

    private static func change(
        _ role: String, _ text: String, _ limits: Limits, _ state: IdentityState
    ) throws -> DirectoryChange {
        guard let role = RoleName(role), state.directory.roles[role] != nil else { throw DirectoryRefusal.unknownRole }
        let person = try find(text, in: state).id
        try state.directory.requirePlaceable(role, on: person)
        return .give(role, to: person, within: limits)
    }

    static func words(_ person: Person) -> String {
        "\(JSON.text(person.printedName).encoded), \(person.name), \(person.id.hex)"
    }

    /// The person who acts. Only a session gives one.
    static func actor(_ who: Actor) throws -> PersonID {
        guard let person = who.person else {
            throw Failure(
                .directoryMissing, "This host has no directory of persons.",
                advice: "'safehold users found' begins one.")
        }
        return person
    }

    /// By login name, or by id.
    static func find(_ text: String, in state: IdentityState) throws -> Person {
        let named = LoginName(text).flatMap { state.directory.person(named: $0) }
        let known = named ?? PersonID(hex: text).flatMap { state.directory.people[$0] }
        guard let person = known else { throw DirectoryRefusal.unknownPerson }
        return person
    }

    static func line(_ id: PersonID, _ state: IdentityState, _ now: Moment) throws -> Line {
        guard let person = state.directory.people[id] else { throw DirectoryRefusal.unknownPerson }
        let proof = state.proof(of: id).map { proof in
            (proof.document, state.directory.people[proof.by]?.printedName ?? proof.by.hex, proof.at)
        }
        let service = person.service
        let owner = service.flatMap { $0.isOrphaned ? nil : state.directory.people[$0.owner]?.name.description }
        return Line(
            person: person, standing: state.standing(of: id, now: now), sessions: [], proof: proof,
            isAccountable: state.signatures.isAccountable(id), subject: state.subject(of: id),
            owner: owner, isExpired: service?.credential?.hasEnded(at: now) ?? false)
    }
}
