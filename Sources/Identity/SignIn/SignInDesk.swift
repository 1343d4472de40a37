import Primitives
import Sealing

/// What somebody who signs in is told. It is the same for an account that does not exist.
package enum SignInAnswer: Sendable, Equatable {
    case admitted(PersonID, LoginPurpose)
    case refused
    case locked(for: Duration)
}

/// The answer, and what is for those who watch only.
package struct SignInOutcome: Sendable, Equatable {
    package var answer: SignInAnswer
    /// So many wrong attempts in a row closed the account just now (21 CFR 11.300(d)).
    package var alarm: Int?
}

/// Where people sign in. It does not tell an account that there is from one that is not: neither by its words, nor by its work, nor by its locks.
package struct SignInDesk: Sendable, Equatable {
    /// Locks of names that nobody has. More than so many are not remembered.
    static let strangersRemembered = 4096

    package let passwords: PasswordPolicy
    package let lockout: LockoutPolicy
    let decoy: PasswordVerifier
    var strangers: [LoginName: Lockout] = [:]
    var strangersKnown: Int { strangers.count }

    package init(
        passwords: PasswordPolicy, lockout: LockoutPolicy, using generator: inout some RandomNumberGenerator
    ) {
        (self.passwords, self.lockout) = (passwords, lockout)
        // The digest of nothing: no password has it.
        let digest = Digest32(a: generator.next(), b: generator.next(), c: generator.next(), d: generator.next())
        decoy = PasswordVerifier(
            parameters: passwords.parameters, salt: PasswordVerifier.newSalt(using: &generator), digest: digest)
    }

    /// As it was kept.
    init(passwords: PasswordPolicy, lockout: LockoutPolicy, decoy: PasswordVerifier, strangers: [LoginName: Lockout]) {
        (self.passwords, self.lockout) = (passwords, lockout)
        (self.decoy, self.strangers) = (decoy, strangers)
    }

    /// `secret` gives that of somebody's authenticator; empty where he has none.
    package mutating func admit(
        _ shown: borrowing Shown, to directory: Directory, credentials: inout CredentialBook,
        factors: EnrolledFactors, secret: (PersonID) throws -> SecretBytes, at now: Moment
    ) throws -> SignInOutcome {
        guard let name = shown.name, let person = directory.person(named: name), person.isActive,
            var own = credentials[person.id]
        else { return try turnAway(shown, at: now) }
        let verification = try own.verify(
            shown, demanding: .everything, secret: secret(person.id), factors: factors, lockout: lockout, at: now)
        credentials[person.id] = own
        guard verification == .right else { return outcome(verification) }
        switch own.password.standing(under: passwords, at: now) {
        case .expired: return SignInOutcome(answer: .refused)
        case .renewalDue: return SignInOutcome(answer: .admitted(person.id, .settingUp))
        case .valid:
            return SignInOutcome(answer: .admitted(person.id, own.hasSecondFactor ? .work : .settingUp))
        }
    }

    /// Does for a stranger what is done for a wrong password.
    private mutating func turnAway(_ shown: borrowing Shown, at now: Moment) throws -> SignInOutcome {
        let name = shown.name
        var lock = name.flatMap { strangers[$0] } ?? Lockout()
        if let rest = lock.remaining(under: lockout, at: now) { return outcome(.locked(for: rest)) }
        _ = try decoy.matches(shown.password)
        lock.fail(at: now)
        if let name {
            if strangers.count >= Self.strangersRemembered, strangers[name] == nil { forgetOneStranger() }
            strangers[name] = lock
        }
        return outcome(.wrong(failures: lock.failures))
    }

    private mutating func forgetOneStranger() {
        let oldest = strangers.min { x, y in
            (x.value.last?.shortest ?? .zero, x.key) < (y.value.last?.shortest ?? .zero, y.key)
        }
        if let oldest { strangers[oldest.key] = nil }
    }

    private func outcome(_ verification: Verification) -> SignInOutcome {
        switch verification {
        case .locked(let rest): SignInOutcome(answer: .locked(for: rest))
        case .wrong(let failures):
            SignInOutcome(answer: .refused, alarm: failures >= lockout.attempts ? failures : nil)
        case .right: SignInOutcome(answer: .refused)
        }
    }
}
