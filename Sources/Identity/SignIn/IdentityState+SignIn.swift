import Primitives
import Sealing

/// What came of an attempt to sign in.
package enum SignIn: Sendable, Equatable {
    case done(Actor)
    /// Name, password and code were right, but a password is to be chosen first, or an authenticator enrolled.
    case settingUp(needsPassword: Bool, needsAuthenticator: Bool)
    case refused
    case locked(for: Duration)
}

/// What somebody gets to see once.
package struct Enrolment: ~Copyable, Sendable {
    /// The otpauth address, with the secret inside.
    package let address: SecretBytes
    package let recoveryCodes: [String]
}

extension IdentityState {
    /// Signs somebody in: all components are shown, and a session begins that `token` goes on with.
    package mutating func signIn(
        _ shown: borrowing Shown, token: borrowing SecretBytes, id: LoginSessionID, key: borrowing HostKey,
        at doorstep: Doorstep, now: Moment
    ) throws -> SignIn {
        let outcome = try admit(shown, key: key, now: now)
        guard case .admitted(let person, let purpose) = outcome.answer else { return Self.refusal(outcome) }
        guard purpose == .work, let somebody = directory.people[person] else { return settingUp(person, now) }
        for session in sessions.sweep(at: now) { signing.forget(session) }
        let session = sessions.open(
            id, for: person, purpose: purpose, on: doorstep.host, token: token, at: now)
        return .done(Actor(somebody, session, user: doorstep.user))
    }

    /// What has to be done before the first session, or when a password is past its review: another password, and an authenticator where
    /// there is none. Nothing of it is done where `shown` is not right.
    package mutating func setUp(
        _ shown: borrowing Shown, password: borrowing SecretBytes, breaches: BreachList, key: borrowing HostKey,
        now: Moment, using generator: inout some RandomNumberGenerator
    ) throws -> (SignIn, Handover) {
        let handover = Handover()
        let outcome = try admit(shown, key: key, now: now)
        guard case .admitted(let person, .settingUp) = outcome.answer, let somebody = directory.people[person] else {
            return (Self.refusal(outcome), handover)
        }
        let rules = PasswordRules(policy: Self.passwords, lockout: Self.lockout, breaches: breaches)
        let chosen = try credentials.choose(
            password, for: somebody, showing: shown, salt: PasswordVerifier.newSalt(using: &generator), rules: rules,
            at: now)
        guard chosen == .right else { return (.refused, handover) }
        sessions.revokeAll(of: person)
        if credentials[person]?.hasSecondFactor == false {
            handover.put(try enrol(person, by: nil, key: key, now: now, using: &generator))
        }
        return (settingUp(person, now), handover)
    }

    /// The second factor again, for what takes it minutes before.
    package mutating func stepUp(
        _ shown: borrowing Shown, token: borrowing SecretBytes, key: borrowing HostKey, at doorstep: Doorstep,
        now: Moment
    ) throws -> SignIn {
        let session = try goOn(token, at: doorstep, now: now)
        let secret = try secret(of: session.person, key)
        let verification = try sessions.stepUp(
            token, on: doorstep.host, with: shown, credentials: &credentials, secret: secret, factors: factors,
            lockout: Self.lockout, at: now)
        switch verification {
        case .locked(let rest): return .locked(for: rest)
        case .wrong: return .refused
        case .right:
            guard let person = directory.people[session.person] else { return .refused }
            return .done(Actor(person, session, user: doorstep.user))
        }
    }

    package mutating func signOut(_ token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment) {
        if let session = try? sessions.use(token, on: doorstep.host, at: now) { signing.forget(session.id) }
        sessions.revoke(token)
    }

    /// Another password, by its owner: he shows the present one. All of his sessions end, this one too.
    package mutating func changePassword(
        to password: borrowing SecretBytes, showing shown: borrowing Shown, token: borrowing SecretBytes,
        breaches: BreachList, at doorstep: Doorstep, now: Moment, using generator: inout some RandomNumberGenerator
    ) throws -> Verification {
        let session = try goOn(token, at: doorstep, now: now)
        guard let person = directory.people[session.person] else { throw Refusal.notSignedIn(.unknown) }
        let verification = try credentials.choose(
            password, for: person, showing: shown, salt: PasswordVerifier.newSalt(using: &generator),
            rules: PasswordRules(policy: Self.passwords, lockout: Self.lockout, breaches: breaches), at: now)
        if verification == .right { endSessions(of: person.id) }
        return verification
    }

    /// Another authenticator and other recovery codes, for who has shown the present one, or a recovery code, just now.
    package mutating func changeAuthenticator(
        token: borrowing SecretBytes, key: borrowing HostKey, at doorstep: Doorstep, now: Moment,
        using generator: inout some RandomNumberGenerator
    ) throws -> Enrolment {
        let session = try goOn(token, at: doorstep, now: now)
        guard let presence = session.presence(under: Self.limits, at: now) else {
            throw Refusal.act(.account, .presenceNeeded)
        }
        if let old = credentials[session.person]?.factor { factors.reportLost(old) }
        return try enrol(session.person, by: presence, key: key, now: now, using: &generator)
    }

    mutating func endSessions(of person: PersonID) {
        for session in sessions.all where session.person == person { signing.forget(session.id) }
        sessions.revokeAll(of: person)
    }

    mutating func goOn(
        _ token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(Refusal) -> LoginSession {
        do {
            return try session(of: token, at: doorstep, now: now)
        } catch {
            throw .notSignedIn(error)
        }
    }

    /// The secret of somebody's authenticator; empty where he has none.
    func secret(of person: PersonID, _ key: borrowing HostKey) throws -> SecretBytes {
        guard let factor = credentials[person]?.factor, let sealed = secrets[factor] else {
            return SecretBytes(count: 0) { _ in }
        }
        return try key.open(sealed, for: factor.bytes)
    }
}

extension IdentityState {
    private mutating func admit(
        _ shown: borrowing Shown, key: borrowing HostKey, now: Moment
    ) throws -> SignInOutcome {
        var secret: Secret?
        if let person = shown.name.flatMap({ directory.person(named: $0)?.id }) {
            secret = try Secret(self, person, key)
        }
        let outcome = try desk.admit(
            shown, to: directory, credentials: &credentials, factors: factors,
            secret: { [secret] _ in secret?.copy() ?? SecretBytes(count: 0) { _ in } }, at: now)
        let isSomebody = shown.name.flatMap { directory.person(named: $0)?.isActive } ?? false
        if !isSomebody { alarms.stranger(at: now) }
        return outcome
    }

    private func settingUp(_ person: PersonID, _ now: Moment) -> SignIn {
        let own = credentials[person]
        return .settingUp(
            needsPassword: own?.password.standing(under: Self.passwords, at: now) != .valid,
            needsAuthenticator: own?.hasSecondFactor != true)
    }

    private static func refusal(_ outcome: SignInOutcome) -> SignIn {
        if case .locked(let rest) = outcome.answer { return .locked(for: rest) }
        return .refused
    }

    private mutating func enrol(
        _ person: PersonID, by owner: Presence?, key: borrowing HostKey, now: Moment,
        using generator: inout some RandomNumberGenerator
    ) throws -> Enrolment {
        guard let name = directory.people[person]?.name else { throw Refusal.notSignedIn(.unknown) }
        let code = TimeCode()
        let secret = SecretBytes.random(count: code.algorithm.secretCount)
        let factor = EnrolledFactors.fingerprint(of: secret)
        let recovery = RecoveryCodes.make(for: person, using: &generator)
        guard
            credentials.enrol(
                code, secret: secret, recovery: recovery.codes, for: person, among: &factors, by: owner, at: now)
        else { throw Refusal.act(.account, .presenceNeeded) }
        secrets[factor] = try key.seal(secret, for: factor.bytes)
        return Enrolment(
            address: code.address(issuer: "Safehold", name: name, secret: secret), recoveryCodes: recovery.texts)
    }
}

/// An authenticator's secret, while somebody signs in.
private final class Secret {
    private let bytes: SecretBytes

    init(_ state: IdentityState, _ person: PersonID, _ key: borrowing HostKey) throws {
        bytes = try state.secret(of: person, key)
    }

    func copy() -> SecretBytes { bytes.copy() }
}

/// What is handed over to somebody, where there is something.
package final class Handover {
    private var enrolment: Enrolment?

    package init() {}

    func put(_ enrolment: consuming Enrolment) { self.enrolment = consume enrolment }

    /// Once.
    package func take() -> Enrolment? { self.enrolment.take() }
}
