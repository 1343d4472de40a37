import Primitives
import Sealing

/// Where people sign (21 CFR 11.50 to 11.200).
///
/// Signing in does not count: the first signing of a continuous period asks for everything, the later ones for the secret at least. Each
/// ceremony has a nonce, and is good for one attempt.
package struct SigningDesk: Sendable, Equatable {
    static let ceremonyLifetime = Duration.minutes(5)

    package let passwords: PasswordPolicy
    package let lockout: LockoutPolicy
    package let limits: SessionLimits
    var ceremonies: [Digest32: SigningCeremony] = [:]
    var periods: [LoginSessionID: SigningPeriod] = [:]

    package init(passwords: PasswordPolicy, lockout: LockoutPolicy, limits: SessionLimits) {
        (self.passwords, self.lockout, self.limits) = (passwords, lockout, limits)
    }

    /// `nonce` is random. The session was used just now, so it lives.
    package mutating func begin(
        _ draft: SigningDraft, in session: LoginSession, nonce: Digest32, at now: Moment
    ) -> SigningCeremony {
        ceremonies = ceremonies.filter { now.longest(since: $0.value.began) <= Self.ceremonyLifetime }
        let ceremony = SigningCeremony(nonce: nonce, draft: draft, session: session.id, began: now)
        ceremonies[nonce] = ceremony
        return ceremony
    }

    /// What the next signing of this session asks for.
    package func components(
        in session: LoginSession, directory: Directory, at now: Moment
    ) -> Set<SigningComponent> {
        period(of: session, directory, now) == nil ? [.identifier, .password, .secondFactor] : [.password]
    }

    /// The session has ended.
    package mutating func forget(_ session: LoginSessionID) { periods[session] = nil }

    /// What the shell has at hand for one attempt.
    package struct Circumstances: Sendable {
        package var session: LoginSession
        /// What the record is of.
        package var target: Target
        package var directory: Directory
        package var factors: EnrolledFactors
        package var certificate: SignerCertificate
        /// The version that the record has now.
        package var current: UInt64
        package var id: SignatureID

        package init(
            session: LoginSession, target: Target = .everything, directory: Directory, factors: EnrolledFactors,
            certificate: SignerCertificate, current: UInt64, id: SignatureID
        ) {
            (self.session, self.target, self.directory, self.factors) = (session, target, directory, factors)
            (self.certificate, self.current, self.id) = (certificate, current, id)
        }
    }

    /// Signs, or throws a `SigningRefusal`. The time is the host's; there is no other that anybody could bring.
    package mutating func sign(
        _ nonce: Digest32, shown: borrowing Shown, credentials: inout CredentialBook, secret: borrowing SecretBytes,
        key: borrowing HybridSignature.PrivateKey, _ given: Circumstances, at now: Moment
    ) throws -> ElectronicSignature {
        // Taken away first: whatever comes of it, it is not tried again.
        guard let ceremony = ceremonies.removeValue(forKey: nonce) else { throw SigningRefusal.spentCeremony }
        let (session, draft) = (given.session, ceremony.draft)
        guard ceremony.session == session.id else { throw SigningRefusal.otherSession }
        guard now.longest(since: ceremony.began) <= Self.ceremonyLifetime else { throw SigningRefusal.ceremonyTooOld }
        if let refusal = session.refusal(
            for: .sign, on: given.target, directory: given.directory, limits: limits, at: now)
        {
            throw SigningRefusal.notPermitted(refusal)
        }
        guard let person = given.directory.people[session.person] else { throw SigningRefusal.otherPerson }
        try require(draft, of: person, given, key.publicKey, at: now.wall)
        let period = self.period(of: session, given.directory, now)
        let components = self.components(in: session, directory: given.directory, at: now)
        // A wrong attempt ends the continuous period.
        periods[session.id] = nil
        try prove(person, shown, components, &credentials, secret, given, now)

        let ordinal = (period?.ordinal ?? 0) + 1
        periods[session.id] = SigningPeriod(
            person: person.id, host: session.host, rolesVersion: person.rolesVersion, last: now, ordinal: ordinal)
        let record = SignatureRecord(
            id: given.id, signer: person.id, printedName: person.printedName,
            roles: person.holdings.keys.sorted(), meaning: draft.meaning, statement: draft.statement,
            signedAt: now.wall, zone: draft.zone, record: draft.record, rendering: draft.rendering,
            ceremony: SignatureRecord.Ceremony(
                session: session.id, components: components, ordinal: ordinal, nonce: nonce),
            earlier: draft.earlier, key: key.publicKey.fingerprint)
        return ElectronicSignature(
            record: record, certificate: given.certificate, signature: try key.sign(record.message))
    }

    private func period(of session: LoginSession, _ directory: Directory, _ now: Moment) -> SigningPeriod? {
        guard let period = periods[session.id], period.person == session.person, period.host == session.host,
            period.rolesVersion == directory.people[session.person]?.rolesVersion,
            now.isSameStart(as: period.last), now.longest(since: period.last) <= limits.idle,
            now.longest(since: session.began) <= limits.whole
        else { return nil }
        return period
    }
}

extension SigningDesk {
    /// What has nothing to do with how the signer proves himself.
    private func require(
        _ draft: SigningDraft, of person: Person, _ given: Circumstances, _ key: HybridSignature.PublicKey,
        at time: Timestamp
    ) throws(SigningRefusal) {
        guard draft.record.version == given.current else { throw .superseded }
        guard !draft.others.contains(person.id) else { throw .notIndependent }
        guard person.signingKey == key.fingerprint, given.certificate.key == key,
            given.certificate.person == person.id
        else { throw .otherKey }
        guard given.certificate.from <= time, time <= given.certificate.until else { throw .keyNotValid }
    }

    private func prove(
        _ person: Person, _ shown: borrowing Shown, _ components: Set<SigningComponent>,
        _ credentials: inout CredentialBook, _ secret: borrowing SecretBytes, _ given: Circumstances, _ now: Moment
    ) throws {
        guard var own = credentials[person.id] else { throw SigningRefusal.components(components) }
        if let name = shown.name, name != person.name { throw SigningRefusal.otherPerson }
        guard own.password.standing(under: passwords, at: now) == .valid else {
            throw SigningRefusal.renewalDue
        }
        guard !own.password.blocksSigning(under: passwords, at: now) else { throw SigningRefusal.resetLately }
        let isFirst = components.contains(.identifier)
        // Without a name, a password or a second factor there is nothing to compare, and nothing to count as a guess.
        guard !isFirst || (shown.name != nil && own.hasSecondFactor && !shown.code.isEmpty),
            shown.password.count > 0
        else { throw SigningRefusal.components(components) }
        let verification = try own.verify(
            shown, demanding: isFirst ? .everything : .secret, secret: secret, factors: given.factors,
            lockout: lockout, at: now)
        credentials[person.id] = own
        switch verification {
        case .right: return
        case .locked: throw SigningRefusal.locked(failures: own.lockout.failures)
        case .wrong(let failures):
            throw failures >= lockout.attempts
                ? SigningRefusal.locked(failures: failures) : SigningRefusal.components(components)
        }
    }
}
