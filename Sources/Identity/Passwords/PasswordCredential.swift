import Primitives
import Sealing

/// One person's password: what it is compared with, the ones before it, and how long it holds.
package struct PasswordCredential: Sendable, Equatable {
    package enum Standing: Sendable, Equatable {
        case valid
        /// It opens the door to choosing another one, and nothing else (21 CFR 11.300(b)).
        case renewalDue
        /// It opens nothing.
        case expired
    }

    package internal(set) var current: PasswordVerifier
    package internal(set) var former: [PasswordVerifier] = []
    var chosen: Moment
    var reviewed: Moment
    var isTemporary: Bool
    /// When others gave him one last.
    var issued: Moment

    /// The first one. It was handed over by somebody, so its owner chooses another before he does anything else.
    init(temporary password: borrowing SecretBytes, salt: [UInt8], policy: PasswordPolicy, at now: Moment)
        throws
    {
        current = try PasswordVerifier(password, salt: salt, parameters: policy.parameters)
        (chosen, reviewed, issued, isTemporary) = (now, now, now, true)
    }

    /// As it was kept.
    init(
        current: PasswordVerifier, former: [PasswordVerifier], chosen: Moment, reviewed: Moment, issued: Moment,
        isTemporary: Bool
    ) {
        (self.current, self.former, self.chosen) = (current, former, chosen)
        (self.reviewed, self.issued, self.isTemporary) = (reviewed, issued, isTemporary)
    }

    package func standing(under policy: PasswordPolicy, at now: Moment) -> Standing {
        if isTemporary { return now.longest(since: chosen) <= policy.temporaryLifetime ? .renewalDue : .expired }
        switch policy.ageing {
        case .review(let period): return now.longest(since: reviewed) <= period ? .valid : .renewalDue
        case .change(let period): return now.longest(since: chosen) <= period ? .valid : .renewalDue
        }
    }

    /// Whether it is too early to sign: others gave him one a short time ago.
    package func blocksSigning(under policy: PasswordPolicy, at now: Moment) -> Bool {
        now.shortest(since: issued) < policy.signingBlock
    }

    /// Its owner chooses another one. Who calls has verified the present one.
    mutating func change(
        to password: borrowing SecretBytes, of name: LoginName, salt: [UInt8], policy: PasswordPolicy,
        breaches: BreachList, at now: Moment
    ) throws {
        if let complaint = policy.complaint(about: password, of: name, breaches: breaches) { throw complaint }
        for known in [current] + former {
            if try known.matches(password) { throw PasswordComplaint.usedBefore }
        }
        let verifier = try PasswordVerifier(password, salt: salt, parameters: policy.parameters)
        retire(policy)
        (current, chosen, reviewed, isTemporary) = (verifier, now, now, false)
    }

    /// The owner has shown it, it was looked up among breached ones, and somebody signed that it may stay.
    mutating func confirmReview(
        _ password: borrowing SecretBytes, breaches: BreachList, at now: Moment
    ) throws {
        guard !breaches.contains(password) else { throw PasswordComplaint.breached }
        reviewed = now
    }

    /// For one that its owner has lost. Two others have agreed to it: one alone could take his place (21 CFR 11.200(a)(3)).
    mutating func reset(
        to temporary: borrowing SecretBytes, salt: [UInt8], policy: PasswordPolicy, at now: Moment
    ) throws {
        let verifier = try PasswordVerifier(temporary, salt: salt, parameters: policy.parameters)
        retire(policy)
        (current, chosen, reviewed, isTemporary, issued) = (verifier, now, now, true, now)
    }

    private mutating func retire(_ policy: PasswordPolicy) {
        if !isTemporary { former.insert(current, at: 0) }
        former = Array(former.prefix(max(0, policy.historyDepth)))
    }
}
