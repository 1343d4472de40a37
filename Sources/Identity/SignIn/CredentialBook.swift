import Primitives
import Sealing

/// What everybody proves himself with.
///
/// Nobody gets a password from one person alone, neither a new one nor his first: whoever knows it could enrol an authenticator with it, and be him
/// (21 CFR 11.200(a)(3)). What he has, he alone changes.
package struct CredentialBook: Sendable, Equatable {
    var all: [PersonID: Credentials] = [:]

    package init() {}

    package internal(set) subscript(_ person: PersonID) -> Credentials? {
        get { all[person] }
        set { all[person] = newValue }
    }

    /// Gives one with whom the directory began his first temporary password: there is nobody yet to agree.
    ///
    /// False for everybody else, and for who has one.
    package mutating func found(
        _ temporary: borrowing SecretBytes, for person: PersonID, in directory: Directory, salt: [UInt8],
        policy: PasswordPolicy, at now: Moment
    ) throws -> Bool {
        guard all[person] == nil, directory.isFounder(person) else { return false }
        let password = try PasswordCredential(temporary: temporary, salt: salt, policy: policy, at: now)
        all[person] = Credentials(person: person, password: password)
        return true
    }

    /// Gives somebody a temporary password, his first or instead of one that he has lost. His authenticator stays.
    ///
    /// False when the warrant is for something else; then nothing has changed.
    package mutating func issue(
        _ temporary: borrowing SecretBytes, to person: PersonID, under warrant: consuming Warrant, salt: [UInt8],
        policy: PasswordPolicy, at now: Moment
    ) throws -> Bool {
        guard warrant.act == .resetCredentials, warrant.plan == Self.plan(for: person) else { return false }
        if all[person] == nil {
            let password = try PasswordCredential(temporary: temporary, salt: salt, policy: policy, at: now)
            all[person] = Credentials(person: person, password: password)
        } else {
            try all[person]?.password.reset(to: temporary, salt: salt, policy: policy, at: now)
        }
        return true
    }

    /// What is approved before somebody gets a password.
    package static func plan(for person: PersonID) -> Digest32 {
        SHA256Digest.of(Array("safehold v1 issue of credentials".utf8) + person.bytes)
    }

    /// He shows his present password and chooses another one, or throws a `PasswordComplaint` about it.
    package mutating func choose(
        _ password: borrowing SecretBytes, for person: Person, showing shown: borrowing Shown, salt: [UInt8],
        rules: PasswordRules, at now: Moment
    ) throws -> Verification {
        guard var own = all[person.id] else { return .wrong(failures: 0) }
        let verification = try own.verifySecret(shown, lockout: rules.lockout, at: now)
        all[person.id] = own
        guard verification == .right, own.password.standing(under: rules.policy, at: now) != .expired else {
            return verification == .right ? .wrong(failures: 0) : verification
        }
        try own.password.change(
            to: password, of: person.name, salt: salt, policy: rules.policy, breaches: rules.breaches, at: now)
        all[person.id] = own
        return .right
    }

    /// He shows his password; it is looked up among breached ones, and stays for another period (21 CFR 11.300(b)).
    package mutating func confirmReview(
        of person: PersonID, showing shown: borrowing Shown, rules: PasswordRules, at now: Moment
    ) throws -> Verification {
        guard var own = all[person] else { return .wrong(failures: 0) }
        let verification = try own.verifySecret(shown, lockout: rules.lockout, at: now)
        all[person] = own
        guard verification == .right else { return verification }
        try own.password.confirmReview(shown.password, breaches: rules.breaches, at: now)
        all[person] = own
        return .right
    }

    /// False when the authenticator is another's, or was, or when he has one and has not shown it just now.
    package mutating func enrol(
        _ code: TimeCode, secret: borrowing SecretBytes, recovery codes: RecoveryCodes, for person: PersonID,
        among factors: inout EnrolledFactors, by owner: Presence?, at now: Moment
    ) -> Bool {
        all[person]?.enrol(code, secret: secret, recovery: codes, among: &factors, by: owner, at: now) ?? false
    }
}

/// What passwords go by.
package struct PasswordRules: Sendable {
    package var policy: PasswordPolicy
    package var lockout: LockoutPolicy
    package var breaches: BreachList

    package init(policy: PasswordPolicy, lockout: LockoutPolicy, breaches: BreachList) {
        (self.policy, self.lockout, self.breaches) = (policy, lockout, breaches)
    }
}

extension Credentials {
    fileprivate mutating func verifySecret(
        _ shown: borrowing Shown, lockout: LockoutPolicy, at now: Moment
    ) throws -> Verification {
        let none = SecretBytes(count: 0) { _ in }
        return try verify(
            shown, demanding: .secret, secret: none, factors: EnrolledFactors(), lockout: lockout, at: now)
    }
}
