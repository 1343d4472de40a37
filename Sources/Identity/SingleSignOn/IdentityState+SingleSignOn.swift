import Primitives
import Sealing

/// What came of an attempt to sign in by a provider's word.
package enum ProviderSignIn: Sendable, Equatable {
    case done(Actor)
    /// Safehold's own second factor is wanted as well.
    case codeNeeded(LoginName)
    case refused
    case locked(for: Duration)
}

extension IdentityState {
    /// Names the provider whose word is taken. Sessions that began by a former one's end.
    package mutating func setProvider(
        _ provider: IdentityProvider, secret: borrowing SecretBytes, request: ApprovalID,
        with token: borrowing SecretBytes, key: borrowing HostKey, at doorstep: Doorstep, now: Moment
    ) throws {
        let plan = provider.plan(secret: key.digest(ofClientSecret: secret))
        _ = try warrant(.changeApprovers, plan: plan, request: request, with: token, at: doorstep, now: now)
        let sealed = secret.count > 0 ? try key.seal(secret, for: KeptProvider.whose) : []
        self.provider = KeptProvider(provider: provider, secret: sealed)
        endProvidedSessions { _ in true }
    }

    /// One person is enough: it opens nothing. Links stay, and hold again when the same provider is named again.
    package mutating func removeProvider(by actor: PersonID) throws {
        guard directory.permits(actor, .account) else { throw DirectoryRefusal.notPermitted }
        guard provider != nil else { throw SingleSignOnRefusal.noProvider }
        provider = nil
        endProvidedSessions { _ in true }
    }

    package func access(_ key: borrowing HostKey) throws -> ProviderAccess {
        guard let provider else { throw SingleSignOnRefusal.noProvider }
        let none = SecretBytes(count: 0) { _ in }
        let secret = provider.secret.isEmpty ? none : try key.open(provider.secret, for: KeptProvider.whose)
        return ProviderAccess(provider.provider, secret: secret)
    }

    /// Says that somebody is who a provider calls so. It lets him in as a password does, so nobody does it alone, and nobody for himself.
    package mutating func link(
        _ person: PersonID, to subject: ProviderSubject, request: ApprovalID, with token: borrowing SecretBytes,
        at doorstep: Doorstep, now: Moment
    ) throws {
        let plan = LinkBook.plan(for: person, subject)
        let warrant = try warrant(
            .resetCredentials, plan: plan, request: request, with: token, at: doorstep, now: now)
        let involved = Set([warrant.requester, warrant.executor] + warrant.approvers)
        guard !involved.contains(person) else { throw SingleSignOnRefusal.oneself }
        try directory.requireHuman(person)
        try links.link(subject, to: person)
        endProvidedSessions { $0 == person }
    }

    /// One person is enough, himself too: it opens nothing.
    package mutating func unlink(_ person: PersonID, by actor: PersonID) throws {
        guard directory.permits(actor, .account) else { throw DirectoryRefusal.notPermitted }
        links.unlink(person)
        endProvidedSessions { $0 == person }
    }

    private mutating func endProvidedSessions(_ isMeant: (PersonID) -> Bool) {
        for session in sessions.all where session.beginning != .credentials && isMeant(session.person) {
            signing.forget(session.id)
            sessions.revoke(session.id)
        }
    }

    /// Signs in who a provider says that he is. `code` is of his own authenticator here, and nil as long as it was not asked for.
    package mutating func signIn(
        by statement: ProviderStatement, code: String?, token: borrowing SecretBytes, id: LoginSessionID,
        key: borrowing HostKey, at doorstep: Doorstep, now: Moment
    ) throws -> ProviderSignIn {
        guard let provider = provider?.provider, provider.issuer == statement.subject.issuer else {
            throw SingleSignOnRefusal.noProvider
        }
        guard let owner = links.person(of: statement.subject), let person = directory.people[owner], person.isActive
        else { throw SingleSignOnRefusal.unknownSubject(statement.subject) }
        if let rest = credentials[owner]?.lockout.remaining(under: Self.lockout, at: now) { return .locked(for: rest) }
        var beginning = LoginSession.Beginning.providerAlone
        let isTestDue = credentials[owner]?.isTestDue(at: now) ?? false
        if isTestDue || !provider.vouches(for: statement, at: now, under: Self.limits) {
            guard credentials[owner]?.hasSecondFactor == true else {
                throw SingleSignOnRefusal.noSecondFactor(person.name)
            }
            guard let code else { return .codeNeeded(person.name) }
            if let refusal = try verify(code, of: owner, key: key, now: now) { return refusal }
            beginning = .provider
        }
        for session in sessions.sweep(at: now) { signing.forget(session) }
        let session = sessions.open(
            id, for: owner, purpose: .work, beginning: beginning, on: doorstep.host, token: token, at: now)
        return .done(Actor(person, session, user: doorstep.user))
    }

    private mutating func verify(
        _ code: String, of person: PersonID, key: borrowing HostKey, now: Moment
    ) throws -> ProviderSignIn? {
        let shown = Shown(name: nil, password: SecretBytes(count: 0) { _ in }, code: code)
        let secret = try secret(of: person, key)
        guard var own = credentials[person] else { return .refused }
        let verification = try own.verify(
            shown, demanding: .secondFactor, secret: secret, factors: factors, lockout: Self.lockout, at: now)
        credentials[person] = own
        switch verification {
        case .right: return nil
        case .wrong: return .refused
        case .locked(let rest): return .locked(for: rest)
        }
    }
}

extension IdentityState {
    /// Nil where nobody comes by single sign-on.
    package var providerInForce: IdentityProvider? { provider?.provider }
    package var providerHasSecret: Bool { provider?.secret.isEmpty == false }

    /// What the provider calls somebody; nil where he does not come from there.
    package func subject(of person: PersonID) -> String? {
        links.subject(of: person).flatMap { $0.issuer == providerInForce?.issuer ? $0.name : nil }
    }
}
